"""The sheet as one HTML page that works offline: no network, no evaluation of texts, answers kept by the browser and saved as a file."""

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from skillscale.tasks.skill_mix.library import Skill
from skillscale.tasks.skill_mix.names import visible
from skillscale.tasks.skill_mix.review_sheet import Sheet

HERE = Path(__file__).parent


def sheet_html(sheet: Sheet, person: str, skills: Mapping[str, Skill]) -> str:
    """The page of one person. `skills` gives definitions and examples; a skill that is not among them has its name alone.

    It says neither models, graders nor points. All texts and names are escaped; the one script and the one style are named by their hashes in
    the page's policy, which lets nothing else run or load.
    """
    script, style = (_part(f"review.{kind}") for kind in ("js", "css"))
    page = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    page.filters["visible"] = visible
    return page.get_template("review.jinja").render(
        sheet=sheet.digest,
        person=person,
        texts=sheet.order(person),
        skills=skills,
        script=Markup(script),  # ours
        style=Markup(style),
        script_hash=_hash(script),
        style_hash=_hash(style),
    )


def _part(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8")


def _hash(part: str) -> str:
    return base64.b64encode(hashlib.sha256(part.encode()).digest()).decode()
