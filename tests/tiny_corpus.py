"""A small corpus of a known language, for tests that need something to train or measure on.

A document is `length` words w0 … w<n-1>. The first is uniform; then the successor of the last one comes with
probability .8, any word with .2. So its exact entropy is known, and a small model learns it in a few hundred steps.
"""

import math
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer, models, pre_tokenizers

from skillscale.corpora.document import Cloze, Document
from skillscale.corpora.packed import CorpusCard, Entropy, PackedCorpus, write_packed_corpus

PAD_ID, EOS_ID, FIRST_WORD_ID = 0, 1, 2
REPEAT_SHARE = 0.8


def tiny_tokenizer(n_words: int) -> Tokenizer:
    vocabulary = {"<pad>": PAD_ID, "<eos>": EOS_ID} | {f"w{i}": FIRST_WORD_ID + i for i in range(n_words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def tiny_documents(n_documents: int, *, n_words: int, length: int, seed: int) -> list[Document]:
    rng = np.random.default_rng(seed)
    documents: list[Document] = []
    for _ in range(n_documents):
        words = [int(rng.integers(n_words))]
        logprobs = [-math.log(n_words)]
        while len(words) < length:
            successor = (words[-1] + 1) % n_words
            words.append(successor if rng.random() < REPEAT_SHARE else int(rng.integers(n_words)))
            logprobs.append(math.log((REPEAT_SHARE if words[-1] == successor else 0.0) + (1 - REPEAT_SHARE) / n_words))
        documents.append(
            Document(
                text=" ".join(f"w{word}" for word in words),
                tokens=tuple(FIRST_WORD_ID + word for word in words),
                strand="cycle",
                clozes=(_cloze(words, n_words),),
                logprobs=tuple(logprobs),
            )
        )
    return documents


def _cloze(words: list[int], n_words: int) -> Cloze:
    successor = (words[0] + 1) % n_words
    wrong = ((successor + 1) % n_words, (successor + 2) % n_words)
    return Cloze(
        task="successor", stratum="all", prefix=f"w{words[0]}", answer=f" w{successor}",
        distractors=tuple(f" w{word}" for word in wrong),
    )  # fmt: skip


def write_tiny_corpus(
    folder: Path,
    *,
    n_rows: int = 64,
    context: int = 16,
    n_words: int = 20,
    n_held_out: int = 8,
    n_clozes: int = 8,
    seed: int = 0,
) -> PackedCorpus:
    """Rows of two documents each, `eos, words, eos, words, eos, pad …`; vocabulary n_words + 2."""
    folder.mkdir(parents=True, exist_ok=True)
    length = (context - 3) // 2
    training = tiny_documents(2 * n_rows, n_words=n_words, length=length, seed=seed)
    rows = np.full((n_rows, context), PAD_ID, dtype=np.uint16)
    for row, (first, second) in zip(rows, zip(training[::2], training[1::2], strict=True), strict=True):
        tokens = [EOS_ID, *first.tokens, EOS_ID, *second.tokens, EOS_ID]
        row[: len(tokens)] = tokens
    np.save(folder / "rows.npy", rows)
    held_out = tiny_documents(n_held_out, n_words=n_words, length=length, seed=seed + 1_000_003)
    asked = tiny_documents(n_clozes, n_words=n_words, length=length, seed=seed + 2_000_003)
    card = CorpusCard(
        name="tiny",
        kind="world",
        context=context,
        vocab_size=n_words + 2,
        pad_id=PAD_ID,
        eos_id=EOS_ID,
        n_rows=n_rows,
        n_tokens=n_rows * (2 * length + 2),
        held_out_bytes=sum(len(document.text.encode()) for document in held_out),
        held_out_tokens=sum(len(document.tokens) + 1 for document in held_out),
        settings={"n_words": n_words, "seed": seed},
        entropy={"all": Entropy(nats=_entropy_nats(n_words, length), stderr=0.0, n_tokens=n_rows * (2 * length + 2))},
    )
    clozes = [cloze for document in asked for cloze in document.clozes]
    return write_packed_corpus(folder, card, tiny_tokenizer(n_words), held_out, clozes)


def _entropy_nats(n_words: int, length: int) -> float:
    """Per predicted token, the certain eos included."""
    other = (1 - REPEAT_SHARE) / n_words
    step = -(REPEAT_SHARE + other) * math.log(REPEAT_SHARE + other) - (n_words - 1) * other * math.log(other)
    return (math.log(n_words) + (length - 1) * step) / (length + 1)
