"""The calculator agrees with exact arithmetic, and no text makes it fail, take long or do anything but arithmetic."""

import asyncio
import time
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skillscale.tasks.calculator import LONGEST, MOST_CALLS, Calculated, calculated, calls_in, with_calculator


class Tree:
    """An expression with its value: text and truth are made together, independently of the calculator."""

    def __init__(self, text: str, value: Fraction | None) -> None:
        self.text, self.value = text, value

    def __repr__(self) -> str:
        return f"{self.text} = {self.value}"


def joined(one: Tree, sign: str, other: Tree, spaced: bool) -> Tree:
    gap = " " if spaced else ""
    text = f"({one.text}){gap}{sign}{gap}({other.text})"
    if one.value is None or other.value is None or (sign in "/÷" and other.value == 0):
        return Tree(text, None)
    a, b = one.value, other.value
    values = {
        "+": lambda: a + b,
        "-": lambda: a - b,
        "−": lambda: a - b,
        "*": lambda: a * b,
        "×": lambda: a * b,
        "/": lambda: a / b,
        "÷": lambda: a / b,
    }
    return Tree(text, values[sign]())


def raised(one: Tree, exponent: int) -> Tree:
    if one.value is None or (one.value == 0 and exponent < 0):
        return Tree(f"({one.text})^{exponent}", None)
    return Tree(f"({one.text})^{exponent}", Fraction(one.value**exponent))


numbers = st.one_of(
    st.integers(0, 999).map(lambda n: Tree(str(n), Fraction(n))),
    st.integers(0, 9999).map(lambda n: Tree(f"{n // 100}.{n % 100:02d}", Fraction(n, 100))),
    st.integers(0, 99).map(lambda n: Tree(f"-{n}", Fraction(-n))),
)
trees = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.builds(joined, inner, st.sampled_from("+-−*×/÷"), inner, st.booleans()),
        st.builds(raised, inner, st.integers(-3, 4)),
    ),
    max_leaves=8,
)


@given(trees)
def test_it_agrees_with_exact_arithmetic(tree: Tree) -> None:
    found = calculated(tree.text)
    if len(tree.text) > LONGEST:
        assert found.value is None
    else:
        assert found.value == tree.value
        assert (found.missing is None) == (tree.value is not None)


@given(st.lists(st.tuples(st.sampled_from(["+", "-", "*"]), st.integers(0, 99)), min_size=1, max_size=20))
def test_precedence_without_parentheses(parts: list[tuple[str, int]]) -> None:
    """Sums of products, worked out by splitting the text."""
    text = "1" + "".join(f"{sign}{n}" for sign, n in parts)
    value = 0
    for term in text.replace("-", "+-").split("+"):
        product = -1 if term.startswith("-") else 1
        for n in term.lstrip("-").split("*"):
            product *= int(n)
        value += product
    assert calculated(text).value == value


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2 * (3 + 4)", "= 14"),
        ("-2^2", "= -4"),
        ("2^3^2", "= 512"),
        ("2**10", "= 1024"),
        ("2^-2", "= 0.25"),
        ("1/3", "= 1/3 (about 0.333333333333333)"),
        ("-1/8", "= -0.125"),
        ("0.1 + 0.2", "= 0.3"),
        (".5 - 1", "= -0.5"),
        ("9.11 - 9.8", "= -0.69"),
        ("3 − 5 × 2 ÷ 4", "= 0.5"),
        ("--3", "= 3"),
        ("2^200", "= about 1.60693804425899E+60"),
        ("(1/7)^60", "= about 1.96841923011760E-51"),
        ("1 / 0", "no result: it divides by zero"),
        ("0^-1", "no result: it divides by zero"),
        ("2^0.5", "no result: an exponent is no whole number of at most 1,000"),
        ("9**9**9", "no result: an exponent is no whole number of at most 1,000"),
        ("9^999^1 * 9^999", "no result: a result has too many digits"),
        ("(10^1000)^1000", "no result: a result has too many digits"),
        ("", "no result: a number is missing"),
        ("1 +", "no result: a number is missing"),
        ("(1 + 2", "no result: a closing parenthesis is missing"),
        ("1 2", "no result: an operator or an opening parenthesis is missing"),
        ("1)", "no result: an operator or an opening parenthesis is missing"),
    ],
)
def test_what_is_shown(text: str, shown: str) -> None:
    assert calculated(text).shown == shown


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000 + "1" + ")" * 100_000,
        "(" * 99 + "1" + ")" * 99,
        "-" * 199 + "1",
        "2^" * 99 + "2",
        "1" * 200,
        "9" * 198 + "^9",
        "*".join(["9" * 30] * 6),
        "1/" * 99 + "3",
        "٣ + ٤",
        "２＋２",
        "²",
        "1e9",
        "1_000",
        "0x10",
        "__import__('os').system('true')",
        "().__class__",
        "abs(1)",
        "1;2",
        "1\0",
        "\ud800",
        "1\n+1",
        "\u202e1+1",
        "inf",
        "nan",
        "1//2",
        "7 % 2",
        "1.2.3",
        "1.",
    ],
)
def test_hostile_texts_take_no_time(text: str) -> None:
    start = time.perf_counter()
    found = calculated(text)
    assert len(found.shown) < 120
    assert time.perf_counter() - start < 0.1
    if not set(text) <= set("0123456789.*/^()-+\n "):
        assert found.value is None


@given(st.text(max_size=220))
def test_no_text_makes_it_raise(text: str) -> None:
    found = calculated(text)
    assert (found.value is None) != (found.missing is None)


@given(st.text(alphabet="0123456789.+-*/^() ", max_size=200))
def test_arithmetic_that_makes_no_sense(text: str) -> None:
    found = calculated(text)
    assert isinstance(found, Calculated) and len(found.shown) < 120


def test_calls_stand_on_lines_of_their_own() -> None:
    said = (
        "I write CALC(1 + 1) here.\nCALC(2 * (3 + 4))\n  `CALC(5)`\n> CALC(6).\nCALC()\nCALC(7) and more\n"
        + "x" * 10**6
    )
    assert calls_in(said) == ["2 * (3 + 4)", "5", "6", ""]


def conversation(messages: Sequence[str | None]):
    given: list[tuple[str, ...]] = []

    async def say(turns: tuple[str, ...]) -> str | None:
        given.append(turns)
        return messages[min(len(given), len(messages)) - 1]

    return asyncio.run(with_calculator(say, "What is it?")), given


def test_a_model_is_told_results_and_then_answers() -> None:
    worked, given = conversation(["Let me see.\nCALC(2 * (3 + 4))", "CALC(1 / 0)\nCALC(14 + 1)", "It is 15."])
    assert worked.answer == "It is 15." and worked.calls == 3
    assert [turns[-1] for turns in given][1:] == ["= 14", "no result: it divides by zero\n= 15"]
    assert given[0][0].startswith("What is it?") and "CALC(expression)" in given[0][0]


def test_a_model_that_never_stops_is_stopped() -> None:
    worked, given = conversation(["CALC(1 + 1)"])
    assert worked.calls == MOST_CALLS and worked.answer == "CALC(1 + 1)"
    assert len(given) == MOST_CALLS + 2
    worked, given = conversation(["\n".join(["CALC(2)"] * 1000)])
    assert worked.calls == MOST_CALLS and len(given) == 2
    assert given[1][-1].splitlines() == ["= 2"] * MOST_CALLS + ["There are no more calls. Please give your answer."]


def test_a_missing_message_leaves_no_answer() -> None:
    worked, _ = conversation(["CALC(1)", None])
    assert worked.answer is None and worked.calls == 1
