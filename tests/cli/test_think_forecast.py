"""`skillscale think forecast`: what programs rely on, and what is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from click.testing import CliRunner

from skillscale.cli.think_forecast import forecast
from skillscale.errors import SkillscaleError


def ask(*words: str) -> str:
    done = CliRunner().invoke(forecast, words, standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def asked(*words: str) -> dict[str, Any]:
    return json.loads(ask(*words, "--json"))


@pytest.fixture
def counts(tmp_path: Path) -> pl.DataFrame:
    correct = np.random.default_rng(0).binomial(200, np.random.default_rng(1).beta(0.3, 5, 80))
    return pl.DataFrame({"problem": range(80), "n": 200, "correct": correct})


def test_counts_give_a_forecast_an_interval_and_what_it_rests_on(tmp_path: Path, counts: pl.DataFrame) -> None:
    for ending in ("csv", "parquet", "jsonl"):
        file = tmp_path / f"counts.{ending}"
        {"csv": counts.write_csv, "parquet": counts.write_parquet, "jsonl": counts.write_ndjson}[ending](file)
        found = asked(str(file), "--fit-below", "50", "--at", "200")
        assert found["interval"]["low"] <= found["forecast"] <= found["interval"]["high"]
        assert (found["n_problems"], found["n_samples"]) == (80, {"least": 50, "most": 50})
        assert found["measured"] == pytest.approx((counts["correct"] > 0).mean()) and found["inside"] is True
        assert set(found["peers"]) == {"power_law", "log_linear"} and found["series"][0]["name"] == "counts"
        assert any("never solved" in warning for warning in found["warnings"])
        assert found == asked(str(file), "--fit-below", "50", "--at", "200")


def test_a_curve_alone_has_no_interval_and_says_why(tmp_path: Path) -> None:
    ks = [1, 2, 4, 8, 16, 32, 64, 100, 1000]
    rows = pl.DataFrame({"k": ks, "pass_at_k": [1 - (1 + k / 20) ** -0.4 for k in ks]})
    rows.write_csv(tmp_path / "curve.csv")
    found = asked(str(tmp_path / "curve.csv"), "--fit-below", "100", "--at", "1000")
    assert found["interval"] is None and found["n_samples"]["most"] == 100
    assert found["forecast"] == pytest.approx(found["measured"], abs=0.12)
    assert any("n_problems" in warning for warning in found["warnings"])
    rows.with_columns(n_problems=500).write_csv(tmp_path / "with.csv")
    found = asked(str(tmp_path / "with.csv"), "--fit-below", "100", "--at", "1000")
    assert found["interval"]["low"] <= found["measured"] <= found["interval"]["high"]


def test_several_series_are_told_apart(tmp_path: Path, counts: pl.DataFrame) -> None:
    both = pl.concat([counts.with_columns(model=pl.lit(name), task=pl.lit("t")) for name in ("small", "large")])
    both.write_csv(tmp_path / "both.csv")
    found = asked(str(tmp_path / "both.csv"), "--fit-below", "20", "--at", "200")
    assert [one["name"] for one in found["series"]] == ["small t", "large t"]
    assert found["median_absolute_error"]["single_try"] < 0.2 and "forecast" not in found


GARBAGE = {
    "nothing in it": ("", "empty"),
    "other columns": ("a,b\n1,2\n", "columns a, b; give the columns problem, n, correct"),
    "no rows": ("n,correct\n", "no rows"),
    "words": ("n,correct\n10,many\n", "file.csv, line 2: 'many' stands there for correct"),
    "a hole": ("n,correct\n10,\n", "for correct, which is no number"),
    "more right than tried": ("n,correct\n" + "10,1\n" * 9 + "10,30\n", "line 11: 30 of 10 samples are said"),
    "more right than tried, of few": ("n,correct\n10,30\n", "file.csv, line 2: 30 of 10 samples are said"),
    "fewer right than none": ("n,correct\n10,-1\n", "line 2: -1 of 10 samples are said to be correct"),
    "more right than tried, of the second": (
        "model,n,correct\n" + "a,10,1\n" * 5 + "b,10,11\n",
        "file.csv, b, line 7: 11 of 10 samples",
    ),
    "an empty line": ("n,correct\n10,1\n\n10,1\n", "file.csv, line 3: None stands there for n"),
    "nothing tried": ("n,correct\n0,0\n", "0 of 0 samples"),
    "parts of samples": ("n,correct\n" + "10,1.5\n" * 9, "1.5 of 10 samples"),
    "a part of a try": ("n,correct\n" + "10.5,1\n" * 9, "1 of 10.5 samples"),
    "too few problems": ("n,correct\n10,1\n10,2\n", "at least 5"),
    "nothing right": ("n,correct\n" + "10,0\n" * 9, "No sample of any problem is right"),
    "percent": ("k,pass_at_k\n1,10\n2,20\n", "shares"),
    "a falling curve": ("k,pass_at_k\n1,.5\n2,.4\n", "falls with k"),
    "k twice": ("k,pass_at_k\n1,.5\n1,.6\n", "several rows"),
    "one k": ("k,pass_at_k\n1,.5\n", "at least two"),
    "a problem twice": ("problem,n,correct\n1,10,1\n1,10,2\n", "different counts"),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    text, said = GARBAGE[name]
    (tmp_path / "file.csv").write_text(text)
    with pytest.raises(SkillscaleError) as found:
        ask(str(tmp_path / "file.csv"), "--at", "1000", "--fit-below", "100")
    assert said in str(found.value) and "\n" not in str(found.value)


def test_what_needs_no_forecast_or_is_not_there_is_refused(tmp_path: Path, counts: pl.DataFrame) -> None:
    counts.write_csv(tmp_path / "counts.csv")
    with pytest.raises(SkillscaleError, match="measured up to k = 200"):
        ask(str(tmp_path / "counts.csv"), "--at", "100")
    with pytest.raises(SkillscaleError, match="is no file"):
        ask(str(tmp_path / "gone.csv"), "--at", "100")
    for words in (("--level", "2"), ("--seed", "-1"), ("--fit-below", "0")):
        with pytest.raises(SkillscaleError):
            ask(str(tmp_path / "counts.csv"), "--at", "1000", *words)


def test_the_samples_of_a_run_are_read_as_they_are(tmp_path: Path, counts: pl.DataFrame) -> None:
    rows = [
        {"problem": problem, "way": way, "sample": i, "valid": None if i == n else i < right, "said": "x"}
        for way in ("direct", "worked")
        for problem, n, right in counts.iter_rows()
        for i in range(n + 1)  # the last one never came
    ]
    (tmp_path / "samples.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    counts.write_csv(tmp_path / "counts.csv")
    found = asked(str(tmp_path / "samples.jsonl"), "--at", "1000")
    expected = asked(str(tmp_path / "counts.csv"), "--at", "1000")["series"][0]
    assert [one["name"] for one in found["series"]] == ["direct", "worked"]
    for one in found["series"]:
        assert one["forecast"] == expected["forecast"] and one["n_samples"] == {"least": 200, "most": 200}


def test_a_series_that_cannot_be_forecast_is_missing_and_the_others_are_not(
    tmp_path: Path, counts: pl.DataFrame
) -> None:
    never = counts.with_columns(correct=pl.lit(0, dtype=pl.Int64), model=pl.lit("small"))
    pl.concat([never, counts.with_columns(model=pl.lit("large"))]).write_csv(tmp_path / "two.csv")
    small, large = asked(str(tmp_path / "two.csv"), "--at", "1000")["series"]
    assert small["forecast"] is None and "No sample of any problem is right" in small["missing"]
    assert large["forecast"] > 0.5 and large["missing"] is None
    assert "small: missing: No sample" in ask(str(tmp_path / "two.csv"), "--at", "1000")
    never.write_csv(tmp_path / "one.csv")
    with pytest.raises(SkillscaleError, match="small: No sample of any problem is right"):
        ask(str(tmp_path / "one.csv"), "--at", "1000")
