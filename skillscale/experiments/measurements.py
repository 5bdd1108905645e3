"""What is measured of a checkpoint beside its items: each measurement has a file of its own, so that a checkpoint
measured before gains a new one.

A driver knows these without torch: the measuring itself is imported where it is done.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from skillscale.corpora.packed import PackedCorpus
from skillscale.experiments.skill_graph_pieces import has_customs
from skillscale.experiments.skill_mix.pocket_asked import has_pieces
from skillscale.observations.observation import Observation

if TYPE_CHECKING:
    from skillscale.experiments.evaluate import Identity
    from skillscale.models.local import LocalModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Observations of a checkpoint, kept in `<name>.json` of its folder, with the answers in `<name>.parquet`.

    `version` changes with what is asked or how. `applies` says of which corpora; `only_last` leaves out all but the last checkpoint of a run.
    """

    version: int
    applies: Callable[[PackedCorpus], bool]
    measure: "Callable[[LocalModel, PackedCorpus, Identity, Path], Sequence[Observation]]"
    only_last: bool = False


def _skill_graph(
    model: "LocalModel", corpus: PackedCorpus, identity: "Identity", folder: Path
) -> Sequence[Observation]:
    from skillscale.experiments.skill_graph import measure_skill_graph

    return measure_skill_graph(model, corpus, identity=identity, folder=folder)


def _pocket_skill_mix(
    model: "LocalModel", corpus: PackedCorpus, identity: "Identity", folder: Path
) -> Sequence[Observation]:
    from skillscale.experiments.skill_mix.pocket import measure_pocket_skill_mix

    return measure_pocket_skill_mix(model, corpus, identity=identity, folder=folder)


def _thinking(model: "LocalModel", corpus: PackedCorpus, identity: "Identity", folder: Path) -> Sequence[Observation]:
    from skillscale.experiments.thinking.ladder_thinking import measure_thinking

    return measure_thinking(model, corpus, identity=identity, folder=folder)


MEASUREMENTS: dict[str, Measurement] = {
    "skill-graph": Measurement(version=1, applies=has_customs, measure=_skill_graph),
    "skill-mix": Measurement(version=2, applies=has_pieces, measure=_pocket_skill_mix),
    "thinking": Measurement(version=1, applies=has_customs, measure=_thinking, only_last=True),
}


def measurements_of(corpus: PackedCorpus) -> tuple[str, ...]:
    """The names of those that can be made with this corpus."""
    return tuple(name for name, one in MEASUREMENTS.items() if one.applies(corpus))
