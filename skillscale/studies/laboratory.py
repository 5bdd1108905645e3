"""The main job: from nothing to a report. Packs the text, climbs the ladder, concludes, renders."""

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.text import build_text_corpus
from skillscale.corpora.world import WorldConfig, build_world_corpus
from skillscale.errors import SkillscaleError
from skillscale.experiments.executor import LocalProcesses
from skillscale.experiments.feasibility import machine_memory_bytes, refuse_infeasible
from skillscale.experiments.ladder import climb, corpus_key, job_of
from skillscale.experiments.presets import LadderConfig, rungs_of
from skillscale.experiments.progress import shown
from skillscale.laws import law_named
from skillscale.laws.conclusions import Conclusions, conclude
from skillscale.laws.skill_mix.look_up import NoveltyOnLadder
from skillscale.laws.theory.measured import CheckpointSkills, checkpoint_skills
from skillscale.laws.theory.on_ladder import TheoryOnLadder, hold_against_theory
from skillscale.models.durable import write_file
from skillscale.models.rung import Rung
from skillscale.observations import Lab
from skillscale.views.reasoning import Reasoning

SKILL_GRAPH = "skill-graph"  # the task of known skills
OnStage = Callable[[str, float | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSettings:
    """The user's own text, as `build_text_corpus` takes it."""

    sources: tuple[str, ...]
    text_column: str = "text"
    vocab_size: int | None = None
    tokenizer: Path | None = None
    clozes: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabSettings:
    """A whole lab: where it is, what is trained and on what. `text` None is the pocket world."""

    folder: Path
    ladder: LadderConfig
    world: WorldConfig = field(default_factory=WorldConfig)
    text: TextSettings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """A climbed ladder as the lab's folder remembers it (`ladders/<key>.json`)."""

    family: str
    corpus: Path
    settings: dict[str, Any]
    runs: tuple[str, ...]
    failed: dict[str, str]

    @property
    def n_marks(self) -> int:
        """Checkpoints of a run that is done."""
        return len(self.settings.get("mark_shares", ()))


def build_corpus(settings: LabSettings, folder: Path, on_stage: OnStage) -> PackedCorpus:
    """The packed corpus, in a folder of `folder` named by what it was built from; found there if it was built before."""
    ladder, text = settings.ladder, settings.text
    if text is not None:
        return build_text_corpus(
            list(text.sources),
            folder,
            context=ladder.context,
            seed=settings.world.seed,
            vocab_size=text.vocab_size,
            tokenizer=text.tokenizer,
            text_column=text.text_column,
            cloze_file=text.clozes,
            on_progress=on_stage,
        )
    asked = {
        "n_tokens": ladder.n_tokens,
        "context": ladder.context,
        "n_held_out": ladder.held_out_documents,
        "n_clozes": ladder.items_per_stratum,
        "seen_within": ladder.marks[0],
    }
    content = json.dumps([asked, asdict(settings.world)], sort_keys=True)
    built = folder / f"world-{settings.world.seed}-{hashlib.blake2b(content.encode(), digest_size=4).hexdigest()}"
    if (built / "corpus.json").is_file():
        return PackedCorpus(built)
    free = shutil.disk_usage(folder.parent).free
    if 3 * ladder.n_tokens > free:  # two bytes a token, and rows are not quite full
        raise SkillscaleError(
            f"{ladder.n_tokens:,} tokens of the pocket world need {3 * ladder.n_tokens / 2**30:,.1f} GiB and {folder.parent} has "
            f"{free / 2**30:,.1f} GiB left. Ask for fewer with --set n_tokens=…, or use another --dir."
        )
    return build_world_corpus(
        settings.world, built, **asked, on_progress=lambda share: on_stage("writing the pocket world", share)
    )


def climb_ladder(settings: LabSettings, on_stage: OnStage) -> Ladder:
    """Pack the text and train and measure every rung; what was done before is not done again."""
    new = not settings.folder.exists()
    lab = Lab.create(settings.folder)
    with lab.training():
        try:
            corpus = build_corpus(settings, lab.corpus, on_stage)
            rungs = rungs_of(settings.ladder, corpus.card)
            refuse_infeasible(rungs, n_workers=settings.ladder.workers, memory_bytes=machine_memory_bytes())
        except SkillscaleError:
            if new:  # what is refused before any training leaves no folder behind that was not there
                shutil.rmtree(settings.folder, ignore_errors=True)
            raise
        return _climb(lab, corpus, rungs, settings.ladder)


def _climb(lab: Lab, corpus: PackedCorpus, rungs: list[Rung], config: LadderConfig) -> Ladder:
    family, asked = family_of(corpus, config), config.items_per_stratum
    ladder = Ladder(
        family=family,
        corpus=corpus.folder.relative_to(lab.folder),
        settings={**json.loads(json.dumps(asdict(config))), "corpus": corpus.card.settings},
        runs=tuple(job_of(lab, rung, corpus).run for rung in rungs),
        failed={},
    )
    earlier = [one for one in read_ladders(lab) if one.family == family]
    grown = replace(ladder, runs=tuple(dict.fromkeys((*(run for one in earlier for run in one.runs), *ladder.runs))))
    write_ladder(lab, grown)
    executor = LocalProcesses(n_workers=config.workers, threads_per_worker=config.threads_per_worker)
    with shown(ladder.runs) as on_event:
        climbed = climb(lab, rungs, corpus, executor, family=family, items_per_stratum=asked, on_event=on_event)
    write_ladder(lab, grown := replace(grown, failed=climbed.failed))
    if len(climbed.failed) == len(rungs):
        reasons = "; ".join(sorted(set(climbed.failed.values())))
        raise SkillscaleError(
            f"None of the {len(rungs)} runs could be trained ({reasons}). Mend that and run it again."
        )
    return grown


def family_of(corpus: PackedCorpus, config: LadderConfig) -> str:
    """Ladders that share everything but their widths and seeds are one family, and may grow."""
    fixed = {
        name: value
        for name, value in asdict(config).items()
        if name not in ("preset", "widths", "seeds", "n_workers", "threads_per_worker", "world_seed")
    }
    content = json.dumps([corpus_key(corpus), fixed], sort_keys=True)
    return f"{corpus.card.name}/{hashlib.blake2b(content.encode(), digest_size=4).hexdigest()}"


def write_ladder(lab: Lab, ladder: Ladder) -> None:
    folder = lab.folder / "ladders"
    folder.mkdir(exist_ok=True)
    content = json.dumps({**asdict(ladder), "corpus": str(ladder.corpus)}, indent=1)
    write_file(folder / f"{ladder.family.rsplit('/', 1)[1]}.json", lambda partial: partial.write_text(content))


def read_ladders(lab: Lab) -> list[Ladder]:
    """The ladders climbed in this lab, the latest last."""
    ladders: list[Ladder] = []
    for path in sorted((lab.folder / "ladders").glob("*.json"), key=lambda path: path.stat().st_mtime):
        try:
            raw: dict[str, Any] = json.loads(path.read_text())
            corpus, runs = Path(raw.pop("corpus")), tuple(raw.pop("runs"))
            ladders.append(Ladder(**raw, corpus=corpus, runs=runs))
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise SkillscaleError(f"{path} is damaged ({error}). Delete it and run `skillscale lab` again.") from error
    return ladders


def ladder_of(lab: Lab) -> Ladder:
    """The latest ladder. Raises SkillscaleError where there is none."""
    ladders = read_ladders(lab)
    if not ladders:
        raise SkillscaleError(f"{lab.folder} has no ladder yet. Run `skillscale lab --dir {lab.folder}`.")
    return ladders[-1]


def rows_of(lab: Lab, ladder: Ladder) -> pl.DataFrame:
    """The table's rows of this ladder: of its family, from any of its runs."""
    return lab.observations().filter(pl.col("family") == ladder.family)


def latest_family(lab: Lab) -> str | None:
    """The family of the latest ladder; None in a lab that trained none."""
    ladders = read_ladders(lab)
    return ladders[-1].family if ladders else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a report was written of."""

    conclusions: Conclusions
    reasoning: Reasoning
    novelty: NoveltyOnLadder | None


def report_rows(lab: Lab, rows: pl.DataFrame, law: str = "chinchilla") -> Reported:
    """Conclude from these rows of the table, with this law of the loss, and write the report and its pictures."""
    from skillscale.studies.novelty import novelty_on_ladder
    from skillscale.studies.reasoning import reasoning_of
    from skillscale.views.from_laws import findings_of
    from skillscale.views.report import render_report

    conclusions = conclude(rows, law=law_named(law))
    climbed = [ladder for ladder in read_ladders(lab) if conclusions.families == (ladder.family,)]
    corpus = lab.folder / climbed[-1].corpus if climbed else None
    settings = {"preset": str(climbed[-1].settings.get("preset", "unknown"))} if climbed else {}
    theory = theory_on_ladder(lab, rows, level=conclusions.level)
    reasoning = reasoning_of(lab, rows, level=conclusions.level)
    novelty = novelty_on_ladder(rows, corpus, level=conclusions.level)
    findings = findings_of(
        conclusions, rows, corpus=corpus, settings=settings, theory=theory, reasoning=reasoning, novelty=novelty
    )
    render_report(lab, findings)
    return Reported(conclusions=conclusions, reasoning=reasoning, novelty=novelty)


def theory_on_ladder(lab: Lab, rows: pl.DataFrame, *, level: float = 0.9) -> TheoryOnLadder | None:
    """What the checkpoints' answers to pieces of known skills say of the theory; None where there are none."""
    measured = rows.filter(pl.col("task") == SKILL_GRAPH, pl.col("value").is_not_null())
    models = (
        measured.select("run", "model", "n_params", "n_tokens", "train_flops").drop_nulls().unique(maintain_order=True)
    )
    points: list[CheckpointSkills] = []
    for row in models.iter_rows(named=True):
        path = lab.runs / row["model"] / "skill-graph.parquet"
        if not path.is_file():
            continue
        try:
            points.append(checkpoint_skills(pl.read_parquet(path), **row))
        except (pl.exceptions.PolarsError, OSError) as error:
            raise SkillscaleError(
                f"{path} cannot be read ({error}). Delete it and skill-graph.json beside it, and run `skillscale lab` again: it is measured anew."
            ) from error
    if not points:
        return None
    in_text = measured.filter(metric="tuples_in_text").group_by("k").agg(pl.col("value").max())
    return hold_against_theory(points, {int(k): int(n) for k, n in in_text.iter_rows()}, level=level)
