"""A byte-level BPE tokenizer for a text: every text comes back from its tokens byte for byte."""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

from skillscale.errors import SkillscaleError

PAD, EOS = "<|pad|>", "<|eos|>"  # ids 0 and 1 of a tokenizer trained here
SMALLEST_VOCAB, LARGEST_VOCAB = 512, 32_768
_FEWEST = 258  # 256 bytes and two specials: no merge at all
_KNOWN_EOS = (EOS, "<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>", "[EOS]", "[SEP]")
_KNOWN_PAD = (PAD, "<pad>", "[PAD]", "<|pad_token|>")


def vocab_size_for(n_bytes: int) -> int:
    """13.5 · n_bytes^(1/3), between 512 and 32,768, in steps of 64: 2,048 for 3.5 MB, 29,000 for 10 GB.

    A cube root keeps each token frequent enough to be learned: measured in docs/adding-a-corpus.md.
    """
    size = round(13.5 * n_bytes ** (1 / 3) / 64) * 64
    return min(max(size, SMALLEST_VOCAB), LARGEST_VOCAB)


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> Tokenizer:
    """Learn merges from `texts`; equal texts give an equal tokenizer. A small text may yield fewer tokens than asked."""
    if vocab_size < _FEWEST:
        raise SkillscaleError(f"A vocabulary of {vocab_size} was asked for; 256 bytes and two marks need {_FEWEST}.")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[PAD, EOS],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        min_frequency=2,
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return prepared(tokenizer)


def read_tokenizer(path: Path, sample: Iterable[str]) -> Tokenizer:
    """A given tokenizer.json, with a padding and an end token added where it has none.

    Raises SkillscaleError where it cannot be read or does not give each text of `sample` back as it was: bits per
    byte would be those of another text.
    """
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise SkillscaleError(
            f"{path} is no readable tokenizer ({error}); give a Hugging Face tokenizer.json."
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    for known in (_KNOWN_PAD, _KNOWN_EOS):
        if all(tokenizer.token_to_id(name) is None for name in known):
            tokenizer.add_special_tokens([AddedToken(known[0], special=True)])
    prepared(tokenizer)
    for text in sample:
        decoded = tokenizer.decode(tokenizer.encode(text, add_special_tokens=False).ids, skip_special_tokens=False)
        if decoded != text:
            raise SkillscaleError(
                f"{path} does not give this text back as it was; use a byte-level tokenizer, or leave --tokenizer out "
                "and one is trained."
            )
    return tokenizer


def prepared(tokenizer: Tokenizer) -> Tokenizer:
    """A text that happens to spell `<|eos|>` stays text. Not stored in tokenizer.json, so set after each reading."""
    tokenizer.encode_special_tokens = True
    return tokenizer


def n_ids(tokenizer: Tokenizer) -> int:
    """One more than the largest id: a given tokenizer may leave some unused."""
    return max(tokenizer.get_vocab().values()) + 1


def pad_id(tokenizer: Tokenizer) -> int:
    return _id_of(tokenizer, _KNOWN_PAD)


def eos_id(tokenizer: Tokenizer) -> int:
    return _id_of(tokenizer, _KNOWN_EOS)


def _id_of(tokenizer: Tokenizer, names: tuple[str, ...]) -> int:
    ids = (tokenizer.token_to_id(name) for name in names)
    return next(number for number in ids if number is not None)
