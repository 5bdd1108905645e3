"""The bound beside look-up: what the sentence says is what was found, and what says nothing is not drawn."""

import vl_convert

from skillscale.corpora.world.pieces.reading import PieceCounts
from skillscale.laws.skill_mix.look_up import InText, NoveltyOnLadder, RungNovelty, look_up
from skillscale.views.charts.novelty import draw_novelty, novelty_rows
from skillscale.views.charts.theme import themed
from skillscale.views.report.novelty_figure import beyond_parrots

COUNTS = PieceCounts(
    n=5000,
    skills={"own": 400, "tally": 350},
    topics={"garden": 200, "school": 210},
    sizes={1: 2000, 2: 3000},
    standing={2: 444, 3: 30, 4: 0},
)


def in_text(k: int, standing: int, rate_at_most: float, *, together: float = 0.1) -> InText:
    return InText(k=k, standing=standing, of=1000, rate_at_most=rate_at_most, together=together, independent=0.2)


TEXTS = (in_text(2, 444, 8.0), in_text(3, 30, 0.2), in_text(4, 0, 0.01))
ASKED = {
    # successes on combinations of the text and on others, of 72 each
    "d8": {2: (4, 3), 3: (0, 0), 4: (0, 0)},
    "d32": {2: (50, 40), 3: (20, 18), 4: (0, 0)},
    "d96": {2: (70, 60), 3: (60, 50), 4: (0, 0)},
}


def on_ladder(
    texts: tuple[InText, ...] = TEXTS, asked: dict[str, dict[int, tuple[int, int]]] = ASKED
) -> NoveltyOnLadder:
    rungs: list[RungNovelty] = []
    for place, (name, by_k) in enumerate(asked.items()):
        each = [(one, *by_k[one.k]) for one in texts]
        found = [look_up(one, seen=(s, 72), unseen=(u, 72), level=0.9) for one, s, u in each]
        told = tuple(one for one in found if one is not None)
        rungs.append(RungNovelty(model=f"{name}/tokens-9", run=f"{name}-s0-aa", n_params=10 ** (place + 3), found=told))
    return NoveltyOnLadder(counts=COUNTS, texts=texts, rungs=tuple(rungs), level=0.9)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_the_sentence_says_what_was_found() -> None:
    found = on_ladder()
    said, top = plain(beyond_parrots(found).sentence), found.rungs[-1].found[1]
    assert top.at_least is not None and top.at_least_low is not None and top.exact.value is not None
    assert said.startswith(f"At k = 3 at least {top.at_least:.1%}".replace("%", " %") + " of the successes of d96")
    assert f"({top.at_least_low:.1%}".replace("%", " %") + " at the lower end of its 90 % interval)" in said
    assert f"by look-up {top.exact.value:.1%}".replace("%", " %") in said
    assert (
        "Of 5 scores above 0 the bound is beyond noise and true of 1, is within noise of 1 (d32 at k = 3) and says nothing of 3."
        in said
    )
    assert (
        "At k = 2 it must be empty, for by it each combination may stand there 8.0 times; 44.4 % of them do at all."
        in said
    )
    assert "At k = 4 no rung has a success." in said
    assert "0.50 (k = 2) and 0.50 (k = 3) times as often as independent ones would; still no more" in said
    reading = plain(beyond_parrots(found).reading)
    assert "5,000 pieces; skills stand in 7.0 % to 8.0 % of them, topics in 4.0 % to 4.2 %" in reading


def test_a_bound_that_is_too_favourable_is_named() -> None:
    texts = (in_text(3, 300, 0.01, together=2.0),)
    said = plain(beyond_parrots(on_ladder(texts, {"d8": {3: (72, 0)}})).sentence)
    assert "says more than is true of 1 (d8 at k = 3)" in said
    assert "10 (k = 3) times as often as independent ones would; at k = 3 more combinations stand there" in said
    alike = (in_text(3, 30, 0.1, together=0.2),)
    assert "as the bound assumes." in beyond_parrots(on_ladder(alike, {"d8": {3: (72, 0)}})).sentence


def test_without_a_success_there_is_no_chart_and_no_number() -> None:
    figure = beyond_parrots(on_ladder(asked={"d8": dict.fromkeys((2, 3, 4), (0, 0))}))
    assert figure.chart is None and figure.numbers is None and "no successes to speak of" in figure.sentence


def test_what_says_nothing_is_null_and_not_drawn() -> None:
    rows = novelty_rows(on_ladder())
    assert rows.select("rung", "k").rows() == [("d8", 2), ("d32", 2), ("d96", 2), ("d32", 3), ("d96", 3)]
    assert rows.filter(k=2)["at least"].null_count() == 3 and rows.filter(k=3)["at least"].null_count() == 0
    spec = draw_novelty(rows).to_dict()
    drawn = [row for data in spec["datasets"].values() for row in data]
    bounds = [row for row in drawn if row["what"] != "look-up"]
    assert [(row["rung"], row["low"] == 0) for row in bounds] == [("d32", True), ("d96", False)]
    assert len(drawn) == 5 + 2 and all(row["value"] is not None for row in drawn)
    titles = [panel["title"]["text"] for panel in spec["concat"]]
    assert titles == ["k = 2: the bound is empty", "k = 3"]
    svg = vl_convert.vegalite_to_svg(themed(draw_novelty(rows)))
    assert "NaN" not in svg and svg.count("<path") > 10


def test_what_is_not_quite_all_does_not_become_all() -> None:
    nearly = (in_text(3, 30, 0.0004),)
    said = plain(beyond_parrots(on_ladder(nearly, {"d8": {3: (72, 72)}})).sentence)
    assert "at least 99.960 %" in said
