"""A checkpoint on disk answers calls: the same whatever is answered together, each once, as the world or as a chat."""

import asyncio
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from skillscale.cli.main import commands
from skillscale.corpora.world import World, WorldConfig
from skillscale.corpora.world.lexicon import world_tokenizer
from skillscale.errors import SkillscaleError
from skillscale.experiments.thinking.checked_answers import LocalChecker
from skillscale.experiments.thinking.local_ask import LocalAsk, fingerprint
from skillscale.experiments.thinking.pocket_ways import POCKET
from skillscale.experiments.thinking.reading_messages import as_text, chat_template, documents
from skillscale.experiments.thinking.run_plan import Asked, ThinkPlan
from skillscale.experiments.thinking.run_samples import flops_of, heard, run_thinking
from skillscale.experiments.thinking.talking import Limits, Problem, assistant, user
from skillscale.models.hosted.calling import Call, Reply
from skillscale.models.hosted.journal import Journal
from skillscale.models.inference_flops import inference_shape
from skillscale.models.local import LocalModel
from skillscale.observations import Lab, Observation
from skillscale.tasks.puzzles import PUZZLES
from skillscale.tasks.puzzles.chains import chains_of_world
from tests.tiny_checkpoint import write_tiny_checkpoint
from tests.tiny_corpus import tiny_tokenizer

CHAINS = chains_of_world(World(WorldConfig(seed=3)), unseen=True)
WAYS = ("direct", "worked", "few-shot", "least-to-most", "revise", "budget")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_checkpoint(tmp_path_factory.mktemp("tiny") / "model", world_tokenizer(), context=64)


@pytest.fixture(scope="module")
def model(checkpoint: Path) -> LocalModel:
    return LocalModel(checkpoint)


def plan(n_samples: int = 3) -> ThinkPlan:
    return ThinkPlan(
        model=Asked(name="tiny", local=True, fingerprint="f"),
        kind=CHAINS,
        language="pocket",
        ways=WAYS,
        difficulties=(1, 2, 3),
        n_problems=6,
        n_samples=n_samples,
        temperature=1.0,
        limits=Limits(budgets=(1, 2), revisions=1),
        prefills=True,
    )


def run(
    model: LocalModel, folder: Path, *, most: int = 512, stop_after: int | None = None
) -> tuple[list[object], LocalAsk]:
    """What each sample said, and who was asked. `stop_after`: it breaks off after so many replies."""
    journal = Journal(folder)
    ask = LocalAsk(model, journal, seed=0, reading=documents, most=most)
    n_heard = 0

    def on_reply(reply: Reply) -> None:
        nonlocal n_heard
        n_heard += 1
        if n_heard == stop_after:
            raise InterruptedError

    try:
        found = asyncio.run(run_thinking(plan(), heard(ask, on_reply)))
    except InterruptedError:
        return [], ask
    finally:
        journal.close()
    return [(one.way, one.problem.number, one.sample, one.said, one.missing, one.valid) for one in found.samples], ask


def test_samples_are_the_same_whatever_is_answered_together(model: LocalModel, tmp_path: Path) -> None:
    together, _ = run(model, tmp_path / "a")
    apart, ask = run(model, tmp_path / "b", most=2)
    assert together == apart and len(together) == 6 * 3 * (4 + 2 + 2)
    again, known = run(model, tmp_path / "b")
    assert again == together and known.n_made == 0 and known.n_known == ask.n_made


def test_what_was_broken_off_goes_on_and_answers_nothing_twice(model: LocalModel, tmp_path: Path) -> None:
    whole, first = run(model, tmp_path / "whole")
    run(model, tmp_path / "cut", most=4, stop_after=60)
    found, rest = run(model, tmp_path / "cut", most=4)
    assert found == whole and rest.n_known >= 55 and rest.n_known + rest.n_made == first.n_made


def test_first_samples_are_those_of_the_model_itself(model: LocalModel, tmp_path: Path) -> None:
    prompt = "two babo keto rose :"
    journal = Journal(tmp_path)
    ask = LocalAsk(model, journal, seed=5, reading=documents)
    calls = [
        Call(model="m", messages=(user(prompt),), draw=f"s5/p000/worked/t0#{n}", temperature=1.0, max_tokens=6)
        for n in (0, 1, 4)
    ]

    async def answers() -> list[Reply]:
        return list(await asyncio.gather(*map(ask, calls)))

    replies = asyncio.run(answers())
    journal.close()
    (samples,) = model.sample([prompt], n=5, temperature=1.0, seed=5, max_new_tokens=6)
    assert [one.text for one in replies] == [samples[n].text for n in (0, 1, 4)]
    shape = inference_shape(model.config, model.n_params)
    assert shape is not None
    for reply, sample in zip(replies, (samples[0], samples[1], samples[4]), strict=True):
        first, rest = flops_of(shape, [reply])
        assert first == shape.flops(n_read=6) and sample.n_context == 6
        assert rest is not None and (rest == 0) == (sample.n_later == 0)


