"""What is asked: one prefix, its right answer and the wrong answers it is held against."""

from dataclasses import dataclass

from skillscale.errors import SkillscaleError


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question. `prefix + answer` is text the corpus could contain; `choices` are full alternatives to `answer`.

    `choices` is empty where only the generated answer can be judged (a worked chain); otherwise it holds
    `answer`. `max_new_tokens` is how much the model may say; None means as many tokens as `answer` has.
    """

    item_id: str
    task: str
    stratum: str
    prefix: str
    answer: str
    choices: tuple[str, ...] = ()
    k: int | None = None
    skills: tuple[str, ...] = ()
    max_new_tokens: int | None = None

    def __post_init__(self) -> None:
        if self.choices and (len(self.choices) < 2 or len(set(self.choices)) < len(self.choices)):
            raise SkillscaleError(f"{self.item_id}: give at least two different choices; found {self.choices!r}.")
        if self.choices and self.answer not in self.choices:
            raise SkillscaleError(
                f"{self.item_id}: the answer {self.answer!r} is not among the choices {self.choices!r}."
            )
