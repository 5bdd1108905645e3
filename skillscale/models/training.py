"""Train one rung: a trunk of constant learning rate, and for each mark a branch that decays to a checkpoint.

A kill at any moment loses at most some 20 seconds: `resume.pt` holds everything the next step depends on, and on the
CPU, with as many threads as before, the resumed run ends in bit-equal weights.
"""

import json
import math
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.models.checkpoint import checkpoint_folder, write_checkpoint
from skillscale.models.durable import write_file, writing_to
from skillscale.models.forward import TrainingForward
from skillscale.models.hardware import keep_freed_memory
from skillscale.models.llama import llama_of
from skillscale.models.optimizer import FlatAdamW
from skillscale.models.resume import ResumePoint, read_resume, write_resume
from skillscale.models.row_order import RowOrder
from skillscale.models.rung import Rung, rung_settings
from skillscale.models.schedule import schedule_of

RESUME_INTERVAL_S = 20.0
RESUME_COST_SHARE = 0.05  # a slow disk is written to less often, so that saving stays below this share of the time
PROGRESS_INTERVAL_S = 0.5
LOG_LINES = 400


class Diverged(SkillscaleError):  # noqa: N818
    """The loss is no longer finite."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where a run is. `step` of `n_steps_total` counts the branches' steps too; `loss_nats` is the latest mean logged."""

    run: str
    mark: int | None  # the branch, by the tokens it ends at; None is the trunk
    step: int
    n_steps_total: int
    tokens: int  # predicted so far by the weights now trained
    loss_nats: float | None  # None before the first line of the log
    tokens_per_s: float | None
    seconds_left: float | None


def train(
    rung: Rung,
    corpus: PackedCorpus,
    folder: Path,
    *,
    on_progress: Callable[[Progress], object],
    on_checkpoint: Callable[[Path, int], object],
) -> None:
    """Train `rung` on `corpus` in `folder`, or go on where an earlier call was killed.

    Each mark's checkpoint is a Hugging Face folder `tokens-<mark>`; `on_checkpoint(path, mark)` follows, again for those
    already there. Raises Diverged, or SkillscaleError where the rung and corpus do not fit, `resume.pt` is damaged, or
    the disk refuses.
    """
    _refuse_mismatch(rung, corpus)
    _claim(rung, corpus, folder)
    paths = [checkpoint_folder(folder, mark) for mark in rung.marks]
    if all(path.is_dir() for path in paths):
        for path, mark in zip(paths, rung.marks, strict=True):
            on_checkpoint(path, mark)
    else:
        _Training(rung, corpus, folder, on_progress=on_progress, on_checkpoint=on_checkpoint).run()
    (folder / "resume.pt").unlink(missing_ok=True)


