"""The two files of a commitment: the public one, and the reveal that only its owner may read until then."""

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.commitment import HEX_64, Commitment, Reveal
from skillscale.tasks.skill_mix.draw import MOST_DRAWN, SCHEME, Combination, Draw
from skillscale.tasks.skill_mix.names import no_file, shown

LARGEST_FILE = 50_000_000  # bytes; 10,000 combinations of 8 skills have 2.5 million
MOST_SKILLS = 1_000  # in one combination


def reveal_path(path: Path) -> Path:
    """`run.json` is opened by `run.reveal.json` beside it."""
    return path.with_name(f"{path.stem}.reveal{path.suffix}")


def write_commitment(path: Path, commitment: Commitment, reveal: Reveal) -> None:
    """Write both files, the reveal first and readable by its owner only. Neither may exist: an old commitment is never lost.

    SkillscaleError where one cannot be written; then there is neither.
    """
    secret = reveal_path(path)
    for one in (path, secret):
        if one.exists():
            raise SkillscaleError(f"{one} exists already, and a commitment is not written twice. Give another name.")
    drawn = reveal.draw
    private = {
        "scheme": reveal.scheme,
        "salt": reveal.salt,
        "library": drawn.library,
        "seed": drawn.seed,
        "k": list(drawn.ks),
        "draw": [{"topic": one.topic, "skills": list(one.skills)} for one in drawn.combinations],
    }
    public = {
        "scheme": commitment.scheme,
        "commitment": commitment.digest,
        "k": list(commitment.ks),
        "combinations": commitment.n_combinations,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _new(secret, private, mode=0o600), _new(path, public, mode=0o644):
            pass
    except OSError as error:
        raise SkillscaleError(
            f"{path} and {secret.name} could not be written ({error.strerror or error}); give a name in a folder that you may write."
        ) from error


def read_commitment(path: Path) -> Commitment:
    """Raises SkillscaleError for a file that is none."""
    held = _read(path, "commitment", {"scheme", "commitment", "k", "combinations"})
    digest, ks, n = held["commitment"], held["k"], held["combinations"]
    if not (_is_hash(digest) and _are_ks(ks) and _is_count(n) and n >= 1):
        raise _damaged(path, "commitment")
    return Commitment(digest=digest, ks=tuple(ks), n_combinations=n)


def read_reveal(path: Path) -> Reveal:
    """Raises SkillscaleError for a file that is none, or whose combinations do not have as many skills as its k."""
    held = _read(path, "reveal", {"scheme", "salt", "library", "seed", "k", "draw"})
    salt, library, seed, ks, rows = (held[name] for name in ("salt", "library", "seed", "k", "draw"))
    if not (_is_hash(salt) and _is_hash(library) and _is_count(seed) and _are_ks(ks) and isinstance(rows, list)):
        raise _damaged(path, "reveal")
    if not (1 <= len(rows) <= MOST_DRAWN and all(_is_combination(row, max(ks)) for row in rows)):
        raise _damaged(path, "reveal")
    combinations = tuple(Combination(topic=row["topic"], skills=tuple(row["skills"])) for row in rows)
    return Reveal(salt=salt, draw=Draw(seed=seed, ks=tuple(ks), library=library, combinations=combinations))


@contextmanager
def _new(path: Path, held: dict[str, Any], *, mode: int) -> Generator[None]:
    """Write a file that is not there yet; it is gone again where this, or what follows within, fails."""
    text = json.dumps(held, indent=1, ensure_ascii=False) + "\n"
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(made, "w", encoding="utf-8") as file:
            file.write(text)
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _read(path: Path, what: str, fields: set[str]) -> dict[str, Any]:
    if not path.is_file():
        raise no_file(path, f"give the {what} that `skillscale mix draw --commit` wrote.")
    if path.stat().st_size > LARGEST_FILE:
        raise SkillscaleError(f"{path} is larger than {LARGEST_FILE:,} bytes, and no {what} is.")
    try:
        held = json.loads(path.read_bytes(), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:  # neither JSON nor text, or nested without end
        raise SkillscaleError(
            f"{path} is not JSON. Give the {what} that `skillscale mix draw --commit` wrote."
        ) from error
    if not isinstance(held, dict) or set(held) != fields:
        raise SkillscaleError(f"{path} is no {what}. Give the one that `skillscale mix draw --commit` wrote.")
    if held["scheme"] != SCHEME:
        raise SkillscaleError(
            f"{path} was made by the scheme '{shown(str(held['scheme']))}', and this version knows {SCHEME!r}. Verify it with its own version."
        )
    return held


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once: of two values only one would be hashed."""
    held = dict(pairs)
    if len(held) != len(pairs):
        raise ValueError("a key stands twice")
    return held


def _damaged(path: Path, what: str) -> SkillscaleError:
    return SkillscaleError(f"{path} is a damaged {what}. Give it as `skillscale mix draw --commit` wrote it.")


def _is_hash(value: Any) -> bool:
    return isinstance(value, str) and HEX_64.fullmatch(value) is not None


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _are_ks(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) > 0
        and all(_is_count(k) and 1 <= k <= MOST_SKILLS for k in value)
        and value == sorted(set(value))
    )


def _is_combination(row: Any, k: int) -> bool:
    """Whether a row has a topic and exactly k different skills."""
    if not (isinstance(row, dict) and set(row) == {"topic", "skills"} and isinstance(row["topic"], str)):
        return False
    skills = row["skills"]
    return (
        isinstance(skills, list)
        and all(isinstance(one, str) for one in skills)
        and len(set(skills)) == len(skills) == k
    )
