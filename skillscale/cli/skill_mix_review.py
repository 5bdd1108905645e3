"""`skillscale mix review`: a blind sheet for people, and what they answered as labels."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from skillscale.cli.options import as_json
from skillscale.errors import SkillscaleError

if TYPE_CHECKING:
    from skillscale.tasks.skill_mix.library import Skill
    from skillscale.tasks.skill_mix.review_sheet import Sheet

file = click.Path(path_type=Path)


@click.command()
@click.argument("gradings", type=file, required=False)
@click.option("--out", type=file, help="Folder for the sheet; with --read, the file for the labels.")
@click.option("--texts", type=int, default=60, show_default=True, help="How many to draw, over all models and k.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the draw and of the order.")
@click.option(
    "--person", "people", multiple=True, help="Who reviews; again for each. Of a CSV that is read back, whose it is."
)
@click.option("--skills", type=file, metavar="FILE", help="Your library, beside ours, for definitions and examples.")
@click.option(
    "--read",
    "answers",
    type=file,
    multiple=True,
    metavar="FILE",
    help="Read answers back: the page's JSON, or CSV; again for each.",
)
@click.option("--key", type=file, help="The key of the sheet; FOLDER.key.json beside the sheet's folder by default.")
@as_json
def review(as_json: bool, gradings: Path | None, answers: tuple[Path, ...], **asked: Any) -> None:
    """Write texts of a run as a blind sheet for people, or read their answers back as labels for `mix score --people`.

    GRADINGS is a .jsonl file or a run's folder. docs/skill-mix-people.md says how the texts are drawn.
    """
    if (gradings is None) == (not answers):
        raise SkillscaleError("Give either GRADINGS to write a sheet, or --read with the answers to one.")
    found = read_back(answers, **asked) if gradings is None else written_sheet(gradings, **asked)
    click.echo(json.dumps(found) if as_json else "\n".join(tell_read(found) if answers else tell_sheet(found)))


def written_sheet(
    gradings: Path,
    *,
    out: Path | None,
    texts: int,
    seed: int,
    people: tuple[str, ...],
    skills: Path | None,
    key: Path | None,
) -> dict[str, Any]:
    """What `skillscale mix review GRADINGS --json` prints, after the sheet and its key were written."""
    from skillscale.tasks.skill_mix.grading import read_gradings
    from skillscale.tasks.skill_mix.kinds import skills_by_name
    from skillscale.tasks.skill_mix.review_sheet import draw_sheet

    folder = out or Path("sheet")
    graded = read_gradings(gradings)
    library = skills_by_name({one.kind for one in graded}, skills)
    sheet = draw_sheet(graded, n_texts=texts, people=people or ("ann",), seed=seed)
    key = key or key_beside(folder)
    files = _write(sheet, folder, key, library)
    undefined = sorted({name for one in sheet.texts for name in one.skills if name not in library})
    return {
        "sheet": sheet.digest,
        "n_texts": len(sheet.texts),
        "n_without_text": sheet.n_without_text,
        "n_combinations": len({(one.model, one.k, one.combination) for one in sheet.texts}),
        "n_points": sum(len(one.points) for one in sheet.texts),
        "people": list(sheet.people),
        "files": [str(path) for path in files],
        "key": str(key),
        "undefined_skills": undefined,
    }


def key_beside(folder: Path) -> Path:
    """Where the key of a sheet is kept if nothing else is said: not in the folder that is handed out."""
    named = folder if folder.name not in ("", "..") else Path(os.path.abspath(folder))
    if not named.name:
        raise SkillscaleError(f"The folder {folder} has no place beside it for the key of the sheet; give --key.")
    return named.with_name(f"{named.name}.key.json")


def _write(sheet: "Sheet", folder: Path, key: Path, library: dict[str, "Skill"]) -> list[Path]:
    """The key first, then pages and CSVs. Refused where the key of another sheet stands there: its answers would be lost."""
    from skillscale.models.durable import write_file, writing_to
    from skillscale.tasks.skill_mix.review_csv import sheet_csv
    from skillscale.tasks.skill_mix.review_page import sheet_html
    from skillscale.tasks.skill_mix.review_sheet import key_json, read_key

    found = key_json(sheet)
    if key.exists():
        before = read_key(key)
        if before.sheet != sheet.digest:
            raise SkillscaleError(
                f"{key} is the key of another sheet, whose answers need it; name another --out or --key."
            )
        found["people"] = {**{person: list(order) for person, order in before.people.items()}, **found["people"]}
    contents = {key: json.dumps(found, indent=1) + "\n"}
    for person in sheet.people:
        contents[folder / f"{person}.html"] = sheet_html(sheet, person, library)
        contents[folder / f"{person}.csv"] = sheet_csv(sheet, person, library)
    with writing_to(folder, resumes=False):
        folder.mkdir(parents=True, exist_ok=True)
        key.parent.mkdir(parents=True, exist_ok=True)
        for path, content in contents.items():
            write_file(path, lambda partial, content=content: partial.write_bytes(content.encode()))
    return list(contents)[1:]


def read_back(
    answers: tuple[Path, ...], *, out: Path | None, people: tuple[str, ...], key: Path | None, **_: Any
) -> dict[str, Any]:
    """What `skillscale mix review --read … --json` prints, after the labels were written."""
    from dataclasses import asdict

    from skillscale.models.durable import write_file, writing_to
    from skillscale.tasks.skill_mix.review_labels import label_lines, returned
    from skillscale.tasks.skill_mix.review_sheet import read_key

    own = read_key(key or key_beside(answers[0].parent))
    given = [_answers(path, people, list(own.people)) for path in answers]
    lines = label_lines(own, given)
    labels = out or Path("labels.jsonl")
    with writing_to(labels, resumes=False):
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        write_file(labels, lambda partial: partial.write_bytes(text.encode()))
    return {"sheet": own.sheet, "labels": str(labels), "people": [asdict(one) for one in returned(own, given)]}


def _answers(path: Path, named: tuple[str, ...], known: list[str]) -> Any:
    from skillscale.tasks.skill_mix.names import no_file
    from skillscale.tasks.skill_mix.review_csv import read_csv_answers
    from skillscale.tasks.skill_mix.review_labels import read_page_answers

    if not path.is_file():
        raise no_file(path, "give the JSON that the page saved, or the filled CSV.")
    if path.suffix.lower() == ".json":
        return read_page_answers(path)
    whose = [person for person in (*named, *known) if person == path.stem] or list(named or known)
    if len(set(whose)) != 1:
        raise SkillscaleError(
            f"{path} does not say whose answers it holds; call it PERSON.csv, or give one file and one --person."
        )
    return read_csv_answers(path, whose[0])


def tell_sheet(found: dict[str, Any]) -> list[str]:
    """What was drawn, where it lies, and what to do next."""
    lines = [
        f"{found['n_texts']} texts of {found['n_combinations']} combinations drawn at random, {found['n_points']} points to judge: sheet {found['sheet']}",
        *(f"hand out {path}" for path in found["files"]),
        f"keep {found['key']} from the reviewers; it leads back to models and combinations",
    ]
    if found["n_without_text"]:
        lines.append(f"{found['n_without_text']} texts are missing in the gradings and could not be drawn")
    if names := found["undefined_skills"]:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        lines.append(
            f"{', '.join(map(ascii, names[:3]))}{more} are not in the library, so the sheet has their names alone (--skills)"
        )
    return lines


def tell_read(found: dict[str, Any]) -> list[str]:
    """How much each person answered, and what to do next."""
    lines: list[str] = []
    for one in found["people"]:
        said = f"{one['person']}: {one['n_answered']} of {one['n_texts']} texts, {one['n_points_missing']} of {one['n_points']} points missing"
        skipped = f"; {one['n_skipped']} texts were skipped between others, and if those are the hard ones the correction is off"
        lines.append(said + (skipped if one["n_skipped"] else ""))
    return [*lines, f"{found['labels']} is written: skillscale mix score GRADINGS.jsonl --people {found['labels']}"]
