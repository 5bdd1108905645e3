"""Measure one checkpoint of the user's choice on a corpus that is found for it."""

from pathlib import Path
from typing import Any

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.observations import Lab, Observation

SHOWN = ("task", "stratum", "metric", "value", "stderr", "n_items", "chance", "missing")


def evaluate_folder(
    checkpoint: Path, *, tasks: tuple[str, ...], items: int, corpus: Path | None, lab: Path, record: bool
) -> list[Observation]:
    """Observations of the checkpoint; with `record` they go into the lab's table. Raises SkillscaleError."""
    if not checkpoint.is_dir():
        raise SkillscaleError(f"{checkpoint} is no folder. Give the folder of a Hugging Face checkpoint.")
    found = corpus_for(checkpoint, corpus, lab)
    into = Lab(lab) if record else None
    from skillscale.experiments.evaluate_checkpoint import evaluate_checkpoint

    observations = evaluate_checkpoint(checkpoint, found, tasks=tasks, limit_per_stratum=items)
    if into is not None:
        into.record(observations)
    return observations


def corpus_for(checkpoint: Path, corpus: Path | None, lab: Path) -> PackedCorpus:
    """The given corpus; else that of the ladder that trained the checkpoint; else of the lab's latest ladder."""
    from skillscale.studies.laboratory import ladder_of, read_ladders

    if corpus is not None:
        return PackedCorpus(corpus)
    folder = checkpoint.resolve()
    if (home := folder.parent.parent.parent) and (home / "lab.db").is_file():
        own = Lab(home)
        for ladder in read_ladders(own):
            if folder.parent.name in ladder.runs:
                return PackedCorpus(home / ladder.corpus)
    if not (lab / "lab.db").is_file():
        raise SkillscaleError(
            f"No corpus was given for {checkpoint}, and {lab} is no lab. Name one with --corpus, or a lab with --dir."
        )
    return PackedCorpus(lab / ladder_of(Lab(lab)).corpus)


def evaluation_rows(observations: list[Observation]) -> list[dict[str, Any]]:
    return [{name: getattr(observation, name) for name in SHOWN} for observation in observations]


def evaluation_lines(rows: list[dict[str, Any]]) -> list[str]:
    """A line for each value: task, stratum, metric, value ± standard error, items, chance."""
    lines: list[str] = []
    for row in rows:
        name = f"{row['task']:16} {row['stratum']:24} {row['metric']:14}"
        if row["value"] is None:
            lines.append(f"{name} missing: {row['missing']}")
            continue
        error = "" if row["stderr"] is None else f" ± {row['stderr']:.4f}"
        chance = "" if row["chance"] is None else f"  chance {row['chance']:.3f}"
        lines.append(f"{name} {row['value']:.4f}{error}  n {row['n_items']}{chance}")
    return lines
