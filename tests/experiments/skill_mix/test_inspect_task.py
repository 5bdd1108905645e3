"""Skill-Mix as Inspect runs it, with Inspect's own mock models, and what its logs hold."""

import json
import math
import os
import shlex
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from inspect_ai import Task
from inspect_ai import eval as evaluate
from inspect_ai._util.error import PrerequisiteError
from inspect_ai.log import EvalLog, EvalScore, read_eval_log
from inspect_ai.model import GenerateConfig, ModelOutput, ModelUsage, get_model

import skillscale
from skillscale.errors import SkillscaleError
from skillscale.experiments.importers.inspect_log import InspectLog
from skillscale.experiments.skill_mix import inspect_task
from skillscale.experiments.skill_mix.inspect_scores import text_scores
from skillscale.experiments.skill_mix.inspect_task import skill_mix
from skillscale.laws.skill_mix.answers import best_of_n, gather, mean_of_one
from skillscale.tasks.skill_mix.grading import Grading, read_gradings
from tests.hosted_server import hosted
from tests.skill_mix_models import Behaviour

# Of Inspect's own making: a deprecated argument of tenacity, and streams that it leaves to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in.*MemoryObject:pytest.PytestUnraisableExceptionWarning"),
]

Said = Callable[[list[Any], GenerateConfig], str | ModelOutput]


def output(text: str) -> ModelOutput:
    made = ModelOutput.from_content("mock", text)
    made.usage = ModelUsage(input_tokens=10, output_tokens=5, total_tokens=15)  # else Inspect fetches a tokenizer
    return made


class Mock:
    """A model of Inspect that says what a function says, and keeps what it was asked."""

    def __init__(self, name: str, says: Said) -> None:
        self.says = says
        self.asked: list[tuple[list[Any], GenerateConfig]] = []
        self.model = get_model(f"mockllm/{name}", custom_outputs=self._answer)

    def _answer(self, messages: list[Any], tools: Any, choice: Any, config: GenerateConfig) -> ModelOutput:
        self.asked.append((messages, config))
        said = self.says(messages, config)
        return said if isinstance(said, ModelOutput) else output(said)


DRAFT = "Answer: A draft.\nExplanation: x"


def student(messages: list[Any], config: GenerateConfig) -> str:
    return DRAFT if len(messages) == 1 else "Answer: The rope is a river.\nExplanation: x"


def grader(messages: list[Any], config: GenerateConfig) -> str:
    """Everything is right, but for the second skill at k = 3."""
    assert config.response_schema is not None
    keys: list[str] = config.response_schema.json_schema.required or []
    missing = "skill_2" if "skill_3" in keys else ""
    return json.dumps({key: {"reason": "", "point": int(key != missing)} for key in keys})


def run(
    folder: Path, task: Task, says: Said = student, judge: Said | None = grader, **more: Any
) -> tuple[EvalLog, Mock, Mock]:
    writes, judges = Mock("student", says), Mock("grader", judge or grader)
    roles = None if judge is None else {"grader": judges.model}
    (log,) = evaluate(task, model=writes.model, model_roles=roles, log_dir=str(folder / "logs"), display="none", **more)
    return log, writes, judges


def scores_of(log: EvalLog) -> dict[str, EvalScore]:
    assert log.results is not None
    return {one.name: one for one in log.results.scores}


def values(score: EvalScore) -> dict[str, float]:
    return {name.removeprefix("skillscale/"): one.value for name, one in score.metrics.items()}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[EvalLog, Mock, Mock]:
    """One run, its log in the JSON form."""
    task = skill_mix(k="2-3", combinations=3, generations=2)
    return run(tmp_path_factory.mktemp("inspect"), task, log_format="json")


