"""A corpus that was damaged on disk is refused, never read in part."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from tests.tiny_corpus import write_tiny_corpus

READ = {
    "rows.npy": "rows",
    "held_out.parquet": "held_out",
    "clozes.parquet": "clozes",
    "tokenizer.json": "tokenizer",
    "corpus.json": "card",
}


def refusal(folder: Path, name: str) -> str:
    with pytest.raises(SkillscaleError) as caught:
        getattr(PackedCorpus(folder), READ[name])
    return str(caught.value)


@pytest.mark.parametrize("left", ["nothing", "no byte", "a half", "another's bytes"])
@pytest.mark.parametrize("name", READ)
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, name: str, left: str) -> None:
    folder = write_tiny_corpus(tmp_path / "corpus").folder
    file = folder / name
    data = file.read_bytes()
    match left:
        case "nothing":
            file.unlink()
        case "no byte":
            file.write_bytes(b"")
        case "a half":
            file.write_bytes(data[: len(data) // 2])
        case _:
            file.write_bytes(bytes(reversed(data)))
    told = refusal(folder, name)
    assert f"{file} is missing or damaged" in told
    assert told.endswith(f"Delete the folder {folder} and run the same command again.")
    assert "\n" not in told


def test_rows_of_another_corpus_are_refused(tmp_path: Path) -> None:
    folder = write_tiny_corpus(tmp_path, n_rows=8, context=16).folder
    np.save(folder / "rows.npy", np.zeros((8, 15), np.uint16))
    assert "uint16 of shape (8, 15) where corpus.json says (8, 16)" in refusal(folder, "rows.npy")


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    folder = write_tiny_corpus(tmp_path).folder
    for name in ("held_out.parquet", "clozes.parquet"):
        pl.DataFrame({"text": ["a"]}).write_parquet(folder / name)
        assert f"{name} is missing or damaged" in refusal(folder, name)
