"""Measurements from a file become a lab that is asked: imported, fitted, forecast, classified, allocated, reported."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.studies.test_laboratory import Said, skillscale

TRUTH = {"E": 1.8, "A": 480.0, "B": 2_100.0, "alpha": 0.35, "beta": 0.37}
MAPS = ("--map", "n_params=N", "--map", "n_tokens=D", "--map", "loss_nats=loss")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lab of 60 runs with a known loss law, and of four tasks of two families at seven sizes."""
    folder = tmp_path_factory.mktemp("imported")
    rng = np.random.default_rng(0)
    n, d = (np.exp(rng.uniform(np.log(low), np.log(high), 60)) for low, high in ((5e7, 1e10), (1e9, 3e11)))
    loss = TRUTH["E"] + TRUTH["A"] / n ** TRUTH["alpha"] + TRUTH["B"] / d ** TRUTH["beta"]
    noisy = loss * np.exp(rng.normal(0, 0.003, 60))
    lines = ["N,D,loss", *(f"{a:.0f},{b:.0f},{c:.6f}" for a, b, c in zip(n, d, noisy, strict=True))]
    (folder / "runs.csv").write_text("\n".join(lines))
    tasks = ["family,model,n_params,task,score,chance,n"]
    for family in ("east", "west"):
        for i, size in enumerate(np.geomspace(1e7, 1e10, 7)):
            for task, share in (("smooth", 0.25 + 0.1 * i), ("leap", 0.25 if i < 4 else 0.95), ("flat", 0.25)):
                score = rng.binomial(500, share) / 500
                tasks.append(f"{family},{family}-{i},{size:.0f},{task},{score:.1%},25%,500")
    (folder / "tasks.csv").write_text("\n".join(tasks), encoding="utf-8-sig")
    said = skillscale("import", folder / "runs.csv", "--dir", folder / "lab", *MAPS, "--json")
    assert said.code == 0, said.err
    imported = json.loads(said.out.splitlines()[-1])
    assert (imported["imported"], imported["skipped"], imported["reasons"]) == (60, 0, {})
    return folder / "lab"


def told(*arguments: str | Path) -> Said:
    said = skillscale(*arguments)
    assert said.code == 0, said.err
    return said


def test_a_law_is_fitted(lab: Path) -> None:
    found = json.loads(told("fit", "--law", "chinchilla", "--dir", lab, "--bootstrap", "200", "--json").out)
    spans = found["intervals"]
    held = [spans[name]["low"] < value < spans[name]["high"] for name, value in TRUTH.items()]
    assert sum(held) >= 3 and found["params"]["E"] == pytest.approx(TRUTH["E"], abs=0.03)
    assert all(spans[name]["low"] < value < spans[name]["high"] for name, value in found["params"].items())
    assert found["status"] == "converged" and 0 < found["starts_at_optimum"] <= found["starts"]
    assert found["objective"] > 0 and found["seconds"] > 0 and found["n_rows"] == 60
    other = json.loads(told("fit", "--objective", "least-squares", "--dir", lab, "--bootstrap", "20", "--json").out)
    assert other["objective_name"] != found["objective_name"]
    assert other["params"]["E"] == pytest.approx(found["params"]["E"], abs=0.1)


def test_intervals_are_by_bootstrap_or_by_profile(lab: Path) -> None:
    ask = ("fit", "--dir", lab, "--bootstrap", "200", "--json", "--intervals")
    drawn, profiled = (json.loads(told(*ask, by).out) for by in ("bootstrap", "profile"))
    assert (drawn["intervals_by"], profiled["intervals_by"]) == ("bootstrap", "profile")
    assert drawn["params"] == profiled["params"]
    for name, value in profiled["params"].items():
        one, other = (found["intervals"][name] for found in (drawn, profiled))
        assert other["low"] < value < other["high"] and one != other
        assert other["high"] - other["low"] == pytest.approx(one["high"] - one["low"], rel=0.6)


def test_scales_above_a_cut_are_forecast(lab: Path) -> None:
    arguments = ("--metric", "loss_nats", "--axis", "train_flops", "--below", "1e21", "--dir", lab, "--json")
    found = json.loads(told("forecast", "--law", "chinchilla", *arguments).out)
    assert len(found["rows"]) >= 5 and found["train_flops_derived"] == 60
    assert all(row["low"] < row["predicted"] < row["high"] for row in found["rows"])
    assert sum(row["inside"] for row in found["rows"]) >= 0.8 * len(found["rows"])


def test_laws_are_joined_and_ranked(lab: Path) -> None:
    laws = ("--law", "chinchilla", "--law", "kaplan")
    found = json.loads(told("forecast", *laws, "--axis", "train_flops", "--dir", lab, "--json").out)
    assert set(found["weights"]) == {"chinchilla", "kaplan"} and sum(found["weights"].values()) == pytest.approx(1)
    errors = {one["law"]: one["error"] for one in found["ranking"]["laws"]}
    assert errors["chinchilla"] < errors["kaplan"] and found["ranking"]["verdict"].startswith("chinchilla")
    assert found["n_measured"] == len(found["rows"]) > 1
    turned = ("--law", "power", "--law", "chinchilla"), ("--law", "chinchilla", "--law", "power")
    one, other = (
        json.loads(told("forecast", *laws, "--axis", "train_flops", "--dir", lab, "--json").out) for laws in turned
    )
    assert one["weights"] == pytest.approx(other["weights"]) and len(one["rows"]) == len(other["rows"])
    assert one["ranking"]["verdict"] == other["ranking"]["verdict"]


