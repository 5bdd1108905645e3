import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from skillscale.corpora.text.readers import read_passages
from skillscale.errors import SkillscaleError


def texts(file: Path, column: str = "text") -> list[str]:
    return [passage.text for passage in read_passages(file, column)]


def refusal(file: Path, column: str = "text") -> str:
    with pytest.raises(SkillscaleError) as caught:
        texts(file, column)
    return str(caught.value)


def test_txt_loses_its_byte_order_mark_and_windows_line_ends(tmp_path: Path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"\xef\xbb\xbfone\r\ntwo \xc3\xa9")
    assert texts(file) == ["one\ntwo é"]


def test_a_single_huge_line_is_read_in_parts(tmp_path: Path):
    file = tmp_path / "a.txt"
    file.write_text("word " * 20_000)
    parts = texts(file)
    assert "".join(parts) == "word " * 20_000
    assert max(len(part) for part in parts) < 20_000


def test_jsonl_and_its_gz_give_the_named_column(tmp_path: Path):
    lines = "\n".join(json.dumps({"body": text}) for text in ("one", "zwei ü")) + '\n\n{"body": null}\n'
    (tmp_path / "a.jsonl").write_text(lines)
    (tmp_path / "a.JSONL.gz").write_bytes(gzip.compress(lines.encode()))
    assert texts(tmp_path / "a.jsonl", "body") == texts(tmp_path / "a.JSONL.gz", "body") == ["one", "zwei ü"]


def test_parquet_is_read_beyond_one_batch(tmp_path: Path):
    rows = [f"row {i}" for i in range(2_500)]
    pl.DataFrame({"text": [*rows, None]}).write_parquet(tmp_path / "a.parquet")
    assert texts(tmp_path / "a.parquet") == rows


def test_undecodable_bytes_are_located_across_blocks(tmp_path: Path):
    file = tmp_path / "a.txt"
    before = "é\n" * 400_000  # 1.2 MB: a character lies across the end of the first block of 1 MiB
    file.write_bytes(before.encode() + b"caf\xe9 noir")
    assert f"byte 0xe9 at offset {len(before.encode()) + 3:,}, line 400,001" in refusal(file)


def test_a_character_cut_off_at_the_end_is_located(tmp_path: Path):
    file = tmp_path / "a.txt"
    file.write_bytes(b"ok\n\xe2\x82")
    assert "byte 0xe2 at offset 3, line 2" in refusal(file)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{nonsense", "line 2 is not JSON"),
        pytest.param('{"text":' + "[" * 200_000, "line 2 is not JSON", id="nested deep"),
        ('["text"]', "line 2 is not a JSON object"),
        ('{"body": "x", "id": 1}', "line 2 has no column 'text' but 'body', 'id'"),
        ('{"text": 7}', "line 2: 'text' holds int, not text"),
        ('{"text": "\\ud800"}', "line 2: the text holds half a surrogate pair"),
    ],
)
def test_a_bad_jsonl_line_is_named(tmp_path: Path, line: str, expected: str):
    file = tmp_path / "a.jsonl"
    file.write_text('{"text": "good"}\n' + line + "\n")
    assert expected in refusal(file)


def test_bad_parquet_files_are_refused(tmp_path: Path):
    file = tmp_path / "a.parquet"
    file.write_bytes(b"PAR1 this is no parquet PAR1")
    assert "is no readable parquet file" in refusal(file)
    pl.DataFrame({"body": ["x"], "n": [1]}).write_parquet(file)
    assert "has no column 'text' but 'body', 'n'" in refusal(file)
    assert "column 'n' holds Int64, not text" in refusal(file, "n")


def test_a_corrupt_gz_is_refused(tmp_path: Path):
    file = tmp_path / "a.txt.gz"
    file.write_bytes(gzip.compress(b"text " * 1_000)[:-20])
    assert "cannot be read" in refusal(file)
