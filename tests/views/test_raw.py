"""What lies behind the figures: texts token by token, raw items, logs, what is missing."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from skillscale.views.report.items import OF_EACH, raw_items
from skillscale.views.report.missing import missing_rows
from skillscale.views.report.source import ReportSource
from skillscale.views.report.texts import ReadToken, pieces_of, shade, texts_side_by_side
from skillscale.views.report.training_log import MOST_POINTS, read_training_logs
from tests.views.simulated_lab import Simulated


def test_pieces_of_a_byte_level_tokenizer_make_up_the_text() -> None:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    text = "the cat sat on the mat , the cat ran \n"
    tokenizer.train_from_iterator([text] * 9, trainers.BpeTrainer(initial_alphabet=alphabet, show_progress=False))
    assert "".join(pieces_of(tokenizer.encode(text).ids, tokenizer)) == text.replace("\n", "↵\n")
    split = pieces_of(tokenizer.encode("é").ids, tokenizer)
    assert split == ["·", "é"]  # two bytes, of which the first is no character


def test_words_keep_the_space_before_them(world: Simulated) -> None:
    read = texts_side_by_side(ReportSource(world.lab, world.findings)).texts[0]
    assert "".join(token.text for token in read.tokens[:-1]) == "mira lives in tolen and her pet is a goat ."
    assert read.tokens[-1].text == "⟨end⟩"
    assert read.strand == "knowledge"


def test_losses_are_those_of_the_two_ends_of_the_ladder(world: Simulated) -> None:
    texts = texts_side_by_side(ReportSource(world.lab, world.findings))
    assert texts.small is not None and texts.large is not None
    assert (texts.small.rung, texts.large.rung) == ("d8", "d96")
    kept = pl.read_parquet(texts.large.folder / "held_out.parquet").row(0, named=True)
    assert [token.large for token in texts.texts[0].tokens] == pytest.approx([-x for x in kept["logprobs"]])


def test_what_was_learned_and_what_was_given_up() -> None:
    assert ReadToken(text="a", small=3.0, large=0.5).change == "learned"
    assert ReadToken(text="a", small=0.5, large=3.0).change == "given-up"
    assert ReadToken(text="a", small=0.5, large=0.6).change == ""
    assert [shade(nats) for nats in (0.0, 0.25, 1.0, 2.0, 4.0, 9.0)] == [0, 1, 2, 3, 4, 5]


def test_without_token_losses_there_is_a_sentence(holed: Simulated) -> None:
    source = ReportSource(holed.lab, holed.findings)
    source.table = source.table.filter(pl.col("run").str.starts_with("d8-"))
    texts = texts_side_by_side(source)
    assert texts.texts == ()
    assert texts.sentence.startswith("Nothing can be compared")


def test_items_are_right_and_wrong_ones_of_every_task(world: Simulated) -> None:
    items = raw_items(ReportSource(world.lab, world.findings), np.random.default_rng(0))
    spatial = next(task for task in items.tasks if task.task == "spatial")
    judged = [item.large.right for item in spatial.items]
    assert judged == [True] * judged.count(True) + [False] * judged.count(False)
    assert judged.count(True) == OF_EACH
    assert judged.count(False) == min(OF_EACH, spatial.n_items - spatial.n_right)
    shares = [item.large.text for item in spatial.items if item.large.right]
    assert set(shares) == {"drum (82\u00a0%)"}  # e^-.2 against e^-1.7


def test_an_item_that_could_not_be_scored_is_neither_right_nor_wrong(tmp_path: Path, world: Simulated) -> None:
    source = ReportSource(world.lab, world.findings)
    point = source.checkpoints[-1]
    frame = point.records("items")
    assert frame is not None
    nothing = [pl.lit(None).cast(frame.schema[name]).alias(name) for name in ("right_choice", "right_said", "said")]
    gone = frame.with_columns(*nothing, missing=pl.lit("too long for the context"), choice_logprobs=pl.lit([]))
    moved = tmp_path / "checkpoint"
    moved.mkdir()
    gone.write_parquet(moved / "items.parquet")
    source.checkpoints[:] = [type(point)(rung="d96", model="m", n_params=1, n_tokens=1, folder=moved)]
    tasks = raw_items(source, np.random.default_rng(0)).tasks
    assert {(task.n_right, task.n_items, task.items) for task in tasks} == {(0, 0, ())}


def test_missing_values_are_counted_by_reason(holed: Simulated) -> None:
    rows = missing_rows(holed.lab.observations())
    assert rows["n_values"].to_list() == [1, 1]
    assert set(rows["reason"]) == {"the loss of step 212 is not finite (diverged)"}


def test_a_log_is_thinned_and_a_line_that_was_cut_off_is_skipped(tmp_path: Path) -> None:
    run = tmp_path / "d8-s0-x"
    run.mkdir()
    lines = [{"mark": None, "step": n, "tokens": 10 * n, "loss_nats": 3.0} for n in range(1, 1000)]
    branch = [{"mark": 9999, "step": 1000, "tokens": 9999, "loss_nats": 2.5}]
    (run / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines + branch) + '{"mark": nul')
    log = read_training_logs(tmp_path, pl.DataFrame({"run": ["d8-s0-x", "d9-s0-x"], "n_params": [1, 2]}))
    assert log.height <= MOST_POINTS + 1
    assert log.filter(branch="9999")["loss_nats"].to_list() == [2.5]
    assert set(log["rung"]) == {"d8"}
