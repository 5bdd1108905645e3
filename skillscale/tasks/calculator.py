"""A calculator for models: exact arithmetic of a text, in bounded time, without evaluating anything but arithmetic.

`expression := term (("+" | "-") term)*`, `term := factor (("*" | "/") factor)*`, `factor := ("+" | "-") factor | power`,
`power := atom ("^" factor)?`, `atom := number | "(" expression ")"`. So `-2^2` is -4 and `2^3^2` is 2^9. `**`, `×`, `·`, `÷` and `−` are read as
`^`, `*`, `*`, `/` and `-`. Numbers are integers and decimals in the digits 0 to 9, and exact.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

LONGEST = 200  # characters of an expression
DEEPEST = 40  # parentheses, signs and powers within each other
LARGEST_EXPONENT = 1_000
LARGEST_BITS = 4_096  # of a numerator or denominator, about 1,200 digits
MOST_DIGITS = 40  # of a number that is shown; longer ones are shown to 15 digits
MOST_CALLS = 8
TOKEN = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+|[-+*/^()])", re.ASCII)
WRITTEN = str.maketrans({"×": "*", "·": "*", "÷": "/", "−": "-"})
CALL = re.compile(r"^[ \t>*`-]{0,8}CALC\((.*)\)[ \t`*.]{0,8}$")
HOW_TO_CALL = (
    f"You may use a calculator, up to {MOST_CALLS} times. To use it, write CALC(expression) on a line of its own, for instance CALC(2 * (3 + 4)), "
    "and end your message there; you will be told the result. It knows + - * / ^, parentheses, whole numbers and decimals. "
    "A message without such a line is taken as your answer."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculated:
    """The exact value, or the reason why there is none."""

    value: Fraction | None
    missing: str | None = None

    @property
    def shown(self) -> str:
        """`= 14`, `= 0.25`, `= 1/3 (about 0.333333333333333)`, or the reason."""
        return f"no result: {self.missing}" if self.value is None else f"= {_written(self.value)}"


class _Fault(Exception):  # noqa: N818
    """Why an expression has no value."""


def calculated(expression: str) -> Calculated:
    """The value of an arithmetic expression, which is untrusted. Never raises; takes under a millisecond or so whatever it holds."""
    if len(expression) > LONGEST:
        return Calculated(value=None, missing=f"the expression has more than {LONGEST} characters")
    try:
        reader = _Reader(_tokens(expression.translate(WRITTEN).replace("**", "^")))
        value = reader.expression(0)
        reader.expect_end()
    except _Fault as fault:
        return Calculated(value=None, missing=str(fault))
    return Calculated(value=value)


def _tokens(text: str) -> list[str]:
    found: list[str] = []
    text, at = text.rstrip(), 0
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            raise _Fault("something in it is neither a number, + - * / ^, nor a parenthesis")
        found.append(token[1])
        at = token.end()
    return found


class _Reader:
    """Reads tokens by recursive descent, at most DEEPEST levels down."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens, self.at = tokens, 0

    def taken(self, *wanted: str) -> str | None:
        """The next token if it is one of these, and goes on behind it."""
        if self.at < len(self.tokens) and self.tokens[self.at] in wanted:
            self.at += 1
            return self.tokens[self.at - 1]
        return None

    def expect_end(self) -> None:
        if self.at < len(self.tokens):
            raise _Fault("an operator or an opening parenthesis is missing")

    def expression(self, depth: int) -> Fraction:
        value = self.term(depth)
        while sign := self.taken("+", "-"):
            other = self.term(depth)
            value = _bounded(value + other if sign == "+" else value - other)
        return value

    def term(self, depth: int) -> Fraction:
        value = self.factor(depth)
        while sign := self.taken("*", "/"):
            other = self.factor(depth)
            if sign == "/" and other == 0:
                raise _Fault("it divides by zero")
            value = _bounded(value * other if sign == "*" else value / other)
        return value

    def factor(self, depth: int) -> Fraction:
        if depth > DEEPEST:
            raise _Fault(f"it is nested more than {DEEPEST} levels deep")
        sign = self.taken("+", "-")
        if sign is not None:
            value = self.factor(depth + 1)
            return -value if sign == "-" else value
        base = self.atom(depth)
        return _power(base, self.factor(depth + 1)) if self.taken("^") else base

    def atom(self, depth: int) -> Fraction:
        if self.taken("("):
            value = self.expression(depth + 1)
            if not self.taken(")"):
                raise _Fault("a closing parenthesis is missing")
            return value
        if self.at >= len(self.tokens) or self.tokens[self.at] in "+-*/^()":
            raise _Fault("a number is missing")
        self.at += 1
        return Fraction(self.tokens[self.at - 1])


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > LARGEST_EXPONENT:
        raise _Fault(f"an exponent is no whole number of at most {LARGEST_EXPONENT:,}")
    if base == 0 and exponent < 0:
        raise _Fault("it divides by zero")
    n = abs(exponent.numerator)
    if n * (_bits(base) - 1) > LARGEST_BITS:  # before anything large is worked out
        raise _Fault("a result has too many digits")
    return _bounded(base**exponent.numerator)


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _bounded(value: Fraction) -> Fraction:
    if _bits(value) > LARGEST_BITS:
        raise _Fault("a result has too many digits")
    return value