def test_scores_are_those_that_the_answers_imply(finished: tuple[EvalLog, Mock, Mock]) -> None:
    log, writes, judges = finished
    assert log.status == "success"
    assert len(writes.asked) == 2 * 3 * 2 * 2 and len(judges.asked) == 2 * 3 * 2 * 3
    found = {name: values(score) for name, score in scores_of(log).items()}
    assert found["full_marks"]["mean_of_one_k2"] == 1 and found["full_marks"]["mean_of_one_k3"] == 0
    assert found["skill_fraction"]["mean_of_one_k3"] == pytest.approx(2 / 3)
    assert found["skill_fraction"]["best_of_n_k3"] == pytest.approx(2 / 3)
    assert found["all_skills"]["mean"] == 0.5 and found["all_skills"]["stderr"] == 0  # each pair has a 1 and a 0
    assert found["all_skills"]["stderr_of_one_k2"] == 0


def test_the_log_holds_everything(finished: tuple[EvalLog, Mock, Mock]) -> None:
    again, judges = read_eval_log(finished[0].location), finished[2]
    assert again.samples is not None
    assert {one.id for one in again.samples} == {f"s0-k{k}-{i}-g{g}" for k in (2, 3) for i in range(3) for g in (0, 1)}
    sample = again.samples[0]
    assert [one.role for one in sample.messages] == ["user", "assistant", "user", "assistant"]
    assert sample.output.completion == "Answer: The rope is a river.\nExplanation: x"
    score = (sample.scores or {})["graded"]
    assert score.answer == "The rope is a river." and score.metadata is not None
    assert score.value == {
        "full_marks": 1.0,
        "all_skills": 1.0,
        "skill_fraction": 1.0,
        "on_topic": 1.0,
        "makes_sense": 1.0,
        "short_enough": 1.0,
    }
    assert [one["grading"] for one in score.metadata["gradings"]] == [0, 1, 2]
    assert again.eval.metadata is not None and again.eval.metadata["prompts"] == "1"
    assert len(again.eval.metadata["library"]) == 64
    assert {config.temperature for _, config in judges.asked} == {0.7}


def test_gradings_of_a_log_give_the_same_scores_as_skillscale_mix_score(tmp_path: Path) -> None:
    seen: list[int] = []

    def unsure(messages: list[Any], config: GenerateConfig) -> str:
        seen.append(1)
        return grader(messages, config).replace('"point": 1', '"point": 0', len(seen) % 3)

    log, _, _ = run(tmp_path, skill_mix(k="2,4", combinations=2, generations=2), judge=unsure)
    lines = [
        json.dumps(line)
        for sample in log.samples or []
        for line in ((sample.scores or {})["graded"].metadata or {})["gradings"]
    ]
    (tmp_path / "gradings.jsonl").write_text("\n".join(lines))
    for own in gather(read_gradings(tmp_path / "gradings.jsonl")):
        for name, score in scores_of(log).items():
            theirs = own.values(name)
            assert values(score)[f"mean_of_one_k{own.k}"] == pytest.approx(mean_of_one(theirs).mean())
            assert values(score)[f"best_of_n_k{own.k}"] == pytest.approx(best_of_n(theirs).mean())


def test_what_is_missing_is_unscored_and_never_zero(tmp_path: Path) -> None:
    answers = iter([DRAFT, "I would rather not.", DRAFT, DRAFT] * 2)
    log, _, judges = run(
        tmp_path, skill_mix(k=2, combinations=4, generations=1), says=lambda *_: next(answers), max_samples=1
    )
    score = scores_of(log)["full_marks"]
    assert (score.scored_samples, score.unscored_samples) == (2, 2) and len(judges.asked) == 6
    assert values(score)["mean"] == 1 and values(score)["best_of_n_k2"] == 1
    missed = [one for one in (log.samples or []) if "rather" in one.output.completion]
    for sample in missed:
        found = (sample.scores or {})["graded"]
        assert isinstance(found.value, float) and math.isnan(found.value)
        assert found.reason == "invalid_response_format" and "no 'Answer:'" in str(found.explanation)


