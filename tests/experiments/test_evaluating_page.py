"""docs/evaluating.md: its Python example runs and measures."""

import re
from pathlib import Path

from tests.tiny_checkpoint import write_tiny_checkpoint
from tests.tiny_corpus import write_tiny_corpus

PAGE = Path(__file__).resolve().parents[2] / "docs" / "evaluating.md"


def test_the_python_example_measures_a_checkpoint_and_writes_its_records(tmp_path: Path) -> None:
    corpus = write_tiny_corpus(tmp_path / "corpus")
    write_tiny_checkpoint(tmp_path / "checkpoint", corpus.tokenizer)
    [example] = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    names: dict[str, object] = {}
    exec(example, names)  # noqa: S102 (our own page)
    observations = names["observations"]
    assert isinstance(observations, list) and len(observations) == 10
    assert (tmp_path / "records" / "items.parquet").is_file()
