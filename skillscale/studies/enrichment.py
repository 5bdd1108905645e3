"""The data-centric question: go on training a checkpoint on text richer in one strand. What does it buy there, and cost elsewhere?

Two runs start from the same weights and see as many new tokens: one of the old mixture (`more of the same`), one of the
enriched. What is told is the second less the first, item by item.
"""

import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world.enriched import build_enriched_corpus, enriched_config
from skillscale.errors import SkillscaleError
from skillscale.experiments.executor import LocalProcesses
from skillscale.experiments.job import Job
from skillscale.experiments.ladder import climb, corpus_key, job_of
from skillscale.experiments.progress import shown
from skillscale.models.durable import write_file
from skillscale.models.rung import Rung, Start
from skillscale.observations import Lab
from skillscale.studies.laboratory import Ladder, ladder_of

MARK_SHARES = (0.125, 0.25, 0.5, 1.0)
LEARNING_RATE_SHARE = 0.5  # of the rung's peak: the weights are not new
OnStage = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrichment:
    """What was asked: `strand` has `times` its share in `n_tokens` more tokens after checkpoint `model` (as in the table)."""

    model: str
    strand: str
    times: float
    n_tokens: int

    def __post_init__(self) -> None:
        if not self.times > 1 or not math.isfinite(self.times):
            raise SkillscaleError(f"The strand is to have {self.times:g} times its share; give more than 1, such as 4.")
        if not 100_000 <= self.n_tokens <= 10**10:
            raise SkillscaleError(f"{self.n_tokens:,} more tokens were asked for; give from 100,000 to 10,000,000,000.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enriched:
    """An enrichment with its two runs, as `enrichments/<key>.json` remembers it."""

    asked: Enrichment
    control: str
    enriched: str
    marks: tuple[int, ...]


def enrich(lab: Lab, asked: Enrichment, on_stage: OnStage) -> Enriched:
    """Train and measure both runs; what was done before is not done again. Rows go to the table in families of their own."""
    ladder = ladder_of(lab)
    base = PackedCorpus(lab.folder / ladder.corpus)
    enriched_config(base, asked.strand, asked.times)  # refuses what cannot be before anything is written
    start = _start(lab, ladder, asked.model)
    with lab.training():
        runs = [_train(lab, ladder, base, start, asked, times, on_stage) for times in (1.0, asked.times)]
    done = Enriched(asked=asked, control=runs[0].run, enriched=runs[1].run, marks=runs[0].rung.marks)
    content = json.dumps(asdict(done), indent=1)
    folder = lab.folder / "enrichments"
    folder.mkdir(exist_ok=True)
    name = hashlib.blake2b(content.encode(), digest_size=4).hexdigest()
    write_file(folder / f"{name}.json", lambda partial: partial.write_text(content))
    return done


def read_enrichments(lab: Lab) -> list[Enriched]:
    """All enrichments that were done in this lab, the latest last."""
    found: list[Enriched] = []
    for path in sorted((lab.folder / "enrichments").glob("*.json"), key=lambda path: path.stat().st_mtime):
        try:
            raw: dict[str, Any] = json.loads(path.read_text())
            asked = Enrichment(**raw.pop("asked"))
            found.append(Enriched(asked=asked, marks=tuple(raw.pop("marks")), **raw))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise SkillscaleError(
                f"{path} is damaged ({error}). Delete it and run `skillscale enrich` again."
            ) from error
    return found


def what_it_bought(lab: Lab, enriched: Enriched) -> pl.DataFrame:
    """Enriched less control: one row for each task and mark, with columns `task`, `n_tokens` (more than the checkpoint's),
    `metric` (`answer_nll` in nats, and `accuracy` or `exact`), `value`, `stderr` over paired items (None for one item), `n_items`, and `per_million_tokens`, the value by those tokens.
    """
    tables: list[pl.DataFrame] = []
    for mark in enriched.marks:
        control, richer = (_answers(lab.runs / run / f"tokens-{mark}") for run in (enriched.control, enriched.enriched))
        both = control.join(richer, on=["item_id", "task", "metric"], suffix="_richer", how="inner")
        change = (pl.col("value_richer") - pl.col("value")).alias("change")
        tables.append(
            both.select("task", "metric", change)
            .group_by("task", "metric")
            .agg(
                value=pl.col("change").mean(),
                stderr=pl.col("change").std() / pl.len().sqrt(),
                n_items=pl.len().cast(pl.Int64),
            )
            .with_columns(n_tokens=pl.lit(mark, dtype=pl.Int64), per_million_tokens=pl.col("value") * 1e6 / mark)
        )
    return pl.concat(tables).sort("task", "metric", "n_tokens")


def _answers(checkpoint: Path) -> pl.DataFrame:
    """One row for each item that could be scored, and metric: `item_id`, `task`, `metric`, `value`."""
    try:
        items = pl.read_parquet(checkpoint / "items.parquet").filter(pl.col("missing").is_null())
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SkillscaleError(
            f"{checkpoint} has no readable items ({error}). Run `skillscale enrich` again."
        ) from error
    thresholded = items.select(
        "item_id",
        "task",
        metric=pl.when(pl.col("right_choice").is_null()).then(pl.lit("exact")).otherwise(pl.lit("accuracy")),
        value=pl.coalesce("right_choice", "right_said").cast(pl.Float64),
    )
    nats = items.select("item_id", "task", metric=pl.lit("answer_nll"), value=-pl.col("answer_logprob"))
    return pl.concat([thresholded, nats]).drop_nulls("value")


def _start(lab: Lab, ladder: Ladder, model: str) -> tuple[Rung, Start]:
    """The checkpoint and the rung it is of."""
    run, _, mark = model.partition("/tokens-")
    folder = lab.runs / model
    known = lab.observations().filter(pl.col("model") == model).select("n_tokens", "train_flops").drop_nulls()
    if run not in ladder.runs or not (folder / "model.safetensors").is_file() or known.is_empty() or not mark:
        raise SkillscaleError(
            f"{model} is no checkpoint of this lab's ladder. Name one as the table does, such as "
            f"{ladder.runs[0]}/tokens-{_last_mark(lab, ladder.runs[0])}."
        )
    raw: dict[str, Any] = json.loads((lab.runs / run / "run.json").read_text())["rung"]
    settings: dict[str, Any] = {**raw, "marks": tuple(raw["marks"])}
    rung = Rung(**settings)
    digest = hashlib.blake2b((folder / "model.safetensors").read_bytes(), digest_size=16).hexdigest()
    n_tokens, flops = known.row(0)
    return rung, Start(folder=str(folder.absolute()), digest=digest, n_tokens=n_tokens, train_flops=flops)


def _last_mark(lab: Lab, run: str) -> str:
    marks = sorted(int(path.name.partition("-")[2]) for path in (lab.runs / run).glob("tokens-*") if path.is_dir())
    return str(marks[-1]) if marks else "N"


def _train(
    lab: Lab,
    ladder: Ladder,
    base: PackedCorpus,
    start: tuple[Rung, Start],
    asked: Enrichment,
    times: float,
    on_stage: OnStage,
) -> Job:
    old, before = start
    corpus = _corpus(lab, base, asked, times, on_stage)
    marks = tuple(round(share * asked.n_tokens) for share in MARK_SHARES)
    rung = replace(
        old,
        n_tokens=asked.n_tokens,
        marks=marks,
        warmup_tokens=marks[0] // 4,
        learning_rate=LEARNING_RATE_SHARE * old.learning_rate,
        start=before,
    )
    name = "more of the same" if times == 1 else f"{times:g} times {asked.strand}"
    family = f"{ladder.family}: {name} after {asked.model}"
    n_items = int(ladder.settings.get("items_per_stratum", 200))
    executor = LocalProcesses(n_workers=1, threads_per_worker=1)
    with shown((rung.run_name(corpus_key(corpus)),)) as on_event:
        climbed = climb(
            lab, [rung], corpus, executor, family=family, items_per_stratum=n_items, measurements=(), on_event=on_event
        )
    if climbed.failed:
        raise SkillscaleError(
            f"The run {name!r} failed ({'; '.join(climbed.failed.values())}). Mend that and run it again."
        )
    return job_of(lab, rung, corpus, family=family, items_per_stratum=n_items)


def _corpus(lab: Lab, base: PackedCorpus, asked: Enrichment, times: float, on_stage: OnStage) -> PackedCorpus:
    strand = "same" if times == 1 else asked.strand
    content = json.dumps([corpus_key(base), strand, times, asked.n_tokens])
    folder = lab.corpus / f"enriched-{hashlib.blake2b(content.encode(), digest_size=4).hexdigest()}"
    if (folder / "corpus.json").is_file():
        return PackedCorpus(folder)
    return build_enriched_corpus(
        base,
        folder,
        strand=asked.strand,
        times=times,
        n_tokens=asked.n_tokens,
        on_progress=lambda share: on_stage("writing new text of the pocket world", share),
    )
