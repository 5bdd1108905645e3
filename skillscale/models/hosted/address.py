"""Where a hosted model is asked, and with which key: names, base URLs, and keys that stand in the environment only."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from skillscale.errors import SkillscaleError

NO_KEY = "none-needed"  # sent where there is no key: local servers ignore it, and clients refuse to send none


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """How Inspect AI reaches a model. `base_url` and `api_key` None: by the provider's own environment variables."""

    inspect_name: str
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)


def address_of(
    model: str, base_url: str | None, providers: Collection[str], environ: Mapping[str, str] = os.environ
) -> Address:
    """The address of `model`.

    Without a base URL the name is Inspect's, `provider/name`. With one, the server there speaks the OpenAI protocol and is asked for `name`:
    what is left of `openai/name`, of `openai-api/service/name`, or the whole of any other name. The key is `OPENAI_API_KEY`, or `SERVICE_API_KEY`;
    where there is none, a placeholder is sent. Raises SkillscaleError for a name that is not of these forms.
    """
    provider, _, rest = model.partition("/")
    if base_url is None:
        if not rest or provider not in providers:
            raise SkillscaleError(
                f"The model {model!r} was asked for, and no provider of that name is known. Write provider/name, such as openai/gpt-4o, "
                "or give the address of a server with --base-url."
            )
        return Address(inspect_name=model)
    refuse_keys_in(base_url)
    if not goes_to_server(model, providers):
        raise SkillscaleError(
            f"{model} is asked at its own provider, not at a base URL. For a server's model of that name write openai/{model}."
        )
    name, variable = model, "OPENAI_API_KEY"
    if provider == "openai" and rest:
        name = rest
    elif provider == "openai-api" and rest:
        service, _, name = rest.partition("/")
        variable = f"{service.upper().replace('-', '_')}_API_KEY"
    if not name:
        raise SkillscaleError(f"The model {model!r} has no name after its service. Write openai-api/service/name.")
    return Address(inspect_name=f"openai-api/server/{name}", base_url=base_url, api_key=environ.get(variable) or NO_KEY)


def goes_to_server(model: str, providers: Collection[str]) -> bool:
    """Whether a model is asked at a base URL, where one is given: not where its name begins with a provider of its own."""
    provider, slash, _ = model.partition("/")
    return not slash or provider in ("openai", "openai-api") or provider not in providers


def refuse_keys_in(base_url: str) -> None:
    """A base URL is written down with the run: SkillscaleError for one with a user, a password, a query or a fragment, which is not shown."""
    try:
        parts = urlsplit(base_url)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_right = urlsplit(""), False
    if "@" in base_url or parts.query or parts.fragment or "?" in base_url:
        raise SkillscaleError(
            "The base URL holds a user, a password or a query, and would be written down with the run. "
            "Give the bare address, and the key in OPENAI_API_KEY."
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_right:
        raise SkillscaleError(
            f"The base URL {base_url!r} is no address. Give one such as http://127.0.0.1:8000/v1, up to and with /v1."
        )
