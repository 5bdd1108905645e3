"""Going on from a checkpoint with text richer in one strand: same start, fresh text, the difference item by item."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from safetensors.torch import load_file

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world import WorldConfig
from skillscale.corpora.world.enriched import build_enriched_corpus
from skillscale.errors import SkillscaleError
from skillscale.experiments.presets import nano, with_overrides
from skillscale.models.llama import llama_of
from skillscale.models.rung import Rung, Start, rung_settings
from skillscale.observations import Lab
from skillscale.studies.enrichment import Enrichment, enrich, read_enrichments, what_it_bought
from skillscale.studies.laboratory import LabSettings, climb_ladder, ladder_of

SMALL = {
    "widths": "8",
    "n_tokens": "120k",
    "mark_shares": "0.5,1",
    "items_per_stratum": "10",
    "held_out_documents": "50",
    "n_workers": "1",
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    folder = tmp_path_factory.mktemp("enriched") / "lab"
    ladder = with_overrides(nano(), SMALL | {"world_seed": "3"})
    climb_ladder(LabSettings(folder=folder, ladder=ladder, world=WorldConfig(seed=3)), lambda *_: None)
    return Lab(folder)


def last_checkpoint(lab: Lab) -> str:
    return f"{ladder_of(lab).runs[0]}/tokens-120000"


def share_of(corpus: PackedCorpus, word: str) -> float:
    rows = np.asarray(corpus.rows)
    return float((rows == corpus.tokenizer.token_to_id(word)).sum() / (rows != corpus.card.pad_id).sum())


def test_the_new_text_is_fresh_and_richer_in_the_strand_and_asks_the_same_questions(lab: Lab, tmp_path: Path) -> None:
    base = PackedCorpus(lab.folder / ladder_of(lab).corpus)
    richer = build_enriched_corpus(base, tmp_path / "richer", strand="translation", times=4, n_tokens=100_000)
    same = build_enriched_corpus(base, tmp_path / "same", strand="translation", times=1, n_tokens=100_000)
    assert share_of(richer, "translate") == pytest.approx(4 * share_of(base, "translate"), rel=0.35)
    assert share_of(same, "translate") == pytest.approx(share_of(base, "translate"), rel=0.2)
    assert richer.clozes == base.clozes and richer.held_out == base.held_out
    old = {row.tobytes() for row in np.asarray(base.rows)}
    assert not old & {row.tobytes() for row in np.asarray(same.rows)}


def test_a_run_starts_from_the_checkpoints_weights(lab: Lab) -> None:
    folder = lab.runs / last_checkpoint(lab)
    raw = json.loads((folder.parent / "run.json").read_text())["rung"]
    rung = Rung(**raw | {"marks": tuple(raw["marks"])})
    start = Start(folder=str(folder), digest="d", n_tokens=120_000, train_flops=1e9)
    started = Rung(**raw | {"marks": tuple(raw["marks"]), "start": start})
    weights = load_file(folder / "model.safetensors")
    assert all(weights[name].equal(value) for name, value in llama_of(started).state_dict().items())
    assert not all(weights[name].equal(value) for name, value in llama_of(rung).state_dict().items())
    assert "start" not in rung_settings(rung) and rung_settings(started)["start"] == "d"
    wider = Rung(**raw | {"marks": tuple(raw["marks"]), "start": start, "ffn_width": 64})
    with pytest.raises(SkillscaleError, match="not those of this rung"):
        llama_of(wider)


def test_both_runs_are_measured_and_told_as_differences(lab: Lab) -> None:
    asked = Enrichment(model=last_checkpoint(lab), strand="translation", times=4, n_tokens=100_000)
    done = enrich(lab, asked, lambda *_: None)
    assert done.control != done.enriched and read_enrichments(lab) == [done]
    rows = (
        lab.observations()
        .filter(run=done.enriched, task="language", metric="loss_nats", stratum="all")
        .sort("n_tokens")
    )
    assert rows["n_tokens"].to_list() == [120_000 + mark for mark in done.marks]
    before = lab.observations().filter(model=asked.model)["train_flops"].max()
    assert rows["train_flops"].min() > before  # type: ignore[operator]
    changes = what_it_bought(lab, done)
    last = changes.filter(task="translation", metric="answer_nll", n_tokens=100_000).row(0, named=True)
    control, richer = (
        pl.read_parquet(lab.runs / run / "tokens-100000" / "items.parquet").filter(task="translation")["answer_logprob"]
        for run in (done.control, done.enriched)
    )
    assert last["value"] == pytest.approx(control.mean() - richer.mean()) and last["value"] < 0  # type: ignore[operator]
    assert last["n_items"] == len(control) and last["stderr"] > 0
    assert last["per_million_tokens"] == pytest.approx(10 * last["value"])  # type: ignore[operator]
    written = {path: path.stat().st_mtime_ns for path in lab.runs.rglob("model.safetensors")}
    enrich(lab, asked, lambda *_: None)
    assert {path: path.stat().st_mtime_ns for path in lab.runs.rglob("model.safetensors")} == written


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"strand": "poetry"}, "no strand 'poetry'"),
        ({"times": 400.0}, "give a factor below"),
        ({"model": "d8-s0-none/tokens-1"}, "no checkpoint of this lab's ladder"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_trace(lab: Lab, change: dict[str, object], why: str) -> None:
    before = sorted(lab.folder.rglob("*"))
    right: dict[str, object] = {
        "model": last_checkpoint(lab),
        "strand": "translation",
        "times": 3.0,
        "n_tokens": 100_000,
    }
    with pytest.raises(SkillscaleError, match=why):
        enrich(lab, Enrichment(**right | change), lambda *_: None)  # type: ignore[arg-type]
    assert [path for path in sorted(lab.folder.rglob("*")) if path not in before and "lab.db" not in path.name] == []
    with pytest.raises(SkillscaleError, match="give more than 1"):
        Enrichment(model="m", strand="s", times=1.0, n_tokens=100_000)
