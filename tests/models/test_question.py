"""The seam between a prefix and what may follow it, in tokens."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

from skillscale.models.question import Question, read_prompts
from tests.tiny_corpus import tiny_tokenizer

START = 1


def byte_level(*, use_regex: bool = True, add_prefix_space: bool = False) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space, use_regex=use_regex)
    tokenizer.decoder = decoders.ByteLevel()
    text = ["able unable, the 'll table's 12 1 a.b  c\n d unable to", "un able a b the the able"] * 4
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        special_tokens=["<pad>", "<eos>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(text, trainer)
    tokenizer.encode_special_tokens = True
    return tokenizer


def lowercased() -> Tokenizer:
    tokenizer = byte_level()
    tokenizer.normalizer = normalizers.Replace("b a", "X")
    return tokenizer


def with_a_token_over_spaces() -> Tokenizer:
    tokenizer = byte_level()
    tokenizer.add_tokens([AddedToken("the able", normalized=False)])
    return tokenizer


TOKENIZERS = {
    "words": tiny_tokenizer(20),
    "byte pairs": byte_level(),
    "byte pairs over spaces": byte_level(use_regex=False),
    "byte pairs with a prefix space": byte_level(add_prefix_space=True),
    "normalised": lowercased(),
    "a token over spaces": with_a_token_over_spaces(),
}
TEXT = st.text(st.sampled_from("ab1 '.,\n\té\u00a0"), max_size=8) | st.sampled_from(
    ["un", "able", " able", "the", " the", " unable", "w1 w2", " w3", "<eos>", " <eos>", "'ll"]
)


@pytest.mark.parametrize("name", TOKENIZERS)
@example(prefix="the", continuations=[" able"])
@example(prefix="b", continuations=[" a"])
@given(prefix=TEXT, continuations=st.lists(TEXT, min_size=1, max_size=3))
def test_context_and_continuation_are_how_the_whole_text_is_tokenised(
    name: str, prefix: str, continuations: list[str]
) -> None:
    tokenizer = TOKENIZERS[name]
    [prompt] = read_prompts(tokenizer, START, [Question(prefix=prefix, continuations=tuple(continuations))])
    whole = tokenizer.encode(prefix, add_special_tokens=False).ids
    assert prompt.context[0] == START
    assert list(prompt.context[1:]) == whole[: len(prompt.context) - 1]
    assert prompt.backed_off == (len(prompt.context) - 1 < len(whole))
    for continuation, scored in zip(continuations, prompt.scored, strict=True):
        joint = tokenizer.encode(prefix + continuation, add_special_tokens=False).ids
        assert [*prompt.context[1:], *scored] == joint


def test_the_context_is_as_long_as_the_seam_allows() -> None:
    tokenizer = byte_level()
    plain, merged = read_prompts(
        tokenizer,
        START,
        [
            Question(prefix="the un", continuations=(" able", " the")),
            Question(prefix="the un", continuations=("able", "a")),
        ],
    )
    assert not plain.backed_off and merged.backed_off
    assert tokenizer.decode(list(merged.context[1:])) == "the"


def test_the_first_continuation_says_how_much_may_be_said() -> None:
    asked = [
        Question(prefix="w1", continuations=(" w2 w3 w4", " w5")),
        Question(prefix="w1", continuations=(" w2",), max_new_tokens=7),
        Question(prefix="w1"),
    ]
    assert [prompt.max_new_tokens for prompt in read_prompts(tiny_tokenizer(20), START, asked)] == [3, 7, 0]