class _Training:
    """One run: its model, its place in the schedule, and its files."""

    def __init__(
        self,
        rung: Rung,
        corpus: PackedCorpus,
        folder: Path,
        *,
        on_progress: Callable[[Progress], object],
        on_checkpoint: Callable[[Path, int], object],
    ) -> None:
        keep_freed_memory()
        self.rung, self.corpus, self.folder = rung, corpus, folder
        self.on_progress, self.on_checkpoint = on_progress, on_checkpoint
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.model = llama_of(rung, device=self.device)
        self.optimizer = FlatAdamW(self.model, weight_decay=rung.weight_decay)
        self.forward = TrainingForward(
            self.model,
            pad_id=rung.pad_id,
            dtype=torch.bfloat16 if rung.precision == "bf16" else torch.float32,
            compiled=rung.compiled,
        )
        self.schedule = schedule_of(rung, tokens_per_row=corpus.card.n_tokens / corpus.card.n_rows)
        self.order = RowOrder(corpus.card.n_rows, batch_rows=rung.batch_rows, seed=rung.seed)
        self.segment = self.step = self.n_tokens = self.n_summed = self.fork_n_tokens = 0
        self.loss_sum = torch.zeros((), dtype=torch.float64, device=self.device)
        self.fork: dict[str, Any] | None = None
        self.loss_nats: float | None = None
        self.log_every = max(1, self.schedule.n_steps_total // LOG_LINES)
        self.clock = _Clock()

    def run(self) -> None:
        self._resume()
        for segment in range(self.segment, len(self.schedule.segments)):
            self._train_segment(segment)
        self._report()

    def _train_segment(self, index: int) -> None:
        segment = self.schedule.segments[index]
        is_last = index == len(self.schedule.segments) - 1
        if self.segment != index or self.step < segment.start:
            raise AssertionError("segments are trained in order")
        if self.step == segment.start and segment.mark is not None and not is_last:
            self.fork, self.fork_n_tokens = self.optimizer.state(), self.n_tokens
        while self.step < segment.stop:
            self._train_step()
            self._report_sometimes()
            if self.clock.resume_is_due():
                self._save()
        self._log()
        if segment.mark is not None:
            self._finish_branch(segment.mark)
        if not is_last:
            self.segment, self.step = index + 1, self.schedule.segments[index + 1].start
            self._save()

    def _train_step(self) -> None:
        row_bt, n_tokens = self._batch()
        loss = self.forward.loss(row_bt)
        loss.backward()
        self.optimizer.step(self.schedule.learning_rate(self.segment, self.step))
        self.loss_sum += loss.detach()
        self.n_summed += 1
        self.n_tokens += n_tokens
        self.step += 1
        self.clock.tick(n_tokens)
        if self.n_summed >= self.log_every:
            self._log()

    def _batch(self) -> tuple[Tensor, int]:
        """The rows of this step on the device, (batch, context), and how many tokens they predict."""
        rows = np.asarray(self.corpus.rows[self.order.rows_of_step(self.step)], dtype=np.int64)
        n_tokens = int(np.count_nonzero(rows[:, 1:] != self.rung.pad_id))
        return torch.from_numpy(rows).to(self.device), n_tokens

    def _finish_branch(self, mark: int) -> None:
        path = checkpoint_folder(self.folder, mark)
        if not path.is_dir():  # it is there where a kill came just after it was written
            write_checkpoint(path, self.model, self.rung, self.corpus, n_tokens=mark)
        self.on_checkpoint(path, mark)
        if self.fork is not None:
            self.optimizer.restore(self.fork)
            self.n_tokens, self.fork = self.fork_n_tokens, None

    def _log(self) -> None:
        """A line of the mean loss since the last one. Raises Diverged where it is not finite."""
        if self.n_summed == 0:
            return
        self.loss_nats = self.loss_sum.item() / self.n_summed
        self.loss_sum.zero_()
        self.n_summed = 0
        if not math.isfinite(self.loss_nats):
            raise Diverged(
                f"{self.folder.name} diverged at step {self.step}: its loss is {self.loss_nats}. "
                f"Lower the learning rate ({self.rung.learning_rate:g}) or warm up for longer."
            )
        line = {
            "mark": self.schedule.segments[self.segment].mark,
            "step": self.step,
            "tokens": self.n_tokens,
            "loss_nats": self.loss_nats,
            "learning_rate": self.schedule.learning_rate(self.segment, self.step - 1),
        }
        with writing_to(self.folder), (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")

    def _save(self) -> None:
        started = time.monotonic()
        log = self.folder / "log.jsonl"
        point = ResumePoint(
            segment=self.segment,
            step=self.step,
            n_tokens=self.n_tokens,
            loss_sum=self.loss_sum.item(),
            n_summed=self.n_summed,
            log_bytes=log.stat().st_size if log.exists() else 0,
            state=self.optimizer.state(),
            fork=self.fork,
            fork_n_tokens=self.fork_n_tokens,
        )
        write_resume(self.folder / "resume.pt", point, rung_settings(self.rung))
        self.clock.saved(time.monotonic() - started)

    def _resume(self) -> None:
        point = read_resume(self.folder / "resume.pt", rung_settings(self.rung))
        log = self.folder / "log.jsonl"
        if log.exists():  # what was logged after the point will be logged again
            os.truncate(log, min(log.stat().st_size, 0 if point is None else point.log_bytes))
        if point is None:
            return
        self.optimizer.restore(point.state)
        self.segment, self.step, self.n_tokens = point.segment, point.step, point.n_tokens
        self.n_summed, self.fork, self.fork_n_tokens = point.n_summed, point.fork, point.fork_n_tokens
        self.loss_sum.fill_(point.loss_sum)
        for segment in self.schedule.segments[: self.segment]:
            if segment.mark is not None:
                self.on_checkpoint(self._passed(segment.mark), segment.mark)

    def _passed(self, mark: int) -> Path:
        path = checkpoint_folder(self.folder, mark)
        if not path.is_dir():
            raise SkillscaleError(
                f"{path} is gone, though this run has trained past it; delete {self.folder} and run the same command again."
            )
        return path

    def _report_sometimes(self) -> None:
        if self.clock.report_is_due():
            self._report()

    def _report(self) -> None:
        at = min(self.segment, len(self.schedule.segments) - 1)
        segment = self.schedule.segments[at]
        done = self.schedule.steps_before(at) + self.step - segment.start
        self.on_progress(
            Progress(
                run=self.folder.name,
                mark=segment.mark,
                step=done,
                n_steps_total=self.schedule.n_steps_total,
                tokens=self.n_tokens,
                loss_nats=self.loss_nats,
                tokens_per_s=self.clock.tokens_per_s,
                seconds_left=self.clock.seconds_for(self.schedule.n_steps_total - done),
            )
        )


class _Clock:
    """Speed of this process, and what is due."""

    def __init__(self) -> None:
        self.started = self.reported = self.last_saved = time.monotonic()
        self.save_s = 0.0
        self.steps = self.tokens = 0

    def tick(self, n_tokens: int) -> None:
        self.steps += 1
        self.tokens += n_tokens

    def saved(self, seconds: float) -> None:
        self.last_saved, self.save_s = time.monotonic(), seconds

    def resume_is_due(self) -> bool:
        return time.monotonic() - self.last_saved >= max(RESUME_INTERVAL_S, self.save_s / RESUME_COST_SHARE)

    def report_is_due(self) -> bool:
        if time.monotonic() - self.reported < PROGRESS_INTERVAL_S:
            return False
        self.reported = time.monotonic()
        return True

    @property
    def tokens_per_s(self) -> float | None:
        return self.tokens / (time.monotonic() - self.started) if self.steps else None

    def seconds_for(self, steps: int) -> float | None:
        return steps * (time.monotonic() - self.started) / self.steps if self.steps else None


def _refuse_mismatch(rung: Rung, corpus: PackedCorpus) -> None:
    for name in ("context", "vocab_size", "pad_id", "eos_id"):
        wanted, found = getattr(rung, name), getattr(corpus.card, name)
        if wanted != found:
            raise SkillscaleError(
                f"Rung {rung.name!r} has {name} {wanted}, but the corpus at {corpus.folder} has {found}. "
                "Derive the rung from this corpus, or make the corpus again."
            )


def _claim(rung: Rung, corpus: PackedCorpus, folder: Path) -> None:
    """Write run.json, or refuse a folder that holds another run."""
    path = folder / "run.json"
    card = asdict(corpus.card)
    settings = {
        "rung": rung_settings(rung),
        "n_params": rung.n_params,
        "n_params_total": rung.n_params_total,
        "corpus": {name: card[name] for name in ("name", "kind", "n_rows", "n_tokens", "settings")},
    }
    text = json.dumps(settings, indent=1, sort_keys=True)
    with suppress(FileNotFoundError):
        if path.read_text() != text:
            raise SkillscaleError(f"{folder} holds a run with other settings (see run.json); choose another folder.")
        return
    with writing_to(folder):
        folder.mkdir(parents=True, exist_ok=True)
        write_file(path, lambda partial: partial.write_text(text))