def test_a_grader_that_cannot_be_read_scores_nothing(tmp_path: Path) -> None:
    log, _, judges = run(
        tmp_path, skill_mix(k=2, combinations=2, generations=1), judge=lambda messages, config: "Very nice."
    )
    assert len(judges.asked) == 2 * 3 * 2  # once more each
    score = scores_of(log)["skill_fraction"]
    assert (score.scored_samples, score.unscored_samples) == (0, 2)
    assert all(math.isnan(value) for value in values(score).values())
    assert all((one.scores or {})["graded"].reason == "grader_failed" for one in log.samples or [])


def test_a_refusal_of_the_provider_is_no_text(tmp_path: Path) -> None:
    def refused(messages: list[Any], config: GenerateConfig) -> ModelOutput:
        made = output("No.")
        made.choices[0].stop_reason = "content_filter"
        return made

    log, writes, judges = run(tmp_path, skill_mix(k=2, combinations=1, generations=1), says=refused)
    assert len(writes.asked) == 1 and judges.asked == []
    assert "refused by the provider" in str((log.samples or [])[0].scores)


def test_without_a_grader_nothing_is_asked(tmp_path: Path) -> None:
    log, writes, _ = run(tmp_path, skill_mix(k=2, combinations=2), judge=None)
    assert log.status == "error" and writes.asked == []
    assert log.error is not None and "No grader was given" in log.error.message


def test_a_model_does_not_grade_itself_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspect_task, "_is_mock", lambda model: False)
    monkeypatch.setattr(inspect_task, "_name", lambda model: "acme/m")
    log, writes, _ = run(tmp_path, skill_mix(k=2, combinations=1, generations=1))
    assert log.error is not None and "graded by itself" in log.error.message and writes.asked == []
    log, _, _ = run(tmp_path, skill_mix(k=2, combinations=1, generations=1, self_grading=True))
    assert log.status == "success"


def test_the_command_line_of_inspect_goes_before_our_settings(tmp_path: Path) -> None:
    task = skill_mix(k=2, combinations=1, generations=1, gradings=1)
    writes, judges = Mock("student", student), Mock("grader", grader)
    judges.model.config = GenerateConfig(temperature=0.1)
    roles = {"grader": judges.model}
    evaluate(task, model=writes.model, model_roles=roles, display="none", temperature=0.2, max_tokens=99)
    assert {(config.temperature, config.max_tokens) for _, config in writes.asked} == {(0.2, 99)}
    assert {(config.temperature, config.max_tokens) for _, config in judges.asked} == {(0.1, 4096)}


def test_a_log_is_imported(finished: tuple[EvalLog, Mock, Mock]) -> None:
    """In its JSON form: the archive of some versions is compressed in a way that only Inspect reads."""
    frame = InspectLog().read(Path(finished[0].location), "logs").frame
    rows = {row["metric"]: row for row in frame.iter_rows(named=True)}
    assert rows["mean,full_marks"]["value"] == 0.5 and rows["mean,full_marks"]["stderr"] == 0
    assert rows["mean,skill_fraction"]["model"] == "mockllm/student"


@pytest.mark.parametrize(("k", "ks"), [("2-3", {2, 3}), (4, {4}), (["2", "4"], {2, 4}), ([2, "4-5"], {2, 4, 5})])
def test_k_as_inspect_hands_it_on(k: Any, ks: set[int]) -> None:
    samples = skill_mix(k=k, combinations=2, generations=1).dataset
    assert {(one.metadata or {})["k"] for one in samples} == ks


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"k": 0}, "-k 0 was given"),
        ({"combinations": "abc"}, "-T combinations was given as 'abc'; give a whole number"),
        ({"gradings": 10**11}, "100,000,000,000 gradings were asked for; give from 1 to 1,000"),
        ({"skills": "[bold]nowhere"}, r"There is no file \[bold]nowhere"),
    ],
)
def test_a_mistake_is_a_sentence_that_inspect_prints_without_a_traceback(given: dict[str, Any], says: str) -> None:
    with pytest.raises(PrerequisiteError) as found:
        skill_mix(**given)
    assert isinstance(found.value, SkillscaleError) and says in str(found.value.message)
    assert found.value.__suppress_context__


