"""What a report reads from a lab's folder."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import polars as pl

from skillscale.corpora.packed import Entropy, PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.observations import Lab
from skillscale.views.findings import Findings
from skillscale.views.report.leaderboard import Board, board_of
from skillscale.views.report.leaderboard_runs import mix_runs
from skillscale.views.report.paired import PairedChange, paired_change
from skillscale.views.selection import drawable, final, loss_of

_COLUMNS = {
    "items": (
        *("item_id", "task", "stratum", "prefix", "answer", "choices"),
        *("choice_logprobs", "said", "right_choice", "right_said"),
    ),
    "held_out": ("document", "tokens", "logprobs"),
    "thinking": ("problem", "way", "sample", "said", "right", "missing", "k", "asked", "truth", "verifier"),
}


def read_records(folder: Path, name: str) -> pl.DataFrame | None:
    """`items`, `held_out` or `thinking` of a checkpoint's folder; None where the file is not there.

    Raises SkillscaleError where it is damaged: unreadable, or without a column that the report needs.
    """
    path = folder / f"{name}.parquet"
    if not path.is_file():
        return None
    try:
        frame = pl.read_parquet(path)
    except (pl.exceptions.PolarsError, OSError) as error:
        raise damaged(path, "cannot be read", folder) from error
    lacking = [column for column in _COLUMNS[name] if column not in frame.columns]
    if lacking:
        raise damaged(path, f"lacks {', '.join(lacking)}", folder)
    return frame


def damaged(path: Path, found: str, folder: Path) -> SkillscaleError:
    """What to do about a file that training or measuring wrote and something else broke."""
    return SkillscaleError(f"{path} is damaged: it {found}; delete the folder {folder} and run `skillscale lab` again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A trained model and where its item records and token losses lie."""

    rung: str
    model: str
    n_params: int
    n_tokens: int | None
    folder: Path

    def records(self, name: str) -> pl.DataFrame | None:
        """`items` or `held_out`; None where the file is not there."""
        return read_records(self.folder, name)


class ReportSource:
    """A lab, read once: its table, corpus, runs and findings."""

    def __init__(self, lab: Lab, findings: Findings) -> None:
        self.lab = lab
        self.findings = findings
        rows = lab.observations().filter(pl.col("family").is_in(findings.families))
        self.table = drawable(rows, "value", "stderr")
        self.n_too_large = rows.height - self.table.height  # values that no chart can hold

    @cached_property
    def corpus(self) -> PackedCorpus | None:
        """None for a lab of imported measurements, which has no corpus."""
        return None if self.findings.corpus is None else PackedCorpus(self.findings.corpus)

    @cached_property
    def board(self) -> Board:
        """The leaderboard of all Skill-Mix runs and checkpoints that were asked; empty where there are none."""
        sizes = {point.model: (point.rung, point.n_params) for point in self.checkpoints}
        return board_of(mix_runs(self.lab.folder, sizes), level=self.findings.level)

    @property
    def flops(self) -> dict[str, float]:
        """Training compute of each model, where it is known."""
        known = self.table.select("model", "train_flops").drop_nulls().unique()
        return dict(known.iter_rows())

    @property
    def trained(self) -> bool:
        """Whether the models were trained here: imported measurements have no texts, items or logs behind them."""
        return self.findings.corpus is not None

    @property
    def entropy(self) -> Entropy | None:
        """The true entropy of the text's source; None where nobody knows it."""
        known = None if self.corpus is None else self.corpus.card.entropy
        return None if known is None else known.get("all")

    @cached_property
    def checkpoints(self) -> list[Checkpoint]:
        """The longest training of every run with a measured loss, from the smallest to the largest."""
        rows = final(loss_of(self.table, self.findings)).drop_nulls("n_params")
        return [
            Checkpoint(
                rung=row["rung"],
                model=row["model"],
                n_params=row["n_params"],
                n_tokens=row["n_tokens"],
                folder=self.lab.runs / row["model"],
            )
            for row in rows.iter_rows(named=True)
        ]

    @cached_property
    def item_tasks(self) -> set[str]:
        """The tasks whose raw items the page can show: those of the largest rung that left any."""
        having = [point for point in self.checkpoints if (point.folder / "items.parquet").is_file()]
        frame = having[-1].records("items") if having else None
        return set() if frame is None else set(frame["task"].to_list())

    def paired_change(self, first: str, last: str) -> PairedChange | None:
        """The change of the loss from one model to another; None where they left no losses of the same documents."""
        return paired_change(*(read_records(self.lab.runs / model, "held_out") for model in (first, last)))

    def ends(self, name: str) -> tuple[Checkpoint, Checkpoint] | None:
        """The smallest and the largest rung that have the records `name`; None where fewer than two rungs have."""
        having = [point for point in self.checkpoints if (point.folder / f"{name}.parquet").is_file()]
        if not having or having[0].n_params == having[-1].n_params:
            return None
        return having[0], having[-1]
