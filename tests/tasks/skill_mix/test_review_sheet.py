"""The draw of a sheet, its CSV, and answers read back, whatever a spreadsheet made of them."""

import csv
import io
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.grading import Grading
from skillscale.tasks.skill_mix.review_csv import BEGINS_FORMULA, read_csv_answers, safe_cell, sheet_csv
from skillscale.tasks.skill_mix.review_labels import PersonsAnswers, label_lines, read_page_answers, returned
from skillscale.tasks.skill_mix.review_sheet import Sheet, SheetKey, draw_sheet, key_json, read_key
from tests.laws.skill_mix.gradings import graded, simulated


def table(n: int = 12, models: tuple[str, ...] = ("a/m", "b/n"), ks: tuple[int, ...] = (2, 3)) -> list[Grading]:
    return [
        replace(one, combination=f"k{k}-{one.combination}")
        for model in models
        for k in ks
        for one in simulated(np.random.default_rng(k), n=n, k=k, model=model, n_gradings=1)[0]
    ]


def test_every_model_and_k_gets_its_share_and_combinations_come_first() -> None:
    sheet = draw_sheet(table(), n_texts=26, people=["ann"], seed=3)
    cells = Counter((one.model, one.k) for one in sheet.texts)
    assert sorted(cells.values()) == [6, 6, 7, 7]
    assert len({(one.model, one.combination) for one in sheet.texts}) == 26
    more = draw_sheet(table(), n_texts=4 * 14, people=["ann"])
    twice = Counter((one.model, one.combination) for one in more.texts)
    assert set(Counter(twice.values()).items()) == {(1, 40), (2, 8)}
    every = draw_sheet(table(), n_texts=10_000, people=["ann"])
    assert len(every.texts) == 4 * 36


def test_the_draw_is_random_over_combinations_and_generations() -> None:
    """Every text is drawn equally often, over seeds: chi-square by hand, 36 texts with 1/9 each over 400 seeds."""
    gradings = table(models=("a/m",), ks=(2,))
    counts = Counter(
        (one.combination, one.generation)
        for seed in range(400)
        for one in draw_sheet(gradings, n_texts=4, people=["ann"], seed=seed).texts
    )
    expected = 400 * 4 / 36
    assert len(counts) == 36
    assert (
        sum((n - expected) ** 2 / expected for n in counts.values()) < 60
    )  # the 99.5 % point at 35 degrees of freedom


def test_the_draw_knows_nothing_of_order_people_or_points() -> None:
    gradings = table()
    sheet = draw_sheet(gradings, n_texts=20, people=["ann", "bob"], seed=1)
    lost = [replace(one, points=tuple(1 - (p or 0) for p in one.points)) for one in reversed(gradings)]
    other = draw_sheet(lost, n_texts=20, people=["bob"], seed=1)
    assert other.digest == sheet.digest and other.people["bob"] == sheet.people["bob"] != sheet.people["ann"]
    assert sorted(sheet.people["ann"]) == [one.id for one in sheet.texts]
    assert draw_sheet(gradings, n_texts=20, people=["ann"], seed=2).digest != sheet.digest


def test_texts_that_are_missing_are_counted_and_not_drawn() -> None:
    gone = graded("-----", combination="c9", text=None, short_enough=None, missing="timed out")
    sheet = draw_sheet([graded("11111"), gone], n_texts=5, people=["ann"])
    assert len(sheet.texts) == 1 and sheet.n_without_text == 1
    with pytest.raises(SkillscaleError, match="nothing to review"):
        draw_sheet([gone], n_texts=5, people=["ann"])


@pytest.mark.parametrize("people", [[], ["ann", "Ann"], [" "], ["../x"], ["a\nb"], ["=a"]])
def test_names_that_cannot_name_a_file_are_refused(people: list[str]) -> None:
    with pytest.raises(SkillscaleError, match="review"):
        draw_sheet([graded("11111")], n_texts=1, people=people)


