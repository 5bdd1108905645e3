"""evaluate: its numbers against a plain reading of the same model, its records, and what is missing."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from transformers import LlamaForCausalLM

from skillscale.corpora.packed import PackedCorpus
from skillscale.errors import SkillscaleError
from skillscale.experiments.evaluate import Identity, evaluate
from skillscale.models.local import LocalModel
from skillscale.observations.observation import Observation
from skillscale.tasks import ClozeTask, Item, WorkedChain
from tests.tiny_checkpoint import write_tiny_checkpoint
from tests.tiny_corpus import EOS_ID, write_tiny_corpus

IDENTITY: Identity = {"family": "tiny", "run": "r", "model": "r/tokens-1", "n_tokens": 1, "seed": 3}
TASKS = {
    "successor": ClozeTask(name="successor", about="Which word follows."),
    "chain": WorkedChain(name="chain", about="Steps."),
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> PackedCorpus:
    return write_tiny_corpus(tmp_path_factory.mktemp("corpus"), n_clozes=40, n_held_out=12)


@pytest.fixture(scope="module")
def model(corpus: PackedCorpus, tmp_path_factory: pytest.TempPathFactory) -> LocalModel:
    return LocalModel(write_tiny_checkpoint(tmp_path_factory.mktemp("model"), corpus.tokenizer))


def successors(corpus: PackedCorpus) -> list[Item]:
    items = TASKS["successor"].items(corpus, limit_per_stratum=40, seed=0)
    return [replace(item, stratum="even" if i % 2 else "odd", k=1 + i % 2) for i, item in enumerate(items)]


def found(observations: list[Observation], **wanted: object) -> Observation:
    [one] = [o for o in observations if all(getattr(o, name) == value for name, value in wanted.items())]
    return one


def test_item_metrics_are_those_of_a_plain_forward_pass(model: LocalModel, corpus: PackedCorpus) -> None:
    items = successors(corpus)
    observations = evaluate(model, items, [], identity=IDENTITY, tasks=TASKS)
    plain = LlamaForCausalLM.from_pretrained(model.folder)
    right, said, nll, brier = [], [], [], []
    for item in items:
        ids = torch.tensor([[EOS_ID, *model.tokenizer.encode(item.prefix).ids]])
        with torch.inference_mode():
            logprobs = plain(input_ids=ids).logits[0, -1].log_softmax(-1)
        p = torch.stack([logprobs[model.tokenizer.encode(choice).ids[0]] for choice in item.choices]).softmax(0)
        at = item.choices.index(item.answer)
        right.append(int(p.argmax()) == at)
        answer = model.tokenizer.encode(item.answer).ids[0]
        said.append(int(logprobs.argmax()) == answer)
        nll.append(-float(logprobs[answer]))
        brier.append(float(((p - torch.nn.functional.one_hot(torch.tensor(at), len(p))) ** 2).sum()))
    for metric, values in {"accuracy": right, "exact": said, "answer_nll": nll, "brier": brier}.items():
        for stratum, part in {"all": values, "odd": values[0::2], "even": values[1::2]}.items():
            one = found(observations, metric=metric, stratum=stratum)
            assert one.value == pytest.approx(np.mean(part), abs=1e-5)
            assert one.n_items == len(part)
            assert one.k == {"all": None, "odd": 1, "even": 2}[stratum]
            if metric in ("answer_nll", "brier"):
                assert one.stderr == pytest.approx(np.std(part, ddof=1) / math.sqrt(len(part)), abs=1e-5)
    assert 0 < sum(right) < len(items)


def test_chance_direction_and_threshold_follow_the_table(model: LocalModel, corpus: PackedCorpus) -> None:
    items = successors(corpus)
    observations = evaluate(model, items, corpus.held_out, identity=IDENTITY, tasks=TASKS)
    answers = [item.answer for item in items]
    expected = {
        "accuracy": ("up", True, 1 / 3),
        "exact": ("up", True, max(map(answers.count, answers)) / len(answers)),
        "answer_nll": ("down", False, math.log(3)),
        "brier": ("down", False, 2 / 3),
        "loss_nats": ("down", False, None),
        "excess_nats": ("down", False, None),
        "bits_per_byte": ("down", False, None),
    }
    for metric, (direction, thresholded, chance) in expected.items():
        one = found(observations, metric=metric, stratum="all")
        assert (one.direction, one.thresholded) == (direction, thresholded)
        assert one.chance == pytest.approx(chance)
        assert (one.family, one.run, one.model, one.n_tokens, one.seed) == ("tiny", "r", "r/tokens-1", 1, 3)


def test_loss_is_that_of_a_plain_forward_pass(model: LocalModel, corpus: PackedCorpus) -> None:
    observations = evaluate(model, [], corpus.held_out, identity=IDENTITY, tasks=TASKS)
    plain = LlamaForCausalLM.from_pretrained(model.folder)
    nats, n_tokens = [], []
    for document in corpus.held_out:
        ids = torch.tensor([[EOS_ID, *document.tokens, EOS_ID]])
        with torch.inference_mode():
            nats.append(float(plain(input_ids=ids, labels=ids).loss) * (len(ids[0]) - 1))
        n_tokens.append(len(ids[0]) - 1)
    true_nats = [-(document.logprob_nats or 0.0) for document in corpus.held_out]
    n_bytes = sum(len(document.text.encode()) for document in corpus.held_out)
    for stratum in ("all", "cycle"):
        loss = found(observations, metric="loss_nats", stratum=stratum)
        assert loss.value == pytest.approx(sum(nats) / sum(n_tokens), abs=1e-5)
        excess = found(observations, metric="excess_nats", stratum=stratum)
        assert excess.value == pytest.approx((sum(nats) - sum(true_nats)) / sum(n_tokens), abs=1e-5)
        bits = found(observations, metric="bits_per_byte", stratum=stratum)
        assert bits.value == pytest.approx(sum(nats) / math.log(2) / n_bytes, abs=1e-5)
        assert loss.n_items == len(corpus.held_out)


def test_excess_is_left_out_where_nobody_knows_the_truth(model: LocalModel, corpus: PackedCorpus) -> None:
    documents = [replace(document, logprobs=None) for document in corpus.held_out]
    observations = evaluate(model, [], documents, identity=IDENTITY, tasks=TASKS)
    assert {o.metric for o in observations} == {"loss_nats", "bits_per_byte"}


def test_records_hold_every_item_and_every_token(model: LocalModel, corpus: PackedCorpus, tmp_path: Path) -> None:
    items = successors(corpus)
    observations = evaluate(model, items, corpus.held_out, identity=IDENTITY, tasks=TASKS, folder=tmp_path / "records")
    assert {path.name for path in (tmp_path / "records").iterdir()} == {"items.parquet", "held_out.parquet"}
    rows = pl.read_parquet(tmp_path / "records" / "items.parquet")
    assert rows["item_id"].to_list() == [item.item_id for item in items]
    assert rows["choices"].to_list() == [list(item.choices) for item in items]
    assert rows["right_choice"].mean() == pytest.approx(found(observations, metric="accuracy", stratum="all").value)
    assert rows["right_said"].mean() == pytest.approx(found(observations, metric="exact", stratum="all").value)
    for row in rows.iter_rows(named=True):
        assert row["choice_logprobs"][row["choices"].index(row["answer"])] == row["answer_logprob"]
    read = pl.read_parquet(tmp_path / "records" / "held_out.parquet")
    assert read["tokens"].to_list() == [[*document.tokens, EOS_ID] for document in corpus.held_out]
    nats = -read["logprobs"].list.sum().sum()
    loss = found(observations, metric="loss_nats", stratum="all").value
    assert nats / read["tokens"].list.len().sum() == pytest.approx(loss, abs=1e-5)


def test_items_that_do_not_fit_are_counted_and_never_scored_as_wrong(model: LocalModel, corpus: PackedCorpus) -> None:
    short = successors(corpus)[:10]
    long = [
        Item(
            item_id=f"long{i}",
            task="successor",
            stratum="long",
            prefix="w1 " * 40,
            answer=" w1",
            choices=(" w1", " w2"),
        )
        for i in range(4)
    ]
    observations = evaluate(model, [*short, *long], [], identity=IDENTITY, tasks=TASKS)
    alone = evaluate(model, short, [], identity=IDENTITY, tasks=TASKS)
    for metric in ("accuracy", "exact", "answer_nll", "brier"):
        every = found(observations, metric=metric, stratum="all")
        assert every.value == pytest.approx(found(alone, metric=metric, stratum="all").value)
        assert every.n_items == 10
        assert "4 items not scored" in every.provenance
        none = found(observations, metric=metric, stratum="long")
        assert none.value is None and none.n_items == 0
        assert none.missing is not None and "context of 32" in none.missing


def test_free_text_is_judged_by_its_task_and_has_no_choices(model: LocalModel) -> None:
    items = [
        Item(item_id=f"c{i}", task="chain", stratum="k=2", prefix=f"w{i}", answer=" w1 w2 = w2", k=2, max_new_tokens=6)
        for i in range(3)
    ]
    observations = evaluate(model, items, [], identity=IDENTITY, tasks=TASKS)
    assert {(o.metric, o.stratum, o.k) for o in observations} == {
        (metric, stratum, 2) for metric in ("answer_nll", "exact") for stratum in ("all", "k=2")
    }
    assert found(observations, metric="answer_nll", stratum="all").chance is None


def test_a_model_that_gives_no_finite_number_is_missing_and_not_zero(corpus: PackedCorpus, tmp_path: Path) -> None:
    broken = LocalModel(write_tiny_checkpoint(tmp_path, corpus.tokenizer))
    with torch.no_grad():
        broken.model.get_input_embeddings().weight.fill_(math.nan)
    observations = evaluate(broken, successors(corpus), corpus.held_out, identity=IDENTITY, tasks=TASKS)
    assert {o.task for o in observations} == {"language", "successor"}
    assert all(o.value is None and o.missing is not None and "not finite" in o.missing for o in observations)


def test_an_item_of_an_unknown_task_is_refused(model: LocalModel, corpus: PackedCorpus) -> None:
    with pytest.raises(SkillscaleError, match="successor"):
        evaluate(model, successors(corpus), [], identity=IDENTITY, tasks={})


def test_saying_more_costs_more(model: LocalModel) -> None:
    def flops(max_new_tokens: int) -> float:
        item = Item(item_id="c", task="chain", stratum="all", prefix="w7", answer=" w1", max_new_tokens=max_new_tokens)
        [exact] = [o for o in evaluate(model, [item], [], identity=IDENTITY, tasks=TASKS) if o.metric == "exact"]
        assert exact.inference_flops is not None
        return exact.inference_flops

    assert flops(1) < flops(4)