def test_sizes_with_embeddings_serve_where_they_are_all_that_is_known(lab: Path) -> None:
    folder = lab.parent / "total"
    maps = ("--map", "n_params_total=N", "--map", "n_tokens=D", "--map", "loss_nats=loss")
    told("import", lab.parent / "runs.csv", "--dir", folder, *maps)
    said = skillscale("fit", "--dir", folder)
    assert said.code == 2 and "n_params is unknown" in said.err
    found = json.loads(told("fit", "--axis", "n_params_total", "--dir", folder, "--json", "--bootstrap", "20").out)
    assert found["params"]["E"] == pytest.approx(TRUTH["E"], abs=0.03)


def test_compute_is_allocated(lab: Path) -> None:
    found = json.loads(told("allocate", "--flops", "1e21", "--dir", lab, "--json").out)
    parametric = next(row for row in found["rows"] if row["approach"] == "parametric")
    a, b = TRUTH["alpha"], TRUTH["beta"]
    best = (a * TRUTH["A"] / (b * TRUTH["B"])) ** (1 / (a + b)) * (1e21 / 6) ** (b / (a + b))
    assert parametric["intervals"]["n_params"]["low"] < best < parametric["intervals"]["n_params"]["high"]


def test_a_report_is_written_without_a_ladder(lab: Path) -> None:
    told("report", "--dir", lab)
    html = (lab / "report.html").read_text()
    assert "runs" in html and "<script src" not in html
    status = json.loads(told("status", "--dir", lab, "--json").out)
    assert status["ladders"] == [] and status["other_families"] == {"runs": 60}


def test_tasks_of_two_families_are_classified_together(lab: Path) -> None:
    folder = lab.parent / "tasks"
    maps = [text for field in ("accuracy=score", "n_items=n") for text in ("--map", field)]
    told("import", lab.parent / "tasks.csv", "--dir", folder, *maps)
    found = {one["task"]: one for one in json.loads(told("classify", "--dir", folder, "--json").out)}
    classes = {task: one["class"] for task, one in found.items()}
    assert classes == {"flat": "flat", "leap": "emergent", "smooth": "smooth"}
    assert set(found["leap"]["families"]) == {"east", "west"}
    low, high = found["leap"]["jump_interval"]
    assert low < 5.6e8 < high  # between the fourth and the fifth size
    assert found["leap"]["artefact"] is None
    assert sum(found["leap"]["probabilities"].values()) == pytest.approx(1)
    said = skillscale(
        "allocate", "--flops", "1e20", "--metric", "accuracy", "--task", "smooth", "--family", "east", "--dir", folder
    )
    assert said.code == 2 and "better when larger" in said.err
    said = skillscale(
        "fit", "--law", "power", "--metric", "accuracy", "--family", "east", "--task", "smooth", "--dir", folder
    )
    assert said.code == 2 and "Choose a law of shares: logistic" in said.err
    said = skillscale("fit", "--law", "logistic", "--metric", "accuracy", "--task", "smooth", "--dir", folder)
    assert said.code == 2 and "2 families" in said.err and "--family" in said.err
    fitted = told(
        "fit", "--law", "logistic", "--metric", "accuracy", "--task", "smooth", "--family", "east", "--dir", folder
    )
    assert "logistic" in fitted.out or "chance" in fitted.out


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("fit", "--objective", "none"), "no objective 'none'"),
        (("fit", "--task", "poetry"), "No task 'poetry'"),
        (("fit", "--level", "2"), "level"),
        (("fit", "--law", "chinchilla", "--axis", "train_flops"), "Leave --axis out"),
        (("forecast", "--axis", "n_params", "--below", "1"), "both sides"),
        (("forecast", "--axis", "seed"), "cannot run along 'seed'"),
        (("fit", "--law", "power", "--axis", "value"), "cannot run along 'value'"),
        (("fit", "--law", "error-by-loss"), "runs along loss_nats itself"),
        (("classify", "--axis", "model"), "cannot be classified along 'model'"),
        (("fit", "--bootstrap", "1"), "20<=x"),
        (("allocate", "--flops", "-3"), "flops was given as -3"),
        (("import", "missing.csv"), "missing.csv"),
    ],
)
def test_a_question_that_cannot_be_answered_is_one_sentence(
    lab: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    said = skillscale(*arguments, "--dir", lab)
    assert said.code == 2 and sentence in said.err and "Traceback" not in said.err
    assert len(said.err.strip().splitlines()) == 1 or said.err.startswith("Usage")