def test_the_key_leads_back(tmp_path: Path) -> None:
    sheet = draw_sheet(table(), n_texts=20, people=["ann"])
    (tmp_path / "key.json").write_text(json.dumps(key_json(sheet)))
    key = read_key(tmp_path / "key.json")
    assert key.sheet == sheet.digest and key.people == sheet.people
    assert {id: one["combination"] for id, one in key.texts.items()} == {one.id: one.combination for one in sheet.texts}
    for damaged in ("", "[]", "{}", '{"sheet": "a", "people": {}, "texts": {"x": {"skills": 3}}}'):
        (tmp_path / "bad.json").write_text(damaged)
        with pytest.raises(SkillscaleError, match="not the key of a sheet"):
            read_key(tmp_path / "bad.json")


def small() -> tuple[Sheet, SheetKey]:
    texts = ("=cmd|' /C calc'!A0", 'She said "no";=1+1\n+2', "Plain.", "-3 knots, @sea")
    gradings = [graded("11111", combination=f"c{i}", text=text) for i, text in enumerate(texts)]
    sheet = draw_sheet(gradings, n_texts=4, people=["ann"])
    found = key_json(sheet)
    texts_of = {id: {**one, "skills": tuple(one["skills"])} for id, one in found["texts"].items()}
    return sheet, SheetKey(sheet=sheet.digest, people=sheet.people, texts=texts_of)


@given(st.text(alphabet=st.sampled_from("=+-@|%a '\"\t\n\r;,\0\u3000＝"), max_size=12))
def test_no_cell_begins_as_a_formula(cell: str) -> None:
    safe = safe_cell(cell)
    assert not safe.lstrip(" \u3000").startswith(tuple("=+-@|%\t\r\n＝"))
    for part in safe.replace(",", ";").replace("\t", ";").replace("\n", ";").split(";")[1:]:
        assert not part.lstrip(' \u3000"\r').startswith(tuple("=+-@|%＝"))
    assert safe.replace("'", "") == cell.replace("'", "").replace("\0", "")


def test_no_invisible_character_stands_in_a_cell() -> None:
    text = "\x1b[31m=1+1\u202e red\0 \u200d👩\u200d🚀"
    sheet = draw_sheet([graded("11111", text=text)], n_texts=1, people=["ann"])
    said = sheet_csv(sheet, "ann", {})
    assert r'"\x1b[31m=1+1\u202e red\x00 ' in said and "👩\u200d🚀" in said
    assert not set("\x1b\u202e\0") & set(said)


def filled(text: str, answers: str) -> list[list[str]]:
    """Rows of the CSV with `answers` (one sign for each row, `.` for none) filled in."""
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert not any(BEGINS_FORMULA.match(cell) and not cell.startswith("'") for row in rows for cell in row if cell)
    for row, answer in zip(rows[1:], answers, strict=True):
        row[2] = answer.replace(".", "")
    return rows


def mangled(rows: list[list[str]], how: str) -> bytes:
    """As spreadsheets write it."""
    out = io.StringIO()
    if how == "columns":
        rows = [[row[4], row[2], row[1].upper(), row[0].upper(), "note", ""] for row in reversed(rows[1:])]
        rows.insert(0, ["Text", "ANSWER ", "Point", "Id", "", ""])
    if how == "numbers":
        rows = [
            rows[0],
            *(
                [row[0], f"{row[1]}.0" if row[1].isdecimal() else row[1], f"{row[2]},0" if row[2] else "", *row[3:]]
                for row in rows[1:]
            ),
        ]
    sign = {"semicolons": ";", "sep": ";", "tabs": "\t", "utf-16": "\t"}.get(how, ",")
    csv.writer(out, delimiter=sign).writerows(rows)
    text = out.getvalue()
    if how == "sep":
        text = "sep=;\r\n" + text
    if how == "empty":
        text += ",,,,,,\r\n\r\n"
    return text.encode({"bom": "utf-8-sig", "utf-16": "utf-16", "ansi": "cp1252"}.get(how, "utf-8"))