def test_a_library_of_ones_own(tmp_path: Path) -> None:
    skills, topics = tmp_path / "skills.yaml", tmp_path / "topics.yaml"
    skills.write_text(
        "".join(f"- {{name: s{i}, category: seamanship, definition: d{i}, example: e{i}}}\n" for i in range(5))
    )
    topics.write_text("[Sails]\n")
    (sample, *_) = skill_mix(k=3, combinations=2, skills=str(skills), topics=str(topics)).dataset
    assert (sample.metadata or {})["topic"] == "Sails" and (sample.metadata or {})["public"] is False
    assert "seamanship" not in str(sample.input) and "Definition: d" in str(sample.input)


def test_an_installation_tells_inspect_of_the_task() -> None:
    project = tomllib.loads((Path(skillscale.__file__).parents[1] / "pyproject.toml").read_text())
    assert project["project"]["entry-points"]["inspect_ai"] == {"skillscale": inspect_task.__name__}


def test_the_documented_command_asks_a_server_to_the_end(tmp_path: Path) -> None:
    """As a process: the command of docs/skill-mix-protocol.md, with fewer combinations and the server's address, gives what the server's behaviour implies."""
    page = (Path(skillscale.__file__).parents[1] / "docs" / "skill-mix-protocol.md").read_text()
    (line,) = [one for one in page.splitlines() if one.startswith("LOCAL_BASE_URL=")]
    address, key, program, *asked = shlex.split(line)
    small = ["-T", "k=2-3", "-T", "combinations=3", "-T", "generations=1", "-T", "gradings=1"]
    to_log = ["--log-dir", str(tmp_path / "logs"), "--log-format", "json", "--display", "none"]
    behaviour = Behaviour(skill=0.6)
    with hosted(lambda request: behaviour.answer({**request, "seed": 0})) as server:  # Inspect sends no seed
        environ = {**os.environ, "LOCAL_BASE_URL": server.base_url, "LOCAL_API_KEY": key.partition("=")[2]}
        command = [str(Path(sys.executable).with_name(program)), *asked, *small, *to_log]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0 and address.endswith("/v1"), done.stderr
    assert Counter(one["model"] for one in server.requests) == {"student": 12, "grader": 6}
    (path,) = (tmp_path / "logs").glob("*.json")
    log = read_eval_log(str(path))
    assert log.status == "success" and log.samples is not None and len(log.samples) == 6
    assert log.eval.model == "openai-api/local/student"
    seen: set[object] = set()
    for sample in log.samples:
        (grading,) = ((sample.scores or {})["graded"].metadata or {})["gradings"]
        text = behaviour.text(grading["topic"], grading["skills"], 0)
        assert text is not None and grading["text"] == text and grading["grader"] == "openai-api/local/grader"
        points = {name: behaviour.point(text, name, 0) for name in (*grading["skills"], "on_topic", "makes_sense")}
        assert {**grading["points"], **{name: grading[name] for name in ("on_topic", "makes_sense")}} == points
        seen |= set(points.values())
    assert seen == {0, 1}


def test_a_tie_is_missing() -> None:
    one = Grading(
        combination="c",
        k=1,
        topic="t",
        skills=("s",),
        model="m",
        grader="g",
        generation=0,
        grading=0,
        points=(1,),
        on_topic=1,
        makes_sense=1,
        short_enough=0,
    )
    other = replace(one, points=(0,), grading=1)
    assert text_scores([one, other]) is None
    scores = text_scores([one, other, replace(one, grading=2)])
    assert scores is not None and scores["all_skills"] == 1 and scores["full_marks"] == 0
