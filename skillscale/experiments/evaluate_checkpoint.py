"""Any checkpoint on disk, measured on any corpus: what `skillscale evaluate` does."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from skillscale.corpora.document import Document
from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.experiments.evaluate import LANGUAGE, Identity, evaluate
from skillscale.models.local import LocalModel
from skillscale.observations.observation import Observation
from skillscale.tasks.catalogue import tasks_for
from skillscale.tasks.item import Item
from skillscale.tasks.task import Task

MOST_UNKNOWN = 0.1  # of a corpus's tokens; beyond it the questions are no longer the ones asked


def evaluate_checkpoint(
    checkpoint: Path,
    corpus: PackedCorpus,
    *,
    tasks: Sequence[str] = (),
    limit_per_stratum: int = 200,
    seed: int = 0,
    identity: Identity | None = None,
    folder: Path | None = None,
    device: str = "cpu",
    threads: int | None = None,
) -> list[Observation]:
    """Measure the checkpoint on the corpus's items and held-out documents; only on `tasks` if any are named.

    A model with another tokenizer than the corpus's reads the documents in its own tokens: bits per byte can be compared
    then, nats per token cannot. Raises SkillscaleError where the checkpoint cannot be read, knows too few of the
    corpus's words, or a task is not one of the corpus's.
    """
    known = tasks_for(corpus)
    asked = _asked_items(corpus, known, tasks, limit_per_stratum=limit_per_stratum, seed=seed)
    model = LocalModel(checkpoint, device=device, threads=threads)
    documents = _documents_for(model, corpus) if not tasks or LANGUAGE in tasks else []
    given: Identity = identity or {
        "family": corpus.card.name,
        "run": model.folder.resolve().name,
        "model": model.folder.resolve().name,
    }
    counted: Identity = {"n_params": model.n_params, "n_params_total": model.n_params_total, **given}
    return evaluate(model, asked, documents, identity=counted, tasks=known, folder=folder)


def _asked_items(
    corpus: PackedCorpus, known: Mapping[str, Task], names: Sequence[str], *, limit_per_stratum: int, seed: int
) -> list[Item]:
    unknown = sorted(set(names) - known.keys() - {LANGUAGE})
    if unknown:
        raise SkillscaleError(
            f"No task is called {', '.join(unknown)}; there are {', '.join(sorted({*known, LANGUAGE}))}."
        )
    chosen = [task for name, task in sorted(known.items()) if not names or name in names]
    made = {task.name: task.items(corpus, limit_per_stratum=limit_per_stratum, seed=seed) for task in chosen}
    empty = sorted(name for name, items in made.items() if name in names and not items)
    if empty:
        raise SkillscaleError(f"The corpus {corpus.card.name} has no items of {', '.join(empty)}. Name other tasks.")
    return [item for items in made.values() for item in items]


def _documents_for(model: LocalModel, corpus: PackedCorpus) -> list[Document]:
    """The held-out documents, in the model's own tokens where it has another tokenizer than the corpus."""
    if model.tokenizer.get_vocab() == corpus.tokenizer.get_vocab():
        return corpus.held_out
    encoded = model.tokenizer.encode_batch_fast(
        [document.text for document in corpus.held_out], add_special_tokens=False
    )
    unknown = _unknown_id(model)
    ids = [encoding.ids for encoding in encoded]
    n_tokens = sum(map(len, ids))
    n_unknown = 0 if unknown is None else sum(tokens.count(unknown) for tokens in ids)
    if n_unknown > MOST_UNKNOWN * n_tokens:
        raise SkillscaleError(
            f"{model.folder} does not know {n_unknown / n_tokens:.0%} of the words of the corpus {corpus.card.name}: its "
            "tokenizer is of another text. Give the corpus that it was trained on."
        )
    return [
        replace(document, tokens=tuple(tokens), logprobs=None)
        for document, tokens in zip(corpus.held_out, ids, strict=True)
    ]


def _unknown_id(model: LocalModel) -> int | None:
    """The id that stands for every word the tokenizer does not know; a byte-level tokenizer has none."""
    token: str | None = getattr(model.tokenizer.model, "unk_token", None)
    return None if token is None else model.tokenizer.token_to_id(token)
