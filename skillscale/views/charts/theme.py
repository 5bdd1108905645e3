"""How charts look, in the light and in the dark. A chart names roles (`law`, `truth`, a range); a theme colours them.

Categories are Okabe & Ito's colours, moved in lightness so that each stands out from both backgrounds; sequences are
viridis without the end that would vanish. Nothing is told by colour alone.
"""

import math
from typing import Any, Literal

import altair as alt

Shade = Literal["light", "dark"]
AnyChart = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart | alt.ConcatChart

FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_PAPER = {"light": "#ffffff", "dark": "#16191d"}
_INK = {"light": "#1d2126", "dark": "#e8e6e1"}
_FAINT = {"light": "#5b636d", "dark": "#a9b0b9"}
_GRID = {"light": "#e6e8eb", "dark": "#2c3138"}
_LAW = {"light": "#0067a5", "dark": "#5fb4ea"}
_ALARM = {"light": "#c04a00", "dark": "#ff9352"}
_CATEGORIES = {
    "light": [
        "#0072b2",
        "#d55e00",
        "#008f68",
        "#b8608f",
        "#b07d00",
        "#3b9bd6",
        "#7a6f00",
        "#6b5bb0",
        "#8a8f96",
        "#a03333",
    ],
    "dark": [
        "#4aa8e0",
        "#ff8b3d",
        "#2fc195",
        "#e39bc2",
        "#f0b429",
        "#9bd3f5",
        "#d8cd4a",
        "#a99bee",
        "#a7adb5",
        "#e57373",
    ],
}
# emergent, smooth, flat, inverse, uncorrelated, cannot tell
_CLASSES = {
    "light": ["#c04a00", "#2f7fb8", "#b59f6a", "#8a4f9e", "#2f8f83", "#c9ced4"],
    "dark": ["#ff9352", "#5fb4ea", "#d8c48c", "#c795d8", "#5fc7ba", "#565e68"],
}
_VIRIDIS = {"light": [0.0, 0.82], "dark": [0.28, 1.0]}


def config(shade: Shade) -> dict[str, Any]:
    """A Vega-Lite config object."""
    ink, faint, grid = _INK[shade], _FAINT[shade], _GRID[shade]
    sequence = {"scheme": "viridis", "extent": _VIRIDIS[shade]}
    words = {"labelColor": ink, "titleColor": ink, "labelFontSize": 12, "titleFontSize": 12}
    return {
        "background": _PAPER[shade],
        "font": FONT,
        "view": {"stroke": grid},
        "axis": {
            **words,
            "labelColor": faint,
            "gridColor": grid,
            "domainColor": faint,
            "tickColor": faint,
            "titleFontWeight": "normal",
            "labelOverlap": True,
        },
        "header": {**words, "labelFontWeight": 600},
        "legend": {
            **words,
            "orient": "top",
            "titleLimit": 300,
            "symbolBaseFillColor": faint,
            "symbolBaseStrokeColor": faint,
        },
        "title": {
            "color": ink,
            "subtitleColor": faint,
            "fontSize": 13,
            "subtitleFontSize": 12,
            "anchor": "start",
            "fontWeight": 600,
        },
        "range": {"category": _CATEGORIES[shade], "diverging": _CLASSES[shade], "ordinal": sequence, "ramp": sequence},
        "text": {"fontSize": 12},
        "mark": {"color": ink},
        "style": _roles(shade),
    }


def _roles(shade: Shade) -> dict[str, Any]:
    """What a mark is, by the name of its style."""
    ink, law, alarm = _INK[shade], _LAW[shade], _ALARM[shade]
    return {
        "law": {"color": law, "strokeWidth": 2},
        "band": {"color": law, "fillOpacity": 0.16},
        "truth": {"color": alarm, "strokeWidth": 2, "strokeDash": [6, 3]},
        "truth-label": {"color": alarm},
        "chance": {"color": _FAINT[shade], "strokeWidth": 1, "strokeDash": [2, 3]},
        "held-out": {"color": alarm, "strokeWidth": 2, "filled": False},
        "name": {"color": ink},
        "ink": {"color": ink},
        "law-point": {"color": law, "filled": True, "opacity": 1},
        "jump": {"color": alarm, "fillOpacity": 0.18},
        "jump-at": {"color": alarm, "strokeWidth": 1.5},
        "interval": {"color": law, "strokeWidth": 8, "strokeOpacity": 0.4},
        "paper-edge": {"stroke": _PAPER[shade], "strokeWidth": 1},
    }


def specification(chart: AnyChart) -> dict[str, Any]:
    """The chart as Vega-Lite, in which a number that is not finite, which JSON cannot say, is an unknown one.

    Not held against Vega-Lite's schema, which takes longer than all the rest; the tests do that.
    """
    return _finite(chart.to_dict(validate=False))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_finite(part) for part in value]  # pyright: ignore[reportUnknownVariableType]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def themed(chart: AnyChart, shade: Shade = "light") -> dict[str, Any]:
    """The chart as a Vega-Lite specification in one of the two themes."""
    return {**specification(chart), "config": config(shade)}


def dressed(chart: AnyChart, shade: Shade = "light") -> AnyChart:
    """The chart with its theme, so that a notebook shows it as the report does."""
    return chart.configure(**config(shade))
