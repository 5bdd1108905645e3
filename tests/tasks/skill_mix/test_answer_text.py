"""What is graded: the text after the last 'Answer:' and before 'Explanation:'."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.tasks.skill_mix.answer_text import answer_text

ROPE = "The rope is a river."


@pytest.mark.parametrize(
    "said",
    [
        f"Answer: {ROPE}\nExplanation: a metaphor",
        f"Answer:\n{ROPE}\n\nExplanation:\n- metaphor",
        f"Sure!\n\n**Answer:** {ROPE}\n\n**Explanation:** a metaphor",
        f"**Answer**: {ROPE}\n**Explanation**: a metaphor",
        f"## Answer:\n\n{ROPE}\n\n## Explanation\n\na metaphor",
        f"_Answer:_ {ROPE}\n_Explanation:_ a metaphor",
        f"> Answer: {ROPE}\n> Explanation: x",
        f"ANSWER: {ROPE}\nEXPLANATION: x",
        f"Sure. Answer: {ROPE} Explanation: a metaphor",
        f"Answer: The first try.\nExplanation: x\n\nAnswer: {ROPE}\nExplanation: y",
        f"Answer: {ROPE}\nExplanation: the Answer: is a river",
        f"Answer: {ROPE}",
        f"Answer: {ROPE}\n\nExplanations:\n1. metaphor",
        f"```\nAnswer: {ROPE}\nExplanation: x\n```",
        f"<think>Answer: no.</think>\nAnswer: {ROPE}\nExplanation: x",
        f"\r\nAnswer: {ROPE}\r\n\r\nExplanation: x\r\n",
    ],
)
def test_the_text_is_found(said: str) -> None:
    found = answer_text(said, cut=False)
    assert found.text == ROPE and found.missing is None


@pytest.mark.parametrize(
    "text",
    [
        "She gave no Explanation, and nobody asked.",
        "The answer: he fled.",
        "*Nix* ropes are __init__ ropes.",
        "```python\ndef f(Answer: int):\n    # Explanation: none\n    return Answer\n```",
        "```python\nAnswer: int = 3\nanswer: int = 4\n```",
        "“Answer me,” she said.",
        'It said "metaphor", {{ 7 * 7 }} and </text>.',
        "Eine Brücke ist ein Fluß; 橋は川だ。",
    ],
)
def test_the_text_is_whole(text: str) -> None:
    assert answer_text(f"Answer:\n{text}\n\nExplanation: x", cut=False).text == text


@pytest.mark.parametrize(
    ("said", "cut", "why"),
    [
        ("", False, "no 'Answer:'"),
        (ROPE, False, "no 'Answer:'"),
        ("The answer is no: a rope.", False, "no 'Answer:'"),
        ("Answer:", False, "nothing between"),
        ("Answer:\n\nExplanation: there is none", False, "nothing between"),
        ("**Answer:** … ** \nExplanation: x", False, "nothing between"),
        (f"Answer: {ROPE} And then", True, "cut off"),
        ("Answer: " + "a " * 30_000, False, "50,000 characters"),
    ],
)
def test_a_text_that_is_not_there_is_missing_and_never_empty(said: str, cut: bool, why: str) -> None:
    found = answer_text(said, cut=cut)
    assert found.text is None and found.missing is not None and why in found.missing


def test_an_explanation_that_is_cut_off_does_no_harm() -> None:
    assert answer_text(f"Answer: {ROPE}\nExplanation: this te", cut=True).text == ROPE


@given(st.text(), st.booleans())
def test_there_is_a_text_or_a_reason(said: str, cut: bool) -> None:
    for whole in (said, f"Answer:{said}", f"Answer: {said}\nExplanation: {said}"):
        found = answer_text(whole, cut=cut)
        assert (found.text is None) != (found.missing is None)
        assert found.text is None or (found.text.strip() and found.text.encode())