def test_a_single_custom_has_no_steps_and_what_cannot_be_asked_is_missing(model: LocalModel, tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    found = asyncio.run(run_thinking(plan(), LocalAsk(model, journal, seed=0, reading=documents)))
    journal.close()
    one_custom = [one for one in found.samples if one.problem.difficulty == 1]
    assert {one.missing for one in one_custom if one.way in ("worked", "revise 1", "budget 2")} == {
        "a single custom has no steps"
    }
    assert all(one.missing is None for one in one_custom if one.way in ("direct", "least-to-most"))
    worked = [one for one in found.samples if one.way == "worked" and one.missing is None]
    none = [one for one in worked if one.answer is None]
    assert none and all(one.no_answer == "no = with a result" and one.valid is False for one in none)


def test_the_ways_of_the_pocket_world_read_what_the_world_writes(model: LocalModel) -> None:
    """Asked of a student that knows the customs."""
    problem = Problem(number=0, difficulty=3, puzzle=CHAINS.make(np.random.default_rng(1), 3))
    values = problem.puzzle.values()
    seen: list[tuple[str, ...]] = []

    async def ask(call: Call) -> Reply:
        texts = tuple(one.content for one in call.messages)
        seen.append(texts)
        words = texts[-1].split()
        if words[0] == "one":
            table = dict(
                zip(problem.puzzle.symbols, problem.puzzle.outputs[problem.puzzle.names.index(words[1])], strict=True)
            )
            said = [table[words[2]]]
        else:
            said = [*values, "=", values[-1]] if words[-1] == ":" else [words[-2] if ":" in words else "wrong"]
        said = said[: call.max_tokens]
        return Reply(text=" " + " ".join(said), input_tokens=1, output_tokens=len(said))

    def tried(way: str) -> list[str | None]:
        from skillscale.experiments.thinking.talking import Talk

        talk = Talk(
            ask=ask, model="m", base_url=None, kind=CHAINS, problem=problem, way=way, sample=0, seed=0, temperature=1.0,
            limits=Limits(budgets=(2, 9), revisions=1), prefills=True,
        )  # fmt: skip
        return [one.found and one.found.answer for one in asyncio.run(POCKET[way](talk))]

    assert tried("worked") == tried("least-to-most") == [values[-1]]
    assert tried("direct") == ["wrong"]
    assert tried("revise") == [values[-1]] * 2 and seen[-1][0] == f"{seen[-1][1]} {' '.join(values)} = {values[-1]}"
    assert tried("budget") == [values[1], values[-1]] and seen[-2][-1].endswith(f": {values[0]} {values[1]} =")


def test_a_chat_is_read_as_its_template_says_with_special_tokens(tmp_path: Path) -> None:
    tokenizer = tiny_tokenizer(8)
    tokenizer.add_special_tokens(["<|u|>", "<|a|>"])
    folder = write_tiny_checkpoint(tmp_path / "chat", tokenizer, context=64)
    template = "{% for m in messages %}<|{{ m.role[0] }}|> {{ m.content }}{% if not loop.last %} {% endif %}{% endfor %}{% if add_generation_prompt %} <|a|>{% endif %}"
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "chat_template": template}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    model = LocalModel(folder)
    reading = chat_template(model)
    assert reading is not None
    assert reading([user("w1"), assistant("w2"), user("w3")]) == "<|u|> w1 <|a|> w2 <|u|> w3 <|a|>"
    assert reading([user("w1"), assistant("w2")]) == "<|u|> w1 <|a|> w2"
    ids = model.tokenizer.encode("<|u|> w1 <|a|>", add_special_tokens=False).ids
    assert ids == [tokenizer.token_to_id(one) for one in ("<|u|>", "w1", "<|a|>")]


def test_messages_as_one_text_and_a_model_without_turns(model: LocalModel) -> None:
    assert as_text([user("A?")]) == "Question:\nA?\n\nReply:\n"
    assert as_text([user("A?"), assistant("It is")]) == "Question:\nA?\n\nReply:\nIt is"
    assert chat_template(model) is None


def test_a_checkpoint_is_another_one_with_other_weights(tmp_path: Path, checkpoint: Path) -> None:
    same = write_tiny_checkpoint(tmp_path / "same", world_tokenizer(), context=64)
    other = write_tiny_checkpoint(tmp_path / "other", world_tokenizer(), context=64, seed=1)
    assert fingerprint(same) == fingerprint(checkpoint) != fingerprint(other)


