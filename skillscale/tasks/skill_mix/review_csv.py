"""The sheet as CSV, one row for each point, and what a spreadsheet made of it, read back."""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.library import Skill
from skillscale.tasks.skill_mix.names import shown, visible
from skillscale.tasks.skill_mix.review_labels import PersonsAnswers
from skillscale.tasks.skill_mix.review_sheet import ReviewText, Sheet

COLUMNS = ("id", "point", "answer", "asked", "text", "topic", "meaning")
NEEDED = ("id", "point", "answer")
# What a spreadsheet takes for a formula or a command where a cell begins with it (OWASP, 'CSV Injection'); also behind blanks.
FORMULA = "=+\\-@|%＝＋－＠"
BEGINS_FORMULA = re.compile(rf"^(?=[\s']*[{FORMULA}]|\s*[\t\r\n])")
# A spreadsheet of another country splits at semicolons or tabs, and what follows one begins a cell there.
BEGINS_INSIDE = re.compile(rf"([;,\t\r\n][\"'\s]{{0,40}})(?=[{FORMULA}])")
LONGEST_FIELD = 2_000_000  # characters; a text has a few thousand
YES, NO = {"1", "1.0", "1,0", "yes", "y", "true"}, {"0", "0.0", "0,0", "no", "n", "false"}


def sheet_csv(sheet: Sheet, person: str, skills: Mapping[str, Skill]) -> str:
    """The sheet of one person; `answer` is to be filled with 1 or 0. Invisible characters are escaped as on the page; a cell that a
    spreadsheet would run begins with an apostrophe.

    Begins with a byte order mark, by which spreadsheets know UTF-8.
    """
    out = io.StringIO()
    rows = csv.writer(out, quoting=csv.QUOTE_ALL)
    rows.writerow(COLUMNS)
    for one in sheet.order(person):
        rows.writerows([safe_cell(visible(cell)) for cell in row] for row in _rows(one, skills))
    return "\ufeff" + out.getvalue()


def _rows(one: ReviewText, skills: Mapping[str, Skill]) -> Iterator[tuple[str, ...]]:
    for point, name in zip(one.points, one.skills, strict=False):
        meaning = f"{skills[name].definition} Example: {skills[name].example}" if name in skills else ""
        yield one.id, point, "", name, one.text, one.topic, meaning
    yield one.id, "topic", "", "on the topic", one.text, one.topic, ""
    yield one.id, "sense", "", "makes sense", one.text, one.topic, ""


def safe_cell(cell: str) -> str:
    """A cell of which no spreadsheet takes any part for a formula: an apostrophe stands before what might be one; NUL is left out."""
    return BEGINS_FORMULA.sub("'", BEGINS_INSIDE.sub(r"\1'", cell.replace("\0", "")))


def read_csv_answers(path: Path, person: str) -> PersonsAnswers:
    """What was filled in, whatever the spreadsheet did: byte order mark, UTF-16, semicolons, tabs, other columns, order of rows.

    An empty answer is left out. SkillscaleError names the line of an answer that is neither 1 nor 0, or that stands there twice.
    """
    text = _decoded(path)
    rows = _table(text, path)
    _, head = next(rows, (0, []))
    names = [cell.strip().casefold() for cell in head]
    if absent := [name for name in NEEDED if names.count(name) != 1]:
        raise SkillscaleError(
            f"{shown(path.name)} has no single column '{absent[0]}' in its first line; keep the columns {', '.join(NEEDED)} as they were."
        )
    places = [names.index(name) for name in NEEDED]
    found: dict[str, dict[str, int]] = {}
    lines: dict[tuple[str, str], int] = {}
    for line, row in rows:
        id, point, said = (row[place].strip() if place < len(row) else "" for place in places)
        where = f"{shown(path.name)}, line {line}"
        if not any(cell.strip() for cell in row):
            continue
        if not id or not point:
            raise SkillscaleError(
                f"{where}: {'id' if not id else 'point'} is empty; each row keeps the id and the point that it had."
            )
        key = id.lower(), _point(point)
        if key in lines:
            raise SkillscaleError(
                f"{where}: {shown(id)} {shown(point)} stands in line {lines[key]} already; keep one of the two rows."
            )
        lines[key] = line
        answer = _answer(said, where)
        own = found.setdefault(key[0], {})
        if answer is not None:
            own[key[1]] = answer
    return PersonsAnswers(person=person, sheet=None, answers=found, source=path.name)


def _point(cell: str) -> str:
    """`1`, also where it became `1.0`; `topic`."""
    plain = cell.lstrip("'").lower()
    whole = plain.replace(",", ".").removesuffix(".0")
    return whole if whole.isdecimal() else plain


def _answer(cell: str, where: str) -> int | None:
    plain = cell.strip("' \u00a0").casefold()
    if plain in YES | NO:
        return int(plain in YES)
    if plain:
        raise SkillscaleError(f"{where}: the answer is {shown(cell, 40)!r}; write 1 or 0, or leave it empty.")
    return None


def _decoded(path: Path) -> str:
    """Ids and answers are ASCII, so it is enough to tell UTF-16 from what agrees with ASCII."""
    data = path.read_bytes()
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if data[:4] == b"PK\x03\x04":
        raise SkillscaleError(f"{shown(path.name)} is a workbook; save the sheet as CSV and give that file.")
    return data.decode("utf-8-sig", "replace")


def _table(text: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line on which each ends; the sign between cells is the commonest of the first line."""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep="):  # Excel's own line
        text, first, n_before = rest, rest.partition("\n")[0], 1
    else:
        n_before = 0
    sign = max(",;\t", key=first.count)
    limit = csv.field_size_limit(LONGEST_FIELD)
    try:
        reader = csv.reader(io.StringIO(text.replace("\0", ""), newline=""), delimiter=sign)
        for row in reader:
            yield reader.line_num + n_before, row
    except csv.Error as error:
        raise SkillscaleError(f"{shown(path.name)} is not CSV ({error}); save the sheet as CSV again.") from error
    finally:
        csv.field_size_limit(limit)
