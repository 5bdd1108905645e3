"""Where the text comes from: files, folders and globs, each with a weight if they are to be mixed.

`PATH=WEIGHT` gives a weight. The last `=` counts, and only if a number follows and no file has the whole name, so
paths may hold `=`, and `:` (drives, times) never means anything.
"""

import glob
import math
from dataclasses import dataclass, replace
from pathlib import Path

from skillscale.corpora.text.readers import READERS, ending
from skillscale.errors import SkillscaleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One source of text. `weight` is its part of the training tokens, relative to the others; None: as much as it has."""

    name: str
    files: tuple[Path, ...]
    weight: float | None


def find_sources(specs: list[str]) -> tuple[Source, ...]:
    """Read `PATH`, `FOLDER`, `GLOB` or any of them `=WEIGHT`. Where one has a weight, one without it weighs 1.

    Raises SkillscaleError where nothing is found, an ending is unknown, a weight is not positive or a file is named twice.
    """
    if not specs:
        raise SkillscaleError("No text was named; give at least one file, folder or glob.")
    found = [_source(spec) for spec in specs]
    _refuse_repeated_files(found)
    if any(source.weight is not None for source in found):
        found = [replace(source, weight=1.0 if source.weight is None else source.weight) for source in found]
    return tuple(_with_own_names(found))


def _source(spec: str) -> Source:
    if not spec.strip():
        raise SkillscaleError(f"The text {spec!r} names no file; name a file, a folder or a glob ('.' is this folder).")
    try:
        path, weight = _path_and_weight(spec)
        files = _files(path)
    except (OSError, RuntimeError) as error:  # a name too long, a folder that may not be entered, a ~user unknown
        raise SkillscaleError(f"{spec} cannot be looked up ({error}); name a file, a folder or a glob.") from error
    if not files:
        _refuse_weight_in_words(spec)
        raise SkillscaleError(f"No text was found at {path}; name a file, a folder or a glob that exists.")
    name = Path(path).name or Path(path).resolve().name
    if ending(Path(name)) in READERS and not any(sign in name for sign in "*?["):
        name = name[: -len(ending(Path(name)))]
    return Source(name=name, files=files, weight=weight)


def _path_and_weight(spec: str) -> tuple[str, float | None]:
    before, _, after = spec.rpartition("=")
    if not before or Path(spec).expanduser().exists():
        return spec, None
    try:
        weight = float(after)
    except ValueError:
        return spec, None
    if not (math.isfinite(weight) and weight > 0):
        raise SkillscaleError(f"{spec!r} gives the weight {after}; a weight must be a number above 0.")
    return before, weight


def _refuse_weight_in_words(spec: str) -> None:
    before, _, after = spec.rpartition("=")
    if before and Path(before).expanduser().exists():
        raise SkillscaleError(f"{spec!r} gives {before} the weight {after!r}, which is no number; write {before}=2.5.")


def _files(path: str) -> tuple[Path, ...]:
    given = Path(path).expanduser()
    if given.is_dir():
        return _files_in(given)
    if given.exists():
        return (_readable(given),)
    matches = sorted(Path(match) for match in glob.glob(str(given), recursive=True))
    files = [file for match in matches for file in (_files_in(match) if match.is_dir() else (_readable(match),))]
    return tuple(dict.fromkeys(files))


def _files_in(folder: Path) -> tuple[Path, ...]:
    """The files of a folder that hold text, hidden ones and unknown endings left out."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and ending(file) in READERS)
    files = [file for file in files if not any(part.startswith(".") for part in file.relative_to(folder).parts)]
    if not files:
        raise SkillscaleError(f"The folder {folder} holds no text; it needs a file that ends in {', '.join(READERS)}.")
    return tuple(files)


def _readable(file: Path) -> Path:
    if not file.is_file():  # to open a pipe would wait until somebody writes to it, and a text is read twice
        raise SkillscaleError(
            f"{file} is no regular file (a pipe or a device?); write the text to a file and name that."
        )
    if ending(file) not in READERS:
        raise SkillscaleError(
            f"{file} ends in {file.suffix or 'nothing'!r}, which is not read here; give a file that ends in "
            f"{', '.join(READERS)}."
        )
    return file


def _refuse_repeated_files(sources: list[Source]) -> None:
    seen: set[Path] = set()
    for source in sources:
        for file in source.files:
            if file.resolve() in seen:
                raise SkillscaleError(f"{file} is named twice; its text would count double. Name it once.")
            seen.add(file.resolve())


def _with_own_names(sources: list[Source]) -> list[Source]:
    """`notes`, `notes-2`: sources of equal names are told apart by number."""
    seen: dict[str, int] = {}
    named: list[Source] = []
    for source in sources:
        seen[source.name] = seen.get(source.name, 0) + 1
        number = seen[source.name]
        named.append(source if number == 1 else replace(source, name=f"{source.name}-{number}"))
    return named
