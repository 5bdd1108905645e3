"""What LocalModel says, held against plain forward passes of the same transformers model."""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    GPT2Config,
    LlamaForCausalLM,
    MambaConfig,
    MistralConfig,
    PretrainedConfig,
)

from skillscale.errors import SkillscaleError
from skillscale.models.local import LocalModel
from skillscale.models.question import Question
from tests.tiny_checkpoint import EOS_ID, write_tiny_checkpoint
from tests.tiny_corpus import tiny_tokenizer

N_WORDS = 20
EMBEDDINGS = ("embed_tokens", "wte", "wpe", "lm_head")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_checkpoint(tmp_path_factory.mktemp("checkpoint"), tiny_tokenizer(N_WORDS))


@pytest.fixture(scope="module")
def bpe_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    text = ["the unable man was able to stable the table", "the man ran to the unstable table"] * 5
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=["<pad>", "<eos>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(text, trainer)
    return write_tiny_checkpoint(tmp_path_factory.mktemp("bpe"), tokenizer)


def words(*numbers: int) -> str:
    return " ".join(f"w{number}" for number in numbers)


def questions(n: int, rng: np.random.Generator) -> list[Question]:
    """Prefixes of 1-12 words, 2-4 different choices of 1-3 words."""
    made: list[Question] = []
    for _ in range(n):
        prefix = words(*rng.integers(0, N_WORDS, rng.integers(1, 13)))
        choices = {" " + words(*rng.integers(0, N_WORDS, rng.integers(1, 4))) for _ in range(4)}
        made.append(Question(prefix=prefix, continuations=tuple(sorted(choices))))
    return made


def naive_logprob(model: LlamaForCausalLM, tokens: list[int], n_scored: int) -> float:
    with torch.inference_mode():
        logprobs = model(input_ids=torch.tensor([tokens])).logits[0].log_softmax(-1)
    return sum(float(logprobs[t - 1, tokens[t]]) for t in range(len(tokens) - n_scored, len(tokens)))


def test_choices_are_scored_like_one_plain_forward_pass_each(folder: Path) -> None:
    model, plain = LocalModel(folder, batch_tokens=64), LlamaForCausalLM.from_pretrained(folder)
    asked = questions(60, np.random.default_rng(0))
    for question, answer in zip(asked, model.answer(asked), strict=True):
        for choice, logprob in zip(question.continuations, answer.logprobs, strict=True):
            tokens = [EOS_ID, *model.tokenizer.encode(question.prefix + choice).ids]
            assert logprob == pytest.approx(naive_logprob(plain, tokens, len(choice.split())), abs=1e-5)


def test_greedy_speech_is_that_of_transformers(folder: Path) -> None:
    model, plain = LocalModel(folder), LlamaForCausalLM.from_pretrained(folder)
    prefixes = [question.prefix for question in questions(40, np.random.default_rng(1))]
    said = model.generate(prefixes, max_new_tokens=8)
    stopped = 0
    for prefix, text in zip(prefixes, said, strict=True):
        tokens = torch.tensor([[EOS_ID, *model.tokenizer.encode(prefix).ids]])
        expected = plain.generate(
            tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=8, do_sample=False, pad_token_id=0
        )[0, tokens.shape[1] :].tolist()
        if EOS_ID in expected:
            expected = expected[: expected.index(EOS_ID)]
            stopped += 1
        assert text == model.tokenizer.decode(expected, skip_special_tokens=False)
    assert 0 < stopped < len(prefixes)  # the seed gives both kinds


@pytest.mark.parametrize(
    "config",
    [
        GPT2Config(n_embd=16, n_layer=2, n_head=2, n_positions=32),
        MistralConfig(
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            intermediate_size=32,
            sliding_window=4,
        ),
    ],
    ids=["learned positions", "sliding window, shared keys"],
)
def test_other_transformers_are_scored_alike(config: PretrainedConfig, tmp_path: Path) -> None:
    folder = save_model_of(config, tmp_path)
    model, plain = LocalModel(folder), AutoModelForCausalLM.from_pretrained(folder)
    asked = questions(20, np.random.default_rng(5))
    for question, answer in zip(asked, model.answer(asked), strict=True):
        for choice, logprob in zip(question.continuations, answer.logprobs, strict=True):
            tokens = [EOS_ID, *model.tokenizer.encode(question.prefix + choice).ids]
            assert logprob == pytest.approx(naive_logprob(plain, tokens, len(choice.split())), abs=1e-5)
    blocks = sum(p.numel() for name, p in plain.named_parameters() if not any(e in name for e in EMBEDDINGS))
    assert model.n_params == blocks


def test_a_model_without_a_cache_is_refused_for_long_answers(tmp_path: Path) -> None:
    model = LocalModel(save_model_of(MambaConfig(hidden_size=16, num_hidden_layers=1), tmp_path))
    [answer] = model.answer([Question(prefix="w1", continuations=(" w2", " w3"))])
    assert len(answer.logprobs) == 2
    with pytest.raises(SkillscaleError, match="MambaForCausalLM keeps no key-value cache"):
        model.generate(["w1"], max_new_tokens=2)


def save_model_of(config: PretrainedConfig, folder: Path) -> Path:
    config.update({"vocab_size": N_WORDS + 2, "bos_token_id": EOS_ID, "eos_token_id": EOS_ID, "pad_token_id": 0})
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.normal_(0, 0.3)
    model.save_pretrained(folder)
    tiny_tokenizer(N_WORDS).save(str(folder / "tokenizer.json"))
    return folder


def test_order_and_batch_size_do_not_matter(folder: Path) -> None:
    asked = questions(50, np.random.default_rng(2))
    shuffled = np.random.default_rng(3).permutation(len(asked))
    answers = LocalModel(folder).answer(asked)
    others = LocalModel(folder, batch_tokens=1).answer([asked[i] for i in shuffled])
    for i, other in zip(shuffled, others, strict=True):
        assert other.logprobs == pytest.approx(answers[i].logprobs, abs=1e-5)
        assert other.said == answers[i].said


def test_token_logprobs_are_those_of_a_plain_forward_pass(folder: Path) -> None:
    model, plain = LocalModel(folder, batch_tokens=40), LlamaForCausalLM.from_pretrained(folder)
    rng = np.random.default_rng(4)
    sequences = [rng.integers(2, 2 + N_WORDS, n).tolist() for n in (2, 5, 33, 5, 5, 12)]
    for sequence, logprobs in zip(sequences, model.token_logprobs(sequences), strict=True):
        assert logprobs.shape == (len(sequence) - 1,)
        assert logprobs.sum() == pytest.approx(naive_logprob(plain, sequence, len(sequence) - 1), abs=1e-4)


def test_a_probability_distribution_sums_to_one(folder: Path) -> None:
    choices = (*(f" w{i}" for i in range(N_WORDS)), " <pad>", " <eos>")
    [logprobs] = LocalModel(folder).choice_logprobs(["w3 w4"], [choices])
    assert logprobs is not None
    assert np.exp(logprobs).sum() == pytest.approx(1.0, abs=1e-6)


def test_a_token_across_the_seam_is_scored_whole(bpe_folder: Path) -> None:
    """`un` + `able` is one token: both choices are scored as the text they make, after what they share."""
    model, plain = LocalModel(bpe_folder), LlamaForCausalLM.from_pretrained(bpe_folder)
    encode = model.tokenizer.encode
    assert encode("the unable").ids[:2] != encode("the un").ids[:2]
    question = Question(prefix="the un", continuations=("able", "ran"))
    [answer] = model.answer([question])
    shared = encode("the").ids
    for choice, logprob in zip(question.continuations, answer.logprobs, strict=True):
        tokens = encode(question.prefix + choice).ids
        assert tokens[: len(shared)] == shared
        assert logprob == pytest.approx(naive_logprob(plain, [EOS_ID, *tokens], len(tokens) - len(shared)), abs=1e-5)


def test_a_space_at_the_end_of_the_prefix_changes_nothing(bpe_folder: Path) -> None:
    model = LocalModel(bpe_folder)
    inside, outside = model.answer(
        [
            Question(prefix="the man was ", continuations=("able", "the")),
            Question(prefix="the man was", continuations=(" able", " the")),
        ]
    )
    assert inside.logprobs == pytest.approx(outside.logprobs, abs=1e-6)


def test_a_question_too_long_says_so_and_the_others_are_answered(folder: Path) -> None:
    long, short = LocalModel(folder).answer(
        [
            Question(prefix=words(*[1] * 40), continuations=(" w1", " w2")),
            Question(prefix="w1", continuations=(" w1", " w2")),
        ]
    )
    assert long.missing is not None and "context of 32" in long.missing
    assert long.logprobs == () and long.said is None
    assert short.missing is None and len(short.logprobs) == 2


def test_the_longest_question_that_fits_is_answered_as_in_a_plain_pass(folder: Path) -> None:
    model, plain = LocalModel(folder), LlamaForCausalLM.from_pretrained(folder)
    prefix = words(*[3] * 31)  # with the start token, 32
    [answer] = model.answer([Question(prefix=prefix, continuations=(" w1", " w2"))])
    tokens = [EOS_ID, *model.tokenizer.encode(prefix + " w1").ids]
    assert answer.logprobs[0] == pytest.approx(naive_logprob(plain, tokens, 1), abs=1e-5)


def test_choices_that_the_tokenizer_cannot_tell_apart_are_missing(folder: Path) -> None:
    [answer] = LocalModel(folder).answer([Question(prefix="w1", continuations=(" zebra", " horse"))])
    assert answer.missing is not None and "cannot tell" in answer.missing


def test_speech_ends_where_the_context_does(folder: Path) -> None:
    model = LocalModel(folder)
    [answer] = model.answer([Question(prefix=words(*[5] * 29), max_new_tokens=20)])
    assert answer.missing is None
    assert answer.n_said <= 3


@pytest.mark.parametrize("damage", ["no folder", "no config", "cut weights", "a weight less", "no tokenizer", "words"])
def test_a_damaged_checkpoint_is_refused_in_one_sentence(folder: Path, tmp_path: Path, damage: str) -> None:
    copy = tmp_path / "copy"
    if damage != "no folder":
        write_tiny_checkpoint(copy, tiny_tokenizer(N_WORDS))
    weights = copy / "model.safetensors"
    match damage:
        case "no config":
            (copy / "config.json").unlink()
        case "cut weights":
            weights.write_bytes(weights.read_bytes()[:500])
        case "a weight less":
            tensors = load_file(weights)
            del tensors["model.norm.weight"]
            save_file(tensors, weights, metadata={"format": "pt"})
        case "no tokenizer":
            (copy / "tokenizer.json").write_text("{")
        case "words":
            tiny_tokenizer(N_WORDS + 5).save(str(copy / "tokenizer.json"))
        case _:
            pass
    with pytest.raises(SkillscaleError, match=str(copy)) as caught:
        LocalModel(copy)
    assert "\n" not in str(caught.value)


def test_a_folder_without_tokenizer_is_refused_though_transformers_would_make_an_empty_one(tmp_path: Path) -> None:
    folder = save_model_of(GPT2Config(n_embd=16, n_layer=1, n_head=2, n_positions=32), tmp_path)
    (folder / "tokenizer.json").unlink()
    with pytest.raises(SkillscaleError, match=r"has no tokenizer \(tokenizer\.json"):
        LocalModel(folder)


def test_an_almost_empty_vocabulary_is_refused(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    tokenizer = tiny_tokenizer(1)
    tokenizer.add_special_tokens([f"<special {i}>" for i in range(10)])
    tokenizer.save(str(copy / "tokenizer.json"))
    with pytest.raises(SkillscaleError, match="knows 3 tokens beside special ones"):
        LocalModel(copy)


@pytest.mark.parametrize(
    "damage", ["cut weights", "no weights", "foreign pickle", "empty pickle", "cut tokenizer", "eos"]
)
def test_a_damaged_checkpoint_says_how_it_is_healed(folder: Path, tmp_path: Path, damage: str) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    weights = copy / "model.safetensors"
    match damage:
        case "cut weights":
            weights.write_bytes(weights.read_bytes()[:500])
        case "cut tokenizer":
            (copy / "tokenizer.json").write_text("{")
        case "eos":
            config = json.loads((copy / "config.json").read_text())
            (copy / "config.json").write_text(json.dumps({**config, "eos_token_id": "<eos>"}))
        case _:
            weights.unlink()
    if damage.endswith("pickle"):
        foreign = pickle.dumps({"weights": Path("a")}, protocol=2)
        (copy / "pytorch_model.bin").write_bytes(foreign if damage == "foreign pickle" else b"")
    with pytest.raises(SkillscaleError, match=r"Delete that folder and run the same command again") as caught:
        LocalModel(copy)
    assert str(copy) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "weights_only" not in str(caught.value)


@pytest.mark.parametrize("name", ["eos_token_id", "bos_token_id"])
def test_an_end_or_start_token_outside_the_vocabulary_is_refused(folder: Path, tmp_path: Path, name: str) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    (copy / "generation_config.json").unlink()
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, name: N_WORDS + 2}))
    with pytest.raises(SkillscaleError, match="names 22 as the token that begins or ends a text, but its model has 22"):
        LocalModel(copy)
