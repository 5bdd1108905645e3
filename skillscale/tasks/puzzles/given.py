"""Reading a puzzle's fields from JSON that others wrote: each is what it should be, or a sentence says what it should be."""

from collections.abc import Sequence
from typing import Any

from skillscale.errors import SkillscaleError
from skillscale.tasks.puzzles.said import shown


class Given:
    """The fields of one puzzle. Every method raises SkillscaleError for a field that is missing or of another shape."""

    def __init__(self, kind: str, value: Any, fields: Sequence[str], optional: Sequence[str] = ()) -> None:
        """`fields` must be there, `optional` ones may; beside them only `kind` itself may stand there."""
        if not isinstance(value, dict):
            raise SkillscaleError(
                f"A puzzle of {kind} is a JSON object with {', '.join(fields)}; found {shown(str(value))}."
            )
        self.kind = kind
        self.fields: dict[str, Any] = value
        named = self.fields.get("kind", kind)
        if named != kind:
            raise SkillscaleError(f"The puzzle says that it is {shown(str(named))}, but {kind} was asked for.")
        wrong = sorted({*map(str, self.fields)} - {*fields, *optional, "kind"})
        missing = [name for name in fields if name not in self.fields]
        if wrong or missing:
            what = f"no {missing[0]}" if missing else f"a field {shown(wrong[0])}"
            raise SkillscaleError(f"A puzzle of {kind} has {', '.join(fields)}; this one has {what}.")

    def has(self, name: str) -> bool:
        """Is an optional field there? null counts as left out."""
        return self.fields.get(name) is not None

    def bad(self, name: str, wanted: str) -> SkillscaleError:
        """The error for a field that is not `wanted`."""
        return SkillscaleError(f"The puzzle's {name} must be {wanted}; found {shown(str(self.fields[name]))}.")

    def whole(self, name: str, low: int, high: int) -> int:
        """A whole number from `low` to `high`."""
        value = self.fields[name]
        if not is_whole(value, low, high):
            raise self.bad(name, f"a whole number from {low:,} to {high:,}")
        return value

    def wholes(self, name: str, low: int, high: int, fewest: int, most: int) -> tuple[int, ...]:
        """A list of whole numbers."""
        values = self.fields[name]
        if not (
            isinstance(values, list) and fewest <= len(values) <= most and all(is_whole(v, low, high) for v in values)
        ):
            raise self.bad(name, f"a list of {_span(fewest, most)} whole numbers from {low:,} to {high:,}")
        return tuple(values)

    def text(self, name: str, longest: int) -> str:
        """A text of 1 to `longest` characters."""
        value = self.fields[name]
        if not is_text(value, longest):
            raise self.bad(name, f"a text of 1 to {longest} characters")
        return value

    def texts(self, name: str, longest: int, fewest: int, most: int) -> tuple[str, ...]:
        """A list of texts of 1 to `longest` characters each."""
        values = self.fields[name]
        if not (
            isinstance(values, list) and fewest <= len(values) <= most and all(is_text(v, longest) for v in values)
        ):
            raise self.bad(name, f"a list of {_span(fewest, most)} texts of 1 to {longest} characters")
        return tuple(values)


def _span(fewest: int, most: int) -> str:
    return f"{fewest}" if fewest == most else f"{fewest} to {most}"


def is_whole(value: Any, low: int, high: int) -> bool:
    """True and false are no numbers here."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_text(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= longest


def refuse_difficulty(kind: str, difficulty: int, low: int, high: int, dial: str) -> None:
    """Raises SkillscaleError for a difficulty outside the dial."""
    if not is_whole(difficulty, low, high):
        raise SkillscaleError(
            f"{kind} of difficulty {shown(str(difficulty))} was asked for; give a whole number of {dial} from {low} to {high}."
        )