def _written(value: Fraction) -> str:
    """Exact where it is short: a whole number, a decimal that ends, a fraction; the first digits otherwise."""
    if value.denominator == 1 and len(str(value.numerator)) <= MOST_DIGITS:
        return str(value.numerator)
    rest, places = value.denominator, 0
    while rest > 1 and places < MOST_DIGITS and (10**places * value).denominator > 1:
        places += 1
    scaled = 10**places * value
    if scaled.denominator == 1 and len(str(scaled.numerator)) <= MOST_DIGITS:
        digits = str(abs(scaled.numerator)).rjust(places + 1, "0")
        return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]}"
    about = f"about {_rounded(value)}"
    exact = f"{value.numerator}/{value.denominator}"
    return f"{exact} ({about})" if value.denominator > 1 and len(exact) <= MOST_DIGITS else about


def _rounded(value: Fraction) -> str:
    """The first 15 digits, with a power of ten where the number is beyond a float's range too."""
    from decimal import Context

    context = Context(prec=15)
    return str(context.divide(context.create_decimal(value.numerator), context.create_decimal(value.denominator)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """A conversation with a calculator: the turns of user and model in turn, the calls, and the model's last message.

    `answer` is None where a message of the model is missing.
    """

    turns: tuple[str, ...]
    calls: int
    answer: str | None


def calls_in(said: str) -> list[str]:
    """The expressions that a message asks the calculator for: `CALC(…)` on a line of its own."""
    # Longer lines hold no expression; they are not searched, for a message may be anything.
    lines = (line for line in said.splitlines() if len(line) <= LONGEST + 40)
    return [found[1] for line in lines if (found := CALL.match(line)) is not None]


async def with_calculator(say: Callable[[tuple[str, ...]], Awaitable[str | None]], question: str) -> Worked:
    """Asks a model a question that it may work on with the calculator. `say` is given the turns so far, the user's first, and returns the
    model's next message, or None where there is none.

    At most MOST_CALLS expressions are worked out; then the model is told so once, and its next message is its answer whatever it holds.
    """
    turns: tuple[str, ...] = (f"{question}\n\n{HOW_TO_CALL}",)
    used = 0
    while True:
        said = await say(turns)
        if said is None:
            return Worked(turns=turns, calls=used, answer=None)
        turns = (*turns, said)
        asked = calls_in(said)
        if not asked or used > MOST_CALLS:
            return Worked(turns=turns, calls=min(used, MOST_CALLS), answer=said)
        given = [calculated(one).shown for one in asked[: MOST_CALLS - used]]
        used += len(asked)
        if used > MOST_CALLS:
            given.append("There are no more calls. Please give your answer.")
        turns = (*turns, "\n".join(given))
