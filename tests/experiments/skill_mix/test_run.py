"""A run against a server on loopback gives exactly the scores that its behaviour implies, with faults too, and records them once."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from skillscale.errors import SkillscaleError
from skillscale.experiments.skill_mix.estimate import uses_of
from skillscale.experiments.skill_mix.plan import Asking, MixPlan, plan_of
from skillscale.experiments.skill_mix.protocol import Settings
from skillscale.models.hosted.estimate import estimate_of, tell_estimate
from skillscale.models.hosted.prices import Price, Prices, read_prices
from skillscale.models.hosted.terms import Patience, Terms
from skillscale.observations import Lab
from skillscale.studies.mixing import Mixed, mix, mixed_json
from skillscale.tasks.skill_mix.commitment import commit
from skillscale.tasks.skill_mix.commitment_files import write_commitment
from skillscale.tasks.skill_mix.draw import draw
from skillscale.tasks.skill_mix.grading import read_gradings
from skillscale.tasks.skill_mix.library import read_library
from tests.hosted_server import FaultName, HostedServer, faults, hosted
from tests.skill_mix_models import Behaviour, expected, held_against

pytestmark = [
    pytest.mark.filterwarnings("ignore:The 'initial' parameter is deprecated:DeprecationWarning"),
    # a call that is given up leaves its connection to the client library, which closes it when it is collected
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning"),
]
PROVIDERS = frozenset({"openai", "openai-api", "anthropic"})
QUICK = Patience(attempts=6, call_s=4.0, total_s=60, pause_s=0.02)
BEHAVIOUR = Behaviour(silent=0.05, broken=0.25)
URL = "http://127.0.0.1:9/v1"
FREE = Prices(of={}, source="test")


def plan(base_url: str = URL, **other: Any) -> MixPlan:
    settings = Settings(generations=other.pop("generations", 2), gradings=other.pop("gradings", 3))
    given = {
        "model": "openai/student",
        "graders": ("openai/grader",),
        "ks": (2, 4),
        "combinations": 6,
        "settings": settings,
    }
    return plan_of(Asking(base_url=base_url, **{**given, **other}), PROVIDERS)


def mixed(server: HostedServer, folder: Path, **other: Any) -> Mixed:
    # Few at once, so that the time limit is the server's to keep and not a busy machine's.
    return mix(plan(server.base_url, **other), folder, Terms(prices=FREE, patience=QUICK, concurrency=8))


def wrong(found: Mixed, behaviour: Behaviour, graders: Sequence[str] = ("openai/grader",)) -> list[str]:
    told = mixed_json(found)
    settings = found.plan.settings
    assert [(row["grader"], row["k"]) for row in told["scores"]] == [(g, k) for g in graders for k in told["k"]]
    return [
        difference
        for row in told["scores"]
        for difference in held_against(
            row,
            expected(
                behaviour,
                [one for one in found.plan.asked if one.k == row["k"]],
                student="openai/student",
                generations=settings.generations,
                gradings=settings.gradings,
            ),
        )
    ]


def test_the_scores_are_those_that_the_behaviour_implies_also_under_faults(tmp_path: Path) -> None:
    kinds = ("429", "500", "hang", "truncated", "not json")
    with hosted(BEHAVIOUR.answer, faulty=faults(0.1, kinds=kinds, seed=4)) as server:
        found = mixed(server, tmp_path)
    assert wrong(found, BEHAVIOUR) == []
    told = mixed_json(found)
    assert told["missing"] > 0 and set(server.faults) == set(kinds)
    assert set(told["missing_reasons"]) == {
        "no text: no 'Answer:' in what the model wrote",
        "unreadable twice: there is no JSON object with the points that were asked",
    }
    # What failed on the way was asked again: every request has its answer in the journal, once.
    assert told["calls"] == told["calls_made"] == len(server.times) and told["calls_left"] == 0
    assert read_gradings(found.folder / "gradings.jsonl") == [
        one.grading for text in found.run.texts for one in text.gradings
    ]


def test_scores_are_recorded_once_and_say_where_they_come_from(tmp_path: Path) -> None:
    with hosted(BEHAVIOUR.answer) as server:
        found = mixed(server, tmp_path)
        first = Lab(tmp_path).observations()
        files = {one.name: one.read_bytes() for one in found.folder.glob("*.json*")}
        again = mixed(server, tmp_path)
    assert again.calls_made == 0 and first.equals(Lab(tmp_path).observations())
    assert files == {one.name: one.read_bytes() for one in found.folder.glob("*.json*")}
    assert first.height == 2 * 3 * 2 and set(first["task"]) == {"skill-mix"}
    row = first.row(by_predicate=(pl.col("metric") == "full_marks_best") & (pl.col("k") == 2), named=True)
    told = mixed_json(found)["scores"][0]["full_marks"]["best"]
    assert row["value"] == pytest.approx(told["value"]) and row["n_items"] == told["n"]
    assert (row["family"], row["model"], row["run"]) == ("openai/student", "openai/student", found.plan.key)
    for part in (found.plan.key, "openai/grader", found.plan.draw_digest):
        assert part in row["provenance"]


def test_what_failed_in_the_end_is_missing_and_the_next_invocation_fills_it_in(tmp_path: Path) -> None:
    def graders_fail(request: dict[str, Any], nth: int) -> str | None:
        return "500" if "grader" in request["model"] and "skill_3" in request["messages"][0]["content"] else None

    broken = Patience(attempts=1)
    with hosted(BEHAVIOUR.answer, faulty=graders_fail) as server:  # type: ignore[arg-type]
        asked = plan(server.base_url, generations=1, gradings=1)
        found = mix(asked, tmp_path, Terms(prices=FREE, patience=broken))
        told = mixed_json(found)
        rows = Lab(tmp_path).observations().filter(k=4)
        assert told["scores"][1]["full_marks"]["mean"]["value"] is None and told["scores"][1]["missing"] == 6
        assert any("500" in reason for reason in told["missing_reasons"]) and told["calls_left"] > 0
        assert rows["value"].null_count() == rows.height == 6 and rows["missing"].str.contains("500").all()
        server.faulty = lambda request, nth: None
        found = mix(asked, tmp_path, Terms(prices=FREE, patience=broken))
    assert wrong(found, BEHAVIOUR) == [] and 0 < found.calls_made <= 6 + 3  # gradings, and some asked once more
    rows = Lab(tmp_path).observations().filter(k=4)
    assert rows.height == 6 and rows["value"].null_count() == 0


def test_two_graders_are_kept_apart_and_asked_where_they_are(tmp_path: Path) -> None:
    with hosted(BEHAVIOUR.answer) as server, hosted(BEHAVIOUR.answer) as other:
        graders = ("openai/grader", "openai/other-grader")
        asked = plan(server.base_url, graders=graders, grader_base_url=other.base_url, generations=1, ks=(2,))
        found = mix(asked, tmp_path, Terms(prices=FREE, patience=QUICK))
    assert wrong(found, BEHAVIOUR, graders) == []
    assert {one["model"] for one in server.requests} == {"student"}
    assert {one["model"] for one in other.requests} == {"grader", "other-grader"}
    assert set(Lab(tmp_path).observations()["stratum"]) == {"graded by openai/grader", "graded by openai/other-grader"}
    assert next(one["between"] for one in mixed_json(found)["agreement"]) == "graders"


def test_graders_that_answer_nothing_end_the_run_and_the_texts_are_kept(tmp_path: Path) -> None:
    def graders_fail(request: dict[str, Any], nth: int) -> FaultName | None:
        return "unauthorised" if "grader" in request["model"] else None

    with hosted(Behaviour().answer, faulty=graders_fail) as server:
        with pytest.raises(SkillscaleError, match="Nothing was answered by openai/grader: 401: Incorrect API key"):
            mixed(server, tmp_path, combinations=2)
        n = sum(one["model"] == "student" for one in server.requests)
        assert n == 2 * 2 * 2 * 2 and Lab(tmp_path).observations().is_empty()
        server.faulty = lambda request, nth: None
        assert wrong(mixed(server, tmp_path, combinations=2), Behaviour()) == []
        assert sum(one["model"] == "student" for one in server.requests) == n


def test_a_second_process_on_the_same_run_is_refused(tmp_path: Path) -> None:
    from skillscale.experiments.skill_mix.run_files import run_folder
    from skillscale.models.hosted.journal import Journal

    held = Journal(run_folder(tmp_path, plan()))
    with pytest.raises(SkillscaleError, match="Another process"):
        mix(plan(), tmp_path, Terms(prices=FREE))
    held.close()


def test_the_run_has_the_name_of_its_settings() -> None:
    one = plan()
    assert one.key == plan().key and one.key.startswith("openai-student-")
    others = [
        plan(seed=1),
        plan(ks=(2, 3)),
        plan(generations=3),
        plan(graders=("openai/g",)),
        plan("http://127.0.0.1:8/v1"),
    ]
    assert len({one.key, *(other.key for other in others)}) == 6
    assert one.n_calls == 2 * 6 * 2 * (2 + 3) and json.dumps(one.record)


def test_a_grader_of_another_provider_is_asked_there() -> None:
    assert plan(graders=("anthropic/claude", "openai/g")).grader_urls == (None, URL)


def test_a_commitment_gives_the_draw_and_names_it(tmp_path: Path) -> None:
    library = read_library()
    commitment, reveal = commit(draw(library, seed=5, ks=(2, 3), combinations=4), salt="ab" * 32)
    write_commitment(tmp_path / "run.json", commitment, reveal)
    found = plan(ks=None, combinations=None, commitment=tmp_path / "run.json")
    assert found.drawn == reveal.draw and found.draw_digest == commitment.digest
    with pytest.raises(SkillscaleError, match="--seed is 6, and the commitment is to 5"):
        plan(ks=None, combinations=None, commitment=tmp_path / "run.json", seed=6)
    changed = (tmp_path / "run.reveal.json").read_text().replace('"seed": 5', '"seed": 6')
    (tmp_path / "run.reveal.json").write_text(changed)
    with pytest.raises(SkillscaleError, match="does not hold"):
        plan(ks=None, combinations=None, commitment=tmp_path / "run.json")


def test_the_estimate_is_near_what_the_run_takes(tmp_path: Path) -> None:
    behaviour = Behaviour()
    with hosted(behaviour.answer) as server:
        found = mixed(server, tmp_path, combinations=4)
    told = mixed_json(found)
    estimate = estimate_of(list(uses_of(found.plan)), FREE)
    assert estimate.calls == told["calls"] == 2 * 4 * 2 * 5
    assert told["input_tokens"] == pytest.approx(estimate.input_tokens, rel=0.35)
    assert estimate.cost_usd is None and estimate.unpriced == ("openai/student", "openai/grader")
    prices = Prices(of=dict.fromkeys(estimate.unpriced, Price(input=2, output=8)), source="ours (2026-03)")
    priced = estimate_of(list(uses_of(found.plan)), prices)
    assert priced.cost_usd == pytest.approx((2 * priced.input_tokens + 8 * priced.output_tokens) / 1e6)
    assert "ours (2026-03)" in tell_estimate(priced, prices)
    assert "no price of openai/student and openai/grader" in tell_estimate(estimate, read_prices())
