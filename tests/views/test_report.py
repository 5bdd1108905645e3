import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from skillscale.errors import SkillscaleError
from skillscale.observations import Lab
from skillscale.views.report import ReportSource, figures_of, render_report
from skillscale.views.report.page import figures_and_charts, report_html, safe_json
from tests.views.simulated_lab import Simulated


class Page(HTMLParser):
    """What a browser would find: ids, links, sources, scripts, text outside of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.hrefs: list[str] = []
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.scripts: list[str] = []
        self.text = ""
        self.policy = ""
        self._in = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.hrefs += [given["href"]] if "href" in given else []
        self.loads += [given[name] for name in ("src", "srcset", "data") if name in given]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"]
        if tag == "script":
            self.scripts.append("")
        self._in = tag

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            self.scripts[-1] += data
        elif self._in != "style":
            self.text += data


@pytest.fixture(scope="module")
def report(world: Simulated) -> Path:
    return render_report(world.lab, world.findings)


@pytest.fixture(scope="module")
def page(report: Path) -> Page:
    return Page(report.read_text(encoding="utf-8"))


def html_of(simulated: Simulated) -> str:
    source = ReportSource(simulated.lab, simulated.findings)
    return report_html(source, *figures_and_charts(source))


def test_one_file_that_loads_nothing(report: Path, page: Page) -> None:
    assert page.loads == []
    assert all(href.startswith("#") for href in page.hrefs)
    assert not {"link", "iframe", "img", "object", "base"} & set(page.tags)
    assert "@import" not in report.read_text() and "url(" not in report.read_text().split("<script>")[0]
    assert report.stat().st_size < 2_500_000


def test_only_the_script_of_the_page_may_run(page: Page) -> None:
    assert len(page.scripts) == 1
    own = base64.b64encode(hashlib.sha256(page.scripts[0].encode()).digest()).decode()
    assert page.policy.startswith(f"default-src 'none'; script-src 'sha256-{own}';")
    assert "unsafe-eval" not in page.policy


def test_text_of_models_and_files_cannot_become_part_of_the_page(page: Page) -> None:
    assert re.search(r"question \d+ of grammar </script><b>not bold</b> :", page.text)
    assert "b" not in page.tags
    assert "kite & kite" in page.text


def test_json_in_a_script_cannot_end_it() -> None:
    nasty = {"a": "</script><!--\u2028&"}
    assert not set("<>&\u2028") & set(safe_json(nasty))
    assert json.loads(safe_json(nasty)) == nasty
    with pytest.raises(ValueError, match="not JSON compliant"):
        safe_json(float("nan"))


def test_every_link_leads_somewhere_and_every_id_is_the_only_one(page: Page) -> None:
    assert {href[1:] for href in page.hrefs} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert "#items-spatial" in page.hrefs


def test_every_figure_has_its_sentence_its_chart_and_its_picture(world: Simulated, report: Path, page: Page) -> None:
    figures = figures_of(ReportSource(world.lab, world.findings))
    assert len(figures) == 8
    for figure in figures:
        assert figure.chart is not None
        assert figure.sentence in page.text
        assert f"chart-{figure.name}" in page.ids
        picture = (report.parent / "figures" / f"{figure.name}.png").read_bytes()
        assert picture.startswith(b"\x89PNG")
        assert int.from_bytes(picture[16:20]) >= 1000  # pixels wide


def test_the_same_lab_gives_the_same_page(world: Simulated, report: Path) -> None:
    assert html_of(world) == report.read_text(encoding="utf-8")


def test_a_folder_that_refuses_is_said(world: Simulated, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("skillscale.views.report.page.figures_and_charts", lambda _: ([], {}))
    monkeypatch.setattr("skillscale.views.report.page.report_html", lambda *_: "")
    lab = Lab.create(tmp_path / "refusing")
    lab.figures.write_text("a file is no folder")
    with pytest.raises(SkillscaleError, match=r"report\.html could not be written \(File exists\).* again\.$"):
        render_report(lab, world.findings)


def test_the_top_says_the_three_findings_the_sizes_and_the_seeds(page: Page) -> None:
    found = page.text.split("What was found")[1].split("Contents")[0]
    assert found.index("Could the largest") < found.index("Do all skills") < found.index("Does it help to write")
    assert "d8 (1.5k parameters), d16 (6.1k)" in page.text
    assert re.search(r"seeds of training\s*0", page.text)
    assert "1.5240 ± 0.0040 nats per token" in page.text


def test_the_page_says_what_plus_minus_means_before_any_figure(page: Page) -> None:
    found = page.text.split("What was found")[1].split("Contents")[0]
    assert "± is one standard error; bars and intervals are wider: they are 90 % intervals" in found
    assert "A 90 % interval reaches 1.64 of them to each side" in page.text.split("Words used here")[-1]


def test_a_lab_with_holes_says_what_is_missing_and_why(holed: Simulated) -> None:
    page = Page(html_of(holed))
    assert "2 of 1,166 values are missing, in 2 runs" in page.text
    assert "the loss of step 212 is not finite (diverged)" in page.text
    assert "d24-s0" in page.text.split("What is missing")[-1]
    assert "d8 (1.5k parameters), d16 (6.1k) and d32 (25k)" in page.text


def test_own_text_has_a_report_too(own_text: Simulated) -> None:
    page = Page(html_of(own_text))
    assert "Nobody knows the entropy of this text" in page.text
    assert "true entropy of the source" not in page.scripts[0]
    assert "bits per byte" in page.text
    assert "this lab has no chains" in page.text
    assert "items-function-word" in page.ids
    assert "Where does the overall score come from?" in page.text
