"""What a run of Skill-Mix asks, of whom: everything that its results follow from, and the name that this gives it."""

import hashlib
import json
import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from skillscale.errors import SkillscaleError
from skillscale.experiments.skill_mix.protocol import Settings, refuse_self_grading
from skillscale.models.hosted.address import goes_to_server, refuse_keys_in
from skillscale.models.hosted.calling import MOST_CALLS
from skillscale.tasks.skill_mix.asked import Asked, asked_of
from skillscale.tasks.skill_mix.canonical import sha256_of
from skillscale.tasks.skill_mix.commitment import Commitment, verify
from skillscale.tasks.skill_mix.commitment_files import read_commitment, read_reveal, reveal_path
from skillscale.tasks.skill_mix.draw import Draw, draw
from skillscale.tasks.skill_mix.kinds import kind_named
from skillscale.tasks.skill_mix.library import Library


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What the user asks for. `seed`, `ks` and `combinations` None: those of the commitment, or 0, 2 to 5 and 100."""

    model: str
    graders: tuple[str, ...]
    base_url: str | None = None
    grader_base_url: str | None = None
    seed: int | None = None
    ks: tuple[int, ...] | None = None
    combinations: int | None = None
    skills: Path | None = None
    topics: Path | None = None
    settings: Settings = Settings()  # noqa: RUF009 - frozen
    commitment: Path | None = None
    allow_self_grading: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MixPlan:
    """A run before it is made. `public`: whether its skills are published; `grader_urls` stand in the order of `graders`."""

    model: str
    base_url: str | None
    graders: tuple[str, ...]
    grader_urls: tuple[str | None, ...]
    settings: Settings
    drawn: Draw
    library: Library
    public: bool
    commitment: Commitment | None

    def __post_init__(self) -> None:
        if self.n_calls > MOST_CALLS:
            raise SkillscaleError(
                f"The run would make about {self.n_calls:,} calls, of at most {MOST_CALLS:,}; ask for fewer combinations, generations or gradings."
            )

    @property
    def asked(self) -> list[Asked]:
        """Everything that is asked, k by k."""
        return asked_of(self.drawn, self.library, public=self.public)

    @property
    def draw_digest(self) -> str:
        """What names the draw in public: its commitment, which gives nothing away, else the hash of the draw itself."""
        if self.commitment is not None:
            return self.commitment.digest
        drawn = self.drawn
        rows = [[one.topic, *one.skills] for one in drawn.combinations]
        return sha256_of({"library": drawn.library, "seed": drawn.seed, "k": list(drawn.ks), "draw": rows})

    @property
    def record(self) -> dict[str, Any]:
        """All settings, as they stand in `run.json`; no key stands there, for keys are in the environment only."""
        return {
            "task": "skill-mix",
            "model": self.model,
            "base_url": self.base_url,
            "graders": [
                {"grader": name, "base_url": url} for name, url in zip(self.graders, self.grader_urls, strict=True)
            ],
            **asdict(self.settings),
            "prompts": self.settings.prompts,
            "seed": self.drawn.seed,
            "k": list(self.drawn.ks),
            "combinations": len(self.drawn.combinations),
            "library": self.drawn.library,
            "public": self.public,
        }

    @property
    def key(self) -> str:
        """The run's name: the model's, and a hash of all settings. The same settings go on with the same run."""
        slug = re.sub(r"[^A-Za-z0-9.]+", "-", self.model).strip("-.")[:48]
        digest = hashlib.blake2b(json.dumps(self.record, sort_keys=True).encode(), digest_size=5).hexdigest()
        return f"{slug}-{digest}"

    @property
    def n_calls(self) -> int:
        """Calls, where every text comes and every grading can be read at once."""
        turns = 2 if self.settings.improve else 1
        gradings = len(self.graders) * self.settings.gradings
        return len(self.drawn.ks) * len(self.drawn.combinations) * self.settings.generations * (turns + gradings)


def plan_of(asking: Asking, providers: Collection[str]) -> MixPlan:
    """The plan; `providers` are those of Inspect AI. Raises SkillscaleError for what cannot be, before anything is asked."""
    refuse_self_grading(asking.model, asking.graders, allow=asking.allow_self_grading)
    library = kind_named(asking.settings.kind).library(asking.skills, asking.topics)
    drawn, commitment = _draw(asking, library)
    return MixPlan(
        model=asking.model,
        base_url=asking.base_url,
        graders=asking.graders,
        grader_urls=_grader_urls(asking, providers),
        settings=asking.settings,
        drawn=drawn,
        library=library,
        public=library.public,
        commitment=commitment,
    )


def _grader_urls(asking: Asking, providers: Collection[str]) -> tuple[str | None, ...]:
    """Where each grader is asked: at `grader_base_url`, else at `base_url`; one of another provider at its own."""
    for url in (asking.base_url, asking.grader_base_url):
        if url is not None:
            refuse_keys_in(url)
    url = asking.grader_base_url or asking.base_url
    urls = tuple(url if url is not None and goes_to_server(one, providers) else None for one in asking.graders)
    if asking.grader_base_url is not None and all(one is None for one in urls):
        raise SkillscaleError(
            f"--grader-base-url was given, and {asking.graders[0]} is asked at its own provider. For a server's model of that name "
            f"write openai/{asking.graders[0]}."
        )
    return urls


def _draw(asking: Asking, library: Library) -> tuple[Draw, Commitment | None]:
    if asking.commitment is None:
        seed = 0 if asking.seed is None else asking.seed
        ks, combinations = asking.ks or (2, 3, 4, 5), 100 if asking.combinations is None else asking.combinations
        return draw(library, seed=seed, ks=ks, combinations=combinations), None
    commitment, reveal = read_commitment(asking.commitment), read_reveal(reveal_path(asking.commitment))
    found = verify(commitment, reveal, library)
    if not found.valid:
        raise SkillscaleError(f"{asking.commitment} does not hold: {found.differences[0]}")
    drawn = reveal.draw
    _refuse_another("--seed", asking.seed, drawn.seed)
    _refuse_another("-k", None if asking.ks is None else list(asking.ks), list(drawn.ks))
    _refuse_another("--combinations", asking.combinations, len(drawn.combinations))
    return drawn, commitment


def _refuse_another(option: str, asked: int | list[int] | None, committed: int | list[int]) -> None:
    if asked is not None and asked != committed:
        raise SkillscaleError(f"{option} is {asked}, and the commitment is to {committed}. Leave {option} out.")


def all_models(plan: MixPlan) -> Sequence[tuple[str, str | None]]:
    """Every model with its base URL, the student first."""
    return ((plan.model, plan.base_url), *zip(plan.graders, plan.grader_urls, strict=True))
