"""Keys taken out of whatever is written or shown."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

from skillscale.models.hosted.calling import NO_CHARACTER

SHORTEST_SECRET = 8  # `EMPTY`, `none` or `test` as a key is no secret, and stands in ordinary texts
SECRET_VARIABLE = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS?)$", re.IGNORECASE)
LOOKS_SECRET = re.compile(
    r"(?P<said>\b(?:authorization|bearer|basic|api[-_]?key|x-api-key|access[-_]token)\b[\"']?\s*[:= ]\s*[\"']?(?:bearer\s+|basic\s+)?)"
    r"(?P<key>[A-Za-z0-9._~+/=-]{8,})"
    r"|(?P<prefixed>\b(?:sk|pk|rk|gsk|xai|hf|AIza)[-_]?[A-Za-z0-9_-]{16,})",
    re.IGNORECASE,
)
HIDDEN = "[key]"

Redact = Callable[[str], str]


def redactor(environ: Mapping[str, str] = os.environ, further: Iterable[str] = ()) -> Redact:
    """A function that replaces the value of every environment variable whose name ends like a key's, as it stands or quoted for a URL."""
    values = {value for name, value in environ.items() if SECRET_VARIABLE.search(name)} | set(further)
    secrets = {value.strip() for value in values if len(value.strip()) >= SHORTEST_SECRET}
    spelt = sorted({form for one in secrets for form in (one, quote(one, safe=""))}, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, spelt))) if spelt else None

    def redact(text: str) -> str:
        return text if pattern is None else pattern.sub(HIDDEN, text)

    return redact


def redact_error(text: str, redact: Redact) -> str:
    """An error's text without keys, also those that are not in the environment but look like one, on one line."""
    told = LOOKS_SECRET.sub(lambda found: (found["said"] or "") + HIDDEN, redact(text))
    return " ".join(NO_CHARACTER.sub("\ufffd", told).split())
