"""Prevalence of skills and topics in a corpus from the user's text to the tables that `mix score` and `mix novelty` take."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from skillscale.errors import SkillscaleError
from skillscale.experiments.skill_mix.prevalence import Asking, Drawn, Group, Shown, ask_presence
from skillscale.laws.skill_mix.prevalence import Largest, company, frequencies, largest, pairs, rarer
from skillscale.models.durable import write_file, writing_to
from skillscale.models.hosted.asking import asker, run_asking
from skillscale.models.hosted.calling import MOST_CALLS, Reply
from skillscale.models.hosted.estimate import Use
from skillscale.models.hosted.prices import cost_of, likely_tokens_in
from skillscale.models.hosted.terms import Terms
from skillscale.tasks.skill_mix.presence import VERSION

LIKELY_TOKENS_OUT = 20  # of an answer: most name none or one


@dataclass(frozen=True, slots=True, kw_only=True)
class PrevalencePlan:
    """What is asked of whom. `corpus` names the text; `seed` drew the sentences."""

    asking: Asking
    drawn: Drawn
    groups: Sequence[Group]
    corpus: str
    seed: int

    def __post_init__(self) -> None:
        if self.n_calls > MOST_CALLS:
            raise SkillscaleError(
                f"The run would make about {self.n_calls:,} calls, of at most {MOST_CALLS:,}; ask for fewer --sentences, or more --per-call."
            )

    @property
    def key(self) -> str:
        """Names the folder: the same for a larger sample of the same text, which goes on from the smaller one's answers."""
        slug = re.sub(r"[^A-Za-z0-9.]+", "-", self.asking.model).strip("-.")[:48]
        entries = [[group.topics, [[one.name, one.definition] for one in group.entries]] for group in self.groups]
        held = [self.corpus, self.seed, entries, asdict(self.asking), VERSION]
        return f"{slug}-{hashlib.blake2b(json.dumps(held).encode(), digest_size=5).hexdigest()}"

    @property
    def n_calls(self) -> int:
        return len(self.drawn.sentences) * len(self.groups)

    @property
    def use(self) -> Use:
        """About what all calls take."""
        n_in = sum(
            likely_tokens_in(self.asking.call(group, one)) for one in self.drawn.sentences for group in self.groups
        )
        return Use(
            model=self.asking.model,
            calls=self.n_calls,
            input_tokens=n_in,
            output_tokens=LIKELY_TOKENS_OUT * self.n_calls,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Prevalence:
    """What came of it. `stopped` says why it is not whole; then nothing is written but the answers so far."""

    plan: PrevalencePlan
    folder: Path
    shown: Shown
    stopped: str | None
    level: float


def prevalence(
    plan: PrevalencePlan, lab: Path, terms: Terms, *, level: float = 0.9, on_reply: Callable[[Reply], None] = lambda _: None
) -> Prevalence:  # fmt: skip
    """Ask in `lab/prevalence/<key>`, going on from what was asked before. Raises SkillscaleError where the model cannot be asked or answers nothing."""
    terms.refuse_unpriced([plan.asking.model])
    folder = lab / "prevalence" / plan.key

    async def asked() -> Prevalence:
        made = asker(folder, terms, ready=lambda provider: provider.ready(plan.asking.model, plan.asking.base_url))
        async with made as ask:
            shown = await ask_presence(ask, plan.drawn.sentences, plan.groups, plan.asking, on_reply)
            ask.refuse_silence([plan.asking.model])
            return Prevalence(plan=plan, folder=folder, shown=shown, stopped=ask.stopped(plan.n_calls), level=level)

    found = run_asking(asked(), folder)
    if found.stopped is None:
        _write(found)
    return found


def prevalence_json(found: Prevalence) -> dict[str, Any]:
    """What `skillscale mix prevalence --json` prints. Where it was `stopped`, all that rests on the sample is left out."""
    plan, shown = found.plan, found.shown
    cost = cost_of(shown.replies)
    told: dict[str, Any] = {
        "model": plan.asking.model,
        "sentences": len(plan.drawn.sentences),
        "sentences_in_corpus": plan.drawn.n_sentences,
        "too_long": plan.drawn.n_too_long,
        "calls": len(shown.replies),
        "cost_usd": cost.usd,
        "cost_at_most": cost.at_most,
        "answers": shown.n_answers,
        "answers_missing": dict(shown.missing.most_common()),
        "folder": str(found.folder),
        "stopped": found.stopped,
    }
    return told if found.stopped is not None else told | _estimates(found)


def _estimates(found: Prevalence) -> dict[str, Any]:
    names = [one.name for group in found.plan.groups for one in group.entries]
    n_skills = sum(len(group.entries) for group in found.plan.groups if not group.topics)
    every = frequencies(names, found.shown.shown_sc, level=found.level)
    skills, topics = every[:n_skills], every[n_skills:]
    skills_sc = found.shown.shown_sc[:, :n_skills]
    together, n_tested = pairs(names[:n_skills], skills_sc, level=found.level)
    most = {
        "max_skill_frequency": largest(skills, level=found.level),
        "max_rarer_skill_frequency": largest(rarer(skills), n_all=len(skills), level=found.level),
        "max_topic_frequency": largest(topics, level=found.level),
    }
    return {
        "level": found.level,
        "skills": [asdict(one) for one in skills],
        "topics": [asdict(one) for one in topics],
        **{name: None if one is None else asdict(one) for name, one in most.items()},
        "novelty_options": _novelty_options(most["max_rarer_skill_frequency"], most["max_topic_frequency"]),
        "company": [asdict(one) | {"verdict": one.verdict} for one in company(skills_sc, level=found.level)],
        "pairs": [asdict(one) for one in together],
        "pairs_tested": n_tested,
        "frequencies_file": str(found.folder / "frequencies.json"),
    }


def _novelty_options(skill: Largest | None, topic: Largest | None) -> str | None:
    """For `skillscale mix novelty`: bounds that hold for all skills below 5 % and all topics at once."""
    if skill is None or topic is None:
        return None
    return f"--skill-frequency {skill.upper:.4g} --topic-frequency {topic.upper:.4g}"


def _write(found: Prevalence) -> None:
    """`prevalence.json`, `frequencies.json` for `mix score`, and `answers.jsonl`: each sentence with what it shows."""
    told = prevalence_json(found)
    shares = {one["name"]: one["share"] for one in told["skills"] if one["share"] is not None}
    contents = {
        "answers.jsonl": "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in _answers(found)),
        "frequencies.json": json.dumps(shares, indent=1, ensure_ascii=False) + "\n",
        "prevalence.json": json.dumps(told, indent=1, ensure_ascii=False) + "\n",
    }
    with writing_to(found.folder):
        for name, content in contents.items():
            write_file(found.folder / name, lambda partial, content=content: partial.write_bytes(content.encode()))


def _answers(found: Prevalence) -> list[dict[str, Any]]:
    """`missing` names what the sentence was not, or not readably, answered for."""
    names = [one.name for group in found.plan.groups for one in group.entries]
    return [
        {
            "sentence": sentence,
            "shown": [names[place] for place in np.flatnonzero(row == 1)],
            "missing": [names[place] for place in np.flatnonzero(np.isnan(row))],
        }
        for sentence, row in zip(found.plan.drawn.sentences, found.shown.shown_sc, strict=True)
    ]
