"""One grading as a line of the file that `read_gradings` reads."""

from typing import Any

from skillscale.tasks.skill_mix.grading import TEXT, Grading


def grading_line(one: Grading) -> dict[str, Any]:
    """The JSON object of a grading: `read_gradings` gives the same grading back.

    Where the length is one of sentences the text stands there alone, for the reader counts them again; with a text of another kind, or without one, `short_enough`.
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
    if one.kind != TEXT:
        line["kind"] = one.kind
    if one.text is not None:
        line["text"] = one.text
    if one.short_enough is not None and (one.text is None or one.kind != TEXT):
        line["short_enough"] = one.short_enough
    given = ("missing", "public", "model_family", "grader_family")
    return line | {name: getattr(one, name) for name in given if getattr(one, name) is not None}