def test_a_checkpoint_as_verifier_is_asked_in_its_own_words(model: LocalModel) -> None:
    problem = Problem(number=0, difficulty=2, puzzle=CHAINS.make(np.random.default_rng(1), 2))
    checker = LocalChecker(model=model, kind=CHAINS, reading=None)
    right, wrong = problem.puzzle.values()[-1], problem.puzzle.start
    scores = asyncio.run(checker.scores([(problem, right), (problem, wrong), (problem, right)]))
    text = f"check {CHAINS.pocket(problem.puzzle)} {right}"
    (pair,) = model.choice_logprobs([text], [(" yes", " no")])
    assert pair is not None and scores[0].value == pytest.approx(np.exp(pair[0]) / (np.exp(pair[0]) + np.exp(pair[1])))
    assert scores[0] == scores[2] != scores[1] and scores[0].flops == scores[1].flops is not None
    sudoku = PUZZLES["sudoku4"]
    grid = Problem(number=0, difficulty=4, puzzle=sudoku.make(np.random.default_rng(0), 4))
    (none,) = asyncio.run(LocalChecker(model=model, kind=sudoku, reading=None).scores([(grid, "1")]))
    assert none.value is None and "no words" in (none.missing or "")


def command(checkpoint: Path, folder: Path, *more: str) -> Sequence[str]:
    return ["think", "run", "--model", str(checkpoint), "--dir", str(folder), "--json", *more]


def test_a_checkpoint_is_measured_by_the_command_and_a_second_run_asks_nothing(
    checkpoint: Path, tmp_path: Path
) -> None:
    arguments = command(
        checkpoint, tmp_path / "lab", "--task", "comparison", "--way", "direct", "--samples", "4", "--problems", "12", "--temperature", "1",
        "--verifier", str(checkpoint),
    )  # fmt: skip
    first = CliRunner().invoke(commands, arguments, standalone_mode=False)
    assert first.exception is None, first.exception
    found = json.loads(first.stdout)
    assert found["language"] == "pocket" and found["calls_made"] == 48 and found["cost_usd"] is None
    flops = [row["inference_flops"] for row in found["curve"]]
    assert [row["k"] for row in found["curve"]] == [1, 2, 4] and flops[0] < flops[1] < flops[2] < 4 * flops[0]
    assert all(row["weighted"]["value"] is None and "no words" in row["weighted"]["missing"] for row in found["curve"])
    unasked = [
        one for one in arguments if one not in ("--way", "direct")
    ]  # it has no words to work decimals out in steps
    assert json.loads(CliRunner().invoke(commands, unasked, standalone_mode=False).stdout)["run"] == found["run"]
    again = json.loads(CliRunner().invoke(commands, arguments, standalone_mode=False).stdout)
    assert again["calls_made"] == 0 and again["calls_known"] == 48 and again["curve"] == found["curve"]
    table = Lab(tmp_path / "lab").observations().filter(metric="pass_at_4")
    assert table.height == 1 and table["task"].item() == "think-comparison" and table["stratum"].item() == "direct"
    assert table["n_params"].item() > 0 and table["inference_flops"].item() == flops[2]


def test_a_checkpoint_of_a_ladder_is_recorded_as_its_lab_knows_it(checkpoint: Path, tmp_path: Path) -> None:
    home = Lab.create(tmp_path / "lab")
    own = home.runs / "r1" / "tokens-500"
    shutil.copytree(checkpoint, own)
    known = Observation(
        family="ladder", run="r1", model="r1/tokens-500", n_params=11, n_tokens=500, train_flops=5.5, seed=2, task="language", metric="loss_nats", value=1.0
    )  # fmt: skip
    home.record([known])
    found = CliRunner().invoke(
        commands,
        command(own, tmp_path / "other", "--task", "sudoku4", "--way", "direct", "--samples", "1", "--problems", "2"),
        standalone_mode=False,
    )
    assert found.exception is None and json.loads(found.stdout)["model"] == "r1/tokens-500"
    (row,) = Lab(tmp_path / "other").observations().filter(metric="pass_at_1").rows(named=True)
    assert (row["family"], row["run"], row["model"]) == ("ladder", "r1", "r1/tokens-500")
    assert (row["n_params"], row["n_tokens"], row["train_flops"], row["seed"]) == (11, 500, 5.5, 2)


def test_what_a_pocket_checkpoint_has_no_words_for_is_refused_and_leaves_nothing(
    checkpoint: Path, tmp_path: Path
) -> None:
    for arguments, says in (
        (("--task", "poem"), "has none for poem"),
        (("--task", "comparison", "--way", "calculator"), "in pocket words is called 'calculator'"),
        (("--task", "chains"), "is no lab"),
    ):
        found = CliRunner().invoke(commands, command(checkpoint, tmp_path / "lab", *arguments), standalone_mode=False)
        assert isinstance(found.exception, SkillscaleError) and says in str(found.exception), found.exception
        assert not (tmp_path / "lab").exists()
