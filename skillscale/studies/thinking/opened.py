"""What `skillscale think run` is asked for, and what follows from it before anything is asked: the plan, and the checkpoints on disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from skillscale.errors import SkillscaleError
from skillscale.experiments.thinking.reading_messages import AsReading, as_text, chat_template, documents
from skillscale.experiments.thinking.run_plan import PREFILLING, Asked, ThinkPlan, difficulties_of
from skillscale.experiments.thinking.talking import Limits
from skillscale.models.hosted.address import goes_to_server
from skillscale.models.hosted.provider import known_providers
from skillscale.tasks.puzzles import PuzzleKind, puzzle_kind
from skillscale.tasks.puzzles.chains import chains_of_world
from skillscale.tasks.puzzles.comparison import Comparison

NEED_STEPS = frozenset({"budget", "revise", "worked"})  # in pocket words

if TYPE_CHECKING:  # which would load torch
    from skillscale.models.local import LocalModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Thinking:
    """What the user asks for. `model` and `verifier` are folders of checkpoints, or hosted names; `ways` or `difficulties` empty: those of the task."""

    model: str
    task: str
    ways: tuple[str, ...] = ()
    difficulties: tuple[int, ...] = ()
    n_problems: int = 50
    n_samples: int = 16
    seed: int = 0
    temperature: float = 0.7
    limits: Limits = Limits()  # noqa: RUF009 - frozen
    verifier: str | None = None
    base_url: str | None = None
    prefills: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Opened:
    """A plan, and the checkpoints that it asks, with how they read messages."""

    plan: ThinkPlan
    model: "LocalModel | None" = None
    reading: AsReading = as_text
    verifier: "LocalModel | None" = None
    verifier_reading: AsReading | None = None  # None: in words of the pocket world


def opened(asked: Thinking, lab: Path) -> Opened:
    """Read the checkpoints and make the plan. Raises SkillscaleError for what cannot be, before anything is asked or written."""
    kind = puzzle_kind(asked.task)
    model = _local(asked.model)
    pocket = model is not None and _speaks_pocket(model)
    if pocket and kind.name == "chains":
        kind = _chains_of(Path(asked.model), lab)
    elif pocket and kind.name == "comparison":
        kind = Comparison(of_world=True)
    in_steps = not pocket or kind.name == "chains"  # pocket words work nothing else out in steps
    ways = asked.ways or (("worked",) if in_steps else ("direct",))
    difficulties = difficulties_of(kind, asked.difficulties)
    if pocket and kind.name == "chains" and not asked.difficulties and NEED_STEPS.issuperset(ways):
        difficulties = tuple(one for one in difficulties if one > 1)  # a single custom has no steps
    verifier = None if asked.verifier is None else _local(asked.verifier)
    plan = ThinkPlan(
        model=_asked(asked.model, asked.base_url, local=model is not None),
        kind=kind,
        language="pocket" if pocket and _has_words(kind, difficulties[0]) else "English",
        ways=ways,
        difficulties=difficulties,
        n_problems=asked.n_problems,
        n_samples=asked.n_samples,
        seed=asked.seed,
        temperature=asked.temperature,
        limits=asked.limits,
        verifier=None if asked.verifier is None else _asked(asked.verifier, asked.base_url, local=verifier is not None),
        prefills=asked.prefills or model is not None or asked.model.partition("/")[0] in PREFILLING,
    )
    if pocket and plan.language == "English":
        raise SkillscaleError(
            f"{asked.model} knows the words of the pocket world only, which has none for {asked.task}. Ask it chains, comparison or sudoku4."
        )
    in_pocket = plan.language == "pocket"
    return Opened(
        plan=plan,
        model=model,
        reading=as_text if model is None else documents if in_pocket else chat_template(model) or as_text,
        verifier=verifier,
        verifier_reading=None if verifier is None or _speaks_pocket(verifier) else chat_template(verifier) or as_text,
    )


def hosted_of(plan: ThinkPlan) -> list[Asked]:
    """The models that are asked over the network, the one that answers first."""
    return [one for one in (plan.model, plan.verifier) if one is not None and not one.local]


def _local(name: str) -> "LocalModel | None":
    """The checkpoint in a folder of that name; None where there is no such folder."""
    folder = Path(name)
    if not folder.is_dir():
        if name.startswith((".", "/", "~")):
            raise SkillscaleError(
                f"{name} is no folder. Give the folder of a Hugging Face checkpoint, or a hosted name."
            )
        return None
    from skillscale.models.local import LocalModel

    return LocalModel(folder)


def _asked(name: str, base_url: str | None, *, local: bool) -> Asked:
    if not local:
        url = base_url if base_url is not None and goes_to_server(name, known_providers()) else None
        return Asked(name=name, local=False, base_url=url)
    from skillscale.experiments.thinking.local_ask import fingerprint

    folder = Path(name).resolve()
    called = f"{folder.parent.name}/{folder.name}" if folder.name.startswith("tokens-") else folder.name
    return Asked(name=called, local=True, fingerprint=fingerprint(folder))


def _speaks_pocket(model: "LocalModel") -> bool:
    from skillscale.corpora.world.lexicon import vocabulary

    return model.tokenizer.get_vocab() == vocabulary()


def _has_words(kind: PuzzleKind[Any], difficulty: int) -> bool:
    import numpy as np

    return kind.pocket(kind.make(np.random.default_rng(0), difficulty)) is not None


def _chains_of(checkpoint: Path, lab: Path) -> PuzzleKind[Any]:
    """Chains of the world that the checkpoint was trained on, of combinations that its text never has."""
    from skillscale.corpora.world import World, WorldConfig
    from skillscale.studies.evaluation import corpus_for

    corpus = corpus_for(checkpoint, None, lab)
    return chains_of_world(World(WorldConfig(**corpus.card.settings)), unseen=True)
