"""Samples held against plain forward passes of the same transformers model."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig, LlamaForCausalLM, MambaConfig, PretrainedConfig

from skillscale.errors import SkillscaleError
from skillscale.models import sampling
from skillscale.models.decoder import CachedDecoder, LlamaDecoder, decoder_of
from skillscale.models.local import LocalModel
from skillscale.models.sampling import Sample, uniform_numbers
from tests.tiny_checkpoint import EOS_ID, write_tiny_checkpoint
from tests.tiny_corpus import tiny_tokenizer

N_WORDS = 20


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    return LocalModel(write_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint"), tiny_tokenizer(N_WORDS)))


def prompts(n: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(f"w{i}" for i in rng.integers(0, N_WORDS, rng.integers(1, 9))) for _ in range(n)]


def drawn(model: LocalModel, texts: list[str], *, n: int = 4, temperature: float = 1.0, seed: int = 0, most: int = 8):
    return model.sample(texts, n=n, temperature=temperature, seed=seed, max_new_tokens=most)


IDS: dict[str, Any] = {"vocab_size": N_WORDS + 2, "bos_token_id": EOS_ID, "eos_token_id": EOS_ID, "pad_token_id": 0}


LLAMAS: dict[str, dict[str, Any]] = {
    "heads of their own width": {"head_dim": 6},
    "shared keys": {"num_key_value_heads": 2},
    "tied, another base": {
        "tie_word_embeddings": True,
        "rope_parameters": {"rope_type": "default", "rope_theta": 500.0},
    },
    "another epsilon": {"rms_norm_eps": 1e-2},
}


def llama(**settings: Any) -> LlamaForCausalLM:
    shape: dict[str, Any] = {
        "hidden_size": 32,
        "intermediate_size": 40,
        "num_hidden_layers": 3,
        "num_attention_heads": 4,
    }
    torch.manual_seed(0)
    made = LlamaForCausalLM(LlamaConfig(**(shape | IDS | settings)))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(1.0 if parameter.ndim == 1 else 0.0, 0.3)
    return made.eval()


@pytest.mark.parametrize("settings", LLAMAS.values(), ids=LLAMAS.keys())
def test_the_lean_pass_gives_the_logits_of_transformers(settings: dict[str, Any]) -> None:
    plain = llama(**settings)
    decoder = decoder_of(plain)
    assert isinstance(decoder, LlamaDecoder)
    tokens = torch.randint(2, N_WORDS + 2, (3, 12), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected = plain(input_ids=tokens).logits
        found = [decoder.read(tokens[:, :5], n_samples=2, n_later=7)[::2]]
        for t in range(5, 9):
            found.append(decoder.step(tokens[:, t].repeat_interleave(2))[::2])
        decoder.keep(torch.tensor([2, 5]))  # the second sample of the second and of the third prompt
        for t in range(9, 12):
            found.append(decoder.step(tokens[1:, t]))
    assert len(found) == 8
    for t, logits in enumerate(found):
        rows = slice(None) if t < 5 else slice(1, None)
        torch.testing.assert_close(logits, expected[rows, 4 + t], atol=1e-4, rtol=0)


@pytest.mark.parametrize(
    "other",
    [
        {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "rope_theta": 1e4}},
        {"attention_bias": True},
        {"mlp_bias": True},
        {"hidden_act": "gelu"},
    ],
    ids=["scaled positions", "attention biases", "feed-forward biases", "another activation"],
)
def test_other_llamas_take_the_generic_pass(other: dict[str, Any]) -> None:
    assert isinstance(decoder_of(llama(**other)), CachedDecoder)


@pytest.mark.parametrize("temperature", [0.0, 0.7, 1.0])
def test_the_generic_pass_says_the_same(model: LocalModel, monkeypatch: pytest.MonkeyPatch, temperature: float) -> None:
    lean = drawn(model, prompts(10), temperature=temperature)
    monkeypatch.setattr(sampling, "decoder_of", CachedDecoder)
    generic = drawn(model, prompts(10), temperature=temperature)
    assert said(generic) == said(lean)
    assert nats(generic) == pytest.approx(nats(lean), abs=1e-4)


def said(samples: list[list[Sample]]) -> list[tuple[str | None, bool]]:
    return [(sample.text, sample.ended) for row in samples for sample in row]


def nats(samples: list[list[Sample]]) -> list[float]:
    return [sample.logprob for row in samples for sample in row if sample.logprob is not None]


def test_log_probabilities_are_those_of_a_plain_pass_at_temperature_1(model: LocalModel) -> None:
    plain = LlamaForCausalLM.from_pretrained(model.folder)
    texts = prompts(12)
    ends = Counter[bool]()
    for text, row in zip(texts, drawn(model, texts, temperature=0.6), strict=True):
        context = [EOS_ID, *model.tokenizer.encode(text).ids]
        for sample in row:
            tokens = [*context, *sample.tokens, *([EOS_ID] if sample.ended else [])]
            with torch.inference_mode():
                logprobs = plain(input_ids=torch.tensor([tokens])).logits[0].log_softmax(-1)
            expected = sum(float(logprobs[t - 1, tokens[t]]) for t in range(len(context), len(tokens)))
            assert sample.logprob == pytest.approx(expected, abs=1e-4)
            assert sample.n_context == len(context)
            assert EOS_ID not in sample.tokens
            assert sample.text == model.tokenizer.decode(list(sample.tokens), skip_special_tokens=False)
            assert sample.ended or len(sample.tokens) == 8
            ends[sample.ended] += 1
    assert min(ends[True], ends[False]) > 0


def test_tokens_come_as_often_as_the_model_says(model: LocalModel) -> None:
    plain = LlamaForCausalLM.from_pretrained(model.folder)
    n = 20_000
    [row] = drawn(model, ["w3 w4"], n=n, most=1, temperature=1.5)
    with torch.inference_mode():
        logits = plain(input_ids=torch.tensor([[EOS_ID, *model.tokenizer.encode("w3 w4").ids]])).logits[0, -1]
    expected = n * (logits / 1.5).softmax(-1).double().numpy()
    counts = np.bincount([EOS_ID if one.ended else one.tokens[0] for one in row], minlength=N_WORDS + 2)
    frequent = expected >= 5
    assert (
        chisquare(
            [*counts[frequent], counts[~frequent].sum() + 1e-9],
            [*expected[frequent], expected[~frequent].sum() + 1e-9],
            sum_check=False,
        ).pvalue
        > 1e-3
    )


def test_a_sample_depends_on_seed_prompt_and_index_alone(model: LocalModel, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = prompts(20)
    whole = drawn(model, texts, n=5)
    monkeypatch.setitem(sampling.ROWS, "cpu", 3)  # less than the samples of one prompt
    assert said(drawn(model, texts, n=5)) == said(whole)
    assert said(drawn(model, texts[7:9], n=2)) == said([row[:2] for row in whole[7:9]])
    shorter = drawn(model, texts, n=5, most=3)
    assert [one.tokens for row in shorter for one in row] == [one.tokens[:3] for row in whole for one in row]
    assert said(drawn(model, texts, n=5, seed=1)) != said(whole)
    assert len({one.tokens for one in whole[0]}) > 1


def test_temperature_0_is_greedy_speech_and_a_very_low_one_the_same(model: LocalModel) -> None:
    texts = prompts(20)
    greedy = model.generate(texts, max_new_tokens=8)
    for temperature in (0.0, 1e-30):
        assert [row[0].text for row in drawn(model, texts, n=2, temperature=temperature)] == greedy


def test_a_prompt_that_does_not_fit_says_so_and_the_others_are_sampled(model: LocalModel) -> None:
    longest = " ".join(["w1"] * 31)  # with the start token, the 32 of the context: one token can follow
    long, fits, short = drawn(model, [f"{longest} w1", longest, "w1"], n=2)
    assert [one.missing for one in long] == ["the prompt has more tokens than the model's context of 32"] * 2
    assert long[0].text is None and long[0].logprob is None and long[0].n_context == 33
    assert all(len(one.tokens) + one.ended == 1 and one.missing is None for one in fits)
    assert all(one.missing is None for one in short)


def test_no_prompts_give_no_samples(model: LocalModel) -> None:
    assert drawn(model, []) == []


@pytest.mark.parametrize("wrong", [{"n": 0}, {"temperature": -1.0}, {"temperature": float("nan")}, {"most": 0}])
def test_settings_that_make_no_sense_are_refused(model: LocalModel, wrong: dict[str, Any]) -> None:
    with pytest.raises(SkillscaleError, match="ask for at least 1 of at least 1 token"):
        drawn(model, ["w1"], **wrong)


def test_numbers_that_are_no_numbers_are_missing(model: LocalModel) -> None:
    weight: Any = model.model.get_parameter("lm_head.weight")
    kept = weight.detach().clone()
    with torch.no_grad():
        weight.fill_(float("nan"))
        [[sample]] = drawn(model, ["w1"], n=1)
        weight.copy_(kept)
    assert sample.missing == "the model's log-probabilities are not finite"
    assert sample.text is None and sample.logprob is None


def saved(config: PretrainedConfig, folder: Path) -> LocalModel:
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tiny_tokenizer(N_WORDS).save(str(folder / "tokenizer.json"))
    return LocalModel(folder)


def test_another_architecture_is_sampled_too(tmp_path: Path) -> None:
    model = saved(GPT2Config(**IDS, n_embd=16, n_layer=2, n_head=2, n_positions=32), tmp_path)
    assert isinstance(decoder_of(model.model), CachedDecoder)
    rows = drawn(model, prompts(6))
    [same] = drawn(model, prompts(6)[2:3])
    assert said([same]) == said([rows[2]])


def test_a_model_without_a_cache_is_refused(tmp_path: Path) -> None:
    model = saved(MambaConfig(**IDS, hidden_size=16, num_hidden_layers=1), tmp_path)
    with pytest.raises(SkillscaleError, match="MambaForCausalLM keeps no key-value cache"):
        drawn(model, ["w1"])


@given(seed=st.integers(), prompt=st.text(), first=st.integers(0, 10**6), n=st.integers(1, 4), length=st.integers(1, 9))
def test_uniform_numbers_are_the_same_from_wherever_one_counts(
    seed: int, prompt: str, first: int, n: int, length: int
) -> None:
    numbers = uniform_numbers(seed, prompt, first=first, n=n, length=length)
    assert numbers.shape == (n, length)
    assert ((numbers >= 0) & (numbers < 1)).all()
    last = uniform_numbers(seed, prompt, first=first + n - 1, n=1, length=length)
    np.testing.assert_array_equal(last[0], numbers[-1])


def test_earlier_documents_are_read_with_their_end_tokens(model: LocalModel) -> None:
    """Each is closed as in training, so what follows it is what a model says after exactly those tokens."""
    reading = ("w3", "w4 w5", "w1 w2")
    (alone,), (after,) = model.sample(["w1 w2", reading], n=1, temperature=0.0, seed=0, max_new_tokens=4)
    assert (alone.n_context, after.n_context) == (3, 3 + 2 + 3)
    ids = [model.start_id]
    for text in reading:
        ids += [*model.tokenizer.encode(text, add_special_tokens=False).ids, EOS_ID]
    with torch.inference_mode():
        logits: Any = model.model(torch.tensor([ids[:-1]])).logits[0, -1]
    said = after.tokens[0] if after.tokens else EOS_ID
    assert said == int(logits.argmax())
