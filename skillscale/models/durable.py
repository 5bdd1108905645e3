"""Files and folders that are there whole or not at all, also after a kill or a power cut."""

import os
import shutil
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from skillscale.errors import SkillscaleError


@contextmanager
def writing_to(place: Path, *, resumes: bool = True) -> Generator[None]:
    """Turn a failed write (disk full, no permission) into a SkillscaleError that names the folder or file.

    `resumes`: the same command, given again, goes on from where it stopped.
    """
    try:
        yield
    except OSError as error:
        raise SkillscaleError(
            f"{place} could not be written ({error.strerror or error}); free some space or choose another folder, "
            f"then run the same command again{': it goes on from where it stopped' if resumes else ''}."
        ) from error


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """`write(partial)` fills a file beside `path`, which then takes its place."""
    partial = path.with_name(path.name + ".partial")
    write(partial)
    _sync(partial)
    partial.replace(path)
    _sync(path.parent)


def write_folder(path: Path, write: Callable[[Path], object]) -> None:
    """`write(partial)` fills a new folder beside `path`, which then takes its place; `path` must not exist."""
    partial = path.with_name(path.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    write(partial)
    for file in partial.iterdir():
        _sync(file)
    _sync(partial)
    partial.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # a folder cannot be synced there
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