@pytest.mark.parametrize(
    "how", ["plain", "bom", "semicolons", "sep", "tabs", "utf-16", "ansi", "columns", "numbers", "empty"]
)
def test_a_spreadsheet_may_do_what_it_does(tmp_path: Path, how: str) -> None:
    sheet, key = small()
    rows = filled(sheet_csv(sheet, "ann", {}), "1011" + "...." + "10.1" + "1111")
    (tmp_path / "ann.csv").write_bytes(mangled(rows, how))
    answers = read_csv_answers(tmp_path / "ann.csv", "ann")
    order = sheet.people["ann"]
    assert answers.answers[order[0]] == {"1": 1, "2": 0, "topic": 1, "sense": 1}
    assert answers.answers[order[1]] == {} and answers.answers[order[2]] == {"1": 1, "2": 0, "sense": 1}
    by_id = dict(zip(key.texts, label_lines(key, [answers]), strict=True))
    untouched, partly = by_id[order[1]], by_id[order[2]]
    assert "points" not in untouched and untouched["missing"] == "not answered"
    assert partly["on_topic"] is None and partly["points"] == {"metaphor": 1, "red herring": 0}
    assert partly["missing"] == "not answered" and "missing" not in by_id[order[0]]
    (one,) = returned(key, [answers])
    assert (one.n_answered, one.n_skipped, one.n_points, one.n_points_missing) == (3, 1, 16, 5)


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"answer"', '"reply"', "no single column 'answer'"),
        ('"1",""', '"1","maybe"', "line 2: the answer is 'maybe'; write 1 or 0"),
        ('"1",""', '"1","2"', "line 2: the answer is '2'"),
        ('"2",""', '"1","1"', "stands in line 2 already"),
        ('"sense",""', '"","1"', "point is empty"),
        ('"topic",""', '"topics","1"', "has no point topics"),
        ("ID", "zzzzz", "no text zzzzz on the sheet"),
        ("ID", "1.00E+05", "no text 1.00e\\+05 on the sheet"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    sheet, key = small()
    text = (
        sheet_csv(sheet, "ann", {}).replace('"sense",""', '"sense","1"', 1)
        if old == "ID"
        else sheet_csv(sheet, "ann", {})
    )
    old = sheet.people["ann"][0] if old == "ID" else old
    (tmp_path / "ann.csv").write_text(changed(text, old, new))
    with pytest.raises(SkillscaleError, match=sentence):
        label_lines(key, [read_csv_answers(tmp_path / "ann.csv", "ann")])


def test_a_workbook_an_empty_sheet_and_another_sheet_are_refused(tmp_path: Path) -> None:
    sheet, key = small()
    (tmp_path / "ann.csv").write_bytes(b"PK\x03\x04...")
    with pytest.raises(SkillscaleError, match="save the sheet as CSV"):
        read_csv_answers(tmp_path / "ann.csv", "ann")
    (tmp_path / "ann.csv").write_text(sheet_csv(sheet, "ann", {}))
    with pytest.raises(SkillscaleError, match="nothing is answered"):
        label_lines(key, [read_csv_answers(tmp_path / "ann.csv", "ann")])
    own = {sheet.people["ann"][0]: {"1": 1}}
    one = PersonsAnswers(person="ann", sheet="0123", answers=own, source="ann.json")
    with pytest.raises(SkillscaleError, match="answers the sheet 0123"):
        label_lines(key, [one])
    with pytest.raises(SkillscaleError, match="both by ann"):
        label_lines(key, [replace(one, sheet=None), replace(one, sheet=None)])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "holds no answers"),
        ('{"person": "ann"}', "holds no answers"),
        ('{"sheet": 3, "person": "ann", "answers": {}}', "names no reviewer or no sheet"),
        ('{"sheet": "a", "person": "ann", "answers": {"bcdfg": {"1": true}}}', "bcdfg 1 is true; an answer is 1 or 0"),
        ('{"sheet": "a", "person": "ann", "answers": {"bcdfg": {"1": NaN}}}', "an answer is 1 or 0"),
        ('{"sheet": "a", "person": "ann", "answers": {"bcdfg": [1]}}', "holds no answers"),
    ],
)
def test_a_page_that_was_tampered_with(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "ann.json").write_text(text)
    with pytest.raises(SkillscaleError, match=sentence):
        read_page_answers(tmp_path / "ann.json")
