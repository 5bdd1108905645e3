"""A checkpoint of the pocket ladder thinks: every way to ask it, and many samples, kept so that all curves come from them."""

import math
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from skillscale.corpora.packed import PackedCorpus
from skillscale.corpora.world.lexicon import vocabulary
from skillscale.experiments.evaluate import Identity
from skillscale.experiments.item_metrics import stderr_of_share
from skillscale.experiments.item_records import write_parquet
from skillscale.experiments.thinking.problems import ChainProblem, chain_problems
from skillscale.experiments.thinking.ways import (
    Try,
    direct,
    few_shot,
    forced,
    least_to_most,
    revised,
    sampled,
    worked,
)
from skillscale.models.inference_flops import inference_shape
from skillscale.models.local import LocalModel
from skillscale.observations.observation import Observation
from skillscale.tasks.worked_chain import first_line

TASK = "prompting"
N_SAMPLES = 32
TEMPERATURE = 1.0  # what the model believes, neither sharpened nor flattened
SEED = 0
ASKED_ONCE = ("direct", "few-shot direct", "worked", "few-shot worked", "least-to-most")
VERIFIED = ("sampled",)  # whose tries the model itself judges
VERDICTS = ("yes", "no")
PROVENANCE = "skillscale thinking"


def measure_thinking(
    model: LocalModel, corpus: PackedCorpus, *, identity: Identity, folder: Path | None = None
) -> list[Observation]:
    """Ask held-out chains in every way. With `folder`, every try is written to `thinking.parquet` there.

    Nothing is measured of a corpus without chains, nor of a model with other tokens than the corpus's.
    """
    problems, examples = chain_problems(corpus), chain_problems(corpus, seen=True)
    if not problems or model.tokenizer.get_vocab() != corpus.tokenizer.get_vocab():
        return []
    tries = ask_in_every_way(model, problems, examples)
    table = _table(model, problems, tries)
    if folder is not None:
        write_parquet(table, folder / "thinking.parquet")
    return [
        _observation(table.filter(way=way, **({} if k is None else {"k": k})), way, k, identity)
        for way in ASKED_ONCE
        for k in (None, *sorted({one.k for one in problems}))
    ]


def ask_in_every_way(
    model: LocalModel, problems: Sequence[ChainProblem], examples: Sequence[ChainProblem]
) -> list[Try]:
    """All tries of all ways. `examples` are shown in the few-shot ways, which are left out where there are none."""
    chains = worked(model, problems)
    tries = [*direct(model, problems), *chains, *least_to_most(model, problems)]
    if examples:
        tries += few_shot(model, problems, examples, SEED)
    tries += forced(model, problems, chains)
    tries += revised(model, problems)
    return tries + sampled(model, problems, n=N_SAMPLES, temperature=TEMPERATURE, seed=SEED)


def verifier_scores(model: LocalModel, problems: Sequence[ChainProblem], tries: Sequence[Try]) -> list[float | None]:
    """How probable the model finds it that every step of a try is right; None where it was not asked.

    It judges a candidate as the world's text does, `check two babo keto rose : lamp yes fern …`, step by step, each as if those before were
    right: the product of its `yes` against `no`. A try without steps has none to judge.
    """
    if not {"check", *VERDICTS} <= vocabulary().keys():
        return [None] * len(tries)
    candidates = [_candidates(problems[one.problem], one) for one in tries]
    texts = list(dict.fromkeys(text for some in candidates for text in some))
    found = dict(zip(texts, model.choice_logprobs(texts, [(" yes", " no")] * len(texts)), strict=True))
    return [_all_right([found[text] for text in some]) for some in candidates]


def _all_right(pairs: Sequence[tuple[float, ...] | None]) -> float | None:
    """The product of probabilities of `yes`; None where nothing was judged, or something could not be."""
    known = [pair for pair in pairs if pair is not None]
    if not known or len(known) < len(pairs):
        return None
    return math.prod(1 / (1 + math.exp(min(no - yes, 700.0))) for yes, no in known)


def _candidates(problem: ChainProblem, one: Try) -> list[str]:
    """The text up to each step of a sampled try whose verdict is asked for."""
    if one.way not in VERIFIED or one.said is None:
        return []
    texts: list[str] = []
    text = f"check {problem.worked}"
    for step in first_line(one.said).partition("=")[0].split():
        text = f"{text} {step}"
        texts.append(text)
        text = f"{text} yes"
    return texts


def _table(model: LocalModel, problems: Sequence[ChainProblem], tries: Sequence[Try]) -> pl.DataFrame:
    """One row for each try, with its problem and its cost. `read_flops` is paid once for all samples of a problem."""
    shape = inference_shape(model.config, model.n_params)

    def flops(**tokens: int) -> float | None:
        return None if shape is None else shape.flops(**tokens)

    rows: list[dict[str, Any]] = []
    for one, score in zip(tries, verifier_scores(model, problems, tries), strict=True):
        problem, candidates = problems[one.problem], _candidates(problems[one.problem], one)
        read, whole = flops(n_read=one.n_read), flops(n_read=one.n_read, n_later=one.n_later, n_logits=1 + one.n_later)
        rows.append(
            {
                **asdict(one),
                "k": problem.k,
                "asked": problem.asked,
                "truth": " ".join(problem.values),
                "verifier": score,
                "read_flops": read,
                "said_flops": None if whole is None or read is None else whole - read,
                # the last candidate holds the others; one token a word, and the start token
                "verifier_flops": None if score is None else flops(n_read=1 + len(candidates[-1].split())),
            }
        )
    return pl.DataFrame(rows, infer_schema_length=None)


def _observation(rows: pl.DataFrame, way: str, k: int | None, identity: Identity) -> Observation:
    """The share of problems solved in one way; of those that could be asked."""
    asked = rows.filter(pl.col("right").is_not_null())
    reasons = rows.filter(pl.col("right").is_null())["missing"].value_counts(sort=True)
    left_out = "".join(f"; {n} not asked: {why}" for why, n in reasons.iter_rows())
    n, n_right = asked.height, int(asked["right"].sum()) if asked.height else 0
    flops = (asked["read_flops"] + asked["said_flops"]).mean() if n else None
    return Observation(
        **identity,
        task=TASK,
        stratum=way,
        k=k,
        metric="solved",
        value=n_right / n if n else None,
        missing=None if n else f"no problem could be asked in this way{left_out}",
        stderr=stderr_of_share(n_right, n) if n else None,
        n_items=n,
        direction="up",
        thresholded=True,
        inference_flops=flops if isinstance(flops, float) else None,
        provenance=f"{PROVENANCE}{left_out}",
    )
