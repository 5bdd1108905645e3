"""A student and a grader that say what a test has them say, and keep every call."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from skillscale.models.hosted.calling import Call, Reply

Said = Reply | str


def text_of(answer: Said) -> Reply:
    return answer if isinstance(answer, Reply) else Reply(text=answer, input_tokens=10, output_tokens=5, cost_usd=0.25)


def verdicts(call: Call, point: int = 1, **points: int) -> str:
    """An answer of the call's schema: `point` for all but those named."""
    assert call.schema is not None
    return json.dumps(
        {key: {"reason": f"of {key}", "point": points.get(key, point)} for key in call.schema["required"]}
    )


@dataclass(slots=True)
class Actors:
    """An `Ask`. Students' calls have no schema, graders' have one."""

    student: Callable[[Call], Said] = lambda call: "Answer: The rope is a river.\nExplanation: x"
    grader: Callable[[Call], Said] = verdicts
    calls: list[Call] = field(default_factory=list[Call])

    async def __call__(self, call: Call) -> Reply:
        self.calls.append(call)
        return text_of(self.grader(call) if call.schema is not None else self.student(call))
