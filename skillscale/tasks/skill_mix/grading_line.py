"""One grading as a line of the file that `read_gradings` reads."""

from typing import Any

from skillscale.tasks.skill_mix.grading import Grading
from skillscale.tasks.skill_mix.length import short_enough


def grading_line(one: Grading) -> dict[str, Any]:
    """The JSON object of a grading: `read_gradings` gives the same grading back.

    The text stands in it where its length is counted in sentences, which the reader does again; where it was decided in another
    way, as for code, `short_enough` stands there instead.
    """
    line: dict[str, Any] = {
        "combination": one.combination,
        "k": one.k,
        "topic": one.topic,
        "skills": list(one.skills),
        "model": one.model,
        "grader": one.grader,
        "generation": one.generation,
        "grading": one.grading,
    }
    if any(point is not None for point in one.judged):
        line |= {
            "points": dict(zip(one.skills, one.points, strict=True)),
            "on_topic": one.on_topic,
            "makes_sense": one.makes_sense,
        }
    if one.text is not None and one.short_enough == int(short_enough(one.text, one.k)):
        line["text"] = one.text
    elif one.short_enough is not None:
        line["short_enough"] = one.short_enough
    given = ("missing", "public", "model_family", "grader_family")
    return line | {name: getattr(one, name) for name in given if getattr(one, name) is not None}
