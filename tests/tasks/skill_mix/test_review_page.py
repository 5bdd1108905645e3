"""The page for reviewers: blind, without a way for a text to act, and driven by its keys."""

import asyncio
import json
import re
import time
from pathlib import Path

import numpy as np

from skillscale.tasks.skill_mix.library import read_library
from skillscale.tasks.skill_mix.names import visible
from skillscale.tasks.skill_mix.review_page import sheet_html
from skillscale.tasks.skill_mix.review_sheet import Sheet, draw_sheet
from tests.laws.skill_mix.gradings import graded, simulated
from tests.tasks.skill_mix.browser import Page, in_browser

HOSTILE = (
    "</blockquote></article><script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">"
    "<style>*{display:none}</style><meta http-equiv=refresh content='0;url=https://example.com'>{{ 7 * 7 }}\u202e\x00"
)


def hostile_sheet() -> Sheet:
    names = ("<b>metaphor</b>", "red herring")
    gradings = [
        graded("11111", combination=f"c{i}", text=f"{HOSTILE} {i}", skills=names, topic="<i>Knots") for i in range(4)
    ]
    return draw_sheet(gradings, n_texts=4, people=["ann"])


def test_the_page_is_blind_and_needs_nothing_from_outside() -> None:
    gradings, _ = simulated(np.random.default_rng(0), n=30, model="acme/m-large", grader="judge/x")
    html = sheet_html(
        draw_sheet(gradings, n_texts=20, people=["ann"]), "ann", {one.name: one for one in read_library().skills}
    )
    for name in ("acme", "judge", "c00", "generation", "http://", "https://"):
        assert name not in html
    assert len(set(re.findall(r'<article id="(\w+)"', html))) == 20
    assert "lent to the first" in html  # the definition of a metaphor


def test_texts_are_text_and_what_cannot_be_seen_is_shown() -> None:
    html = sheet_html(hostile_sheet(), "ann", {})
    assert html.count("<script>") == html.count("<style>") == html.count("</article>") - 3 == 1
    assert "<img" not in html and "<b>" not in html and "<i>" not in html
    assert "\\u202e\\x00" in html and "{{ 7 * 7 }}" in html
    assert visible("a\r\nb\t👩‍🚀 é") == "a\nb\t👩‍🚀 é"


def test_keys_answer_and_the_saved_file_holds_the_answers(tmp_path: Path) -> None:
    sheet = hostile_sheet()
    path = tmp_path / "ann.html"
    path.write_text(sheet_html(sheet, "ann", {}), encoding="utf-8")
    first, second, *_ = sheet.people["ann"]

    async def act(page: Page) -> None:
        assert await page.evaluate("document.title") == "Review of 4 short texts"
        await page.press("122ts")  # yes, no (twice), yes, yes
        assert await page.evaluate("document.getElementById('done').textContent") == "1 complete"
        await page.press("9j111k")  # no ninth skill; on the second text: yes, no, and no answer again
        await page.press("n2")
        assert await page.evaluate("document.querySelector('article:not([hidden])').id") == second
        await page.reload()
        assert await page.evaluate("document.querySelectorAll('article:not([hidden]) input:checked').length") == 4
        assert await page.evaluate("document.body.innerText.includes('onerror')") is True
        assert await page.evaluate("document.querySelectorAll('img, article style, article script').length") == 0
        assert page.console == []
        await page.evaluate("document.getElementById('save').click()")
        until = time.monotonic() + 5
        while not (tmp_path / "ann.json").exists() and time.monotonic() < until:
            await asyncio.sleep(0.05)

    in_browser(path, tmp_path, act)
    saved = json.loads((tmp_path / "ann.json").read_text())
    assert saved == {
        "sheet": sheet.digest,
        "person": "ann",
        "answers": {first: {"1": 1, "2": 0, "topic": 1, "sense": 1}, second: {"2": 1}},
    }
