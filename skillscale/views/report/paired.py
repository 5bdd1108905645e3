"""Differences between two checkpoints that were measured on the same documents: most of both errors cancels."""

from dataclasses import dataclass

import polars as pl

from skillscale.observations.ratio import ratio_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PairedChange:
    """The last checkpoint's loss less the first's, in nats per token, with its standard error over documents."""

    value: float
    stderr: float


def paired_change(first: pl.DataFrame | None, last: pl.DataFrame | None) -> PairedChange | None:
    """From two frames of token losses (columns `document`, `tokens`, `logprobs`), one row a document.

    The ratio estimator of survey sampling (Cochran 1977, 2.11) of each document's difference over its tokens. None
    where one frame is not there, where they are not of the same documents, or of fewer than two.
    """
    if first is None or last is None or first.height != last.height:
        return None
    nats, nats_last = (-pl.col(name).cast(pl.List(pl.Float64)).list.sum() for name in ("logprobs", "logprobs_last"))
    both = first.join(last, on=["document", "tokens"], suffix="_last", how="inner").select(
        (nats_last - nats).alias("difference"),
        pl.col("logprobs").list.len().cast(pl.Float64).alias("n_tokens"),
    )
    if both.height != first.height or both.height < 2 or both["n_tokens"].sum() == 0:
        return None
    change = ratio_of(both["difference"].to_list(), both["n_tokens"].to_list())
    return None if change.stderr is None else PairedChange(value=change.value, stderr=change.stderr)
