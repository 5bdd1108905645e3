"""When code works: its tests run, pass, and would notice. What may not be run is told before it runs."""

import ast

import pytest

from skillscale.tasks.skill_mix.code.gate import imported, refusal
from skillscale.tasks.skill_mix.code.program import DEEPEST, LONGEST_SOURCE, NoProgram, program_of
from skillscale.tasks.skill_mix.code.sandbox import Limits
from skillscale.tasks.skill_mix.code.works import dependent_asserts, instrumented, why_not

F = "def f(x):\n    return x * 2\n"

WORKS = [
    f"{F}assert f(2) == 4",
    f"{F}assert f(2) == 4; assert f(0) == 0, 'é'  # ok",
    f"{F}result = f(2)\nassert result == 4",
    f"{F}def test_f():\n    for x in (1, 2): assert f(x) == x + x",
    f"{F}def test_f():\n    assert f(2) == 4\ntest_f()",
    f"{F}def test_f(x=2): assert f(x) == 4",
    f"{F}if __name__ == '__main__':\n    assert f(2) == 4",
    f"{F}try:\n    f(None)\nexcept TypeError as error:\n    assert 'NoneType' in str(error)",
    "def f(xs):\n    xs.append(1)\nheld = []\nf(held)\nassert held == [1]",
    "STOCK = {'tea': 3}\ndef f(name): return STOCK[name]\nn = 3\nresult = f('tea')\nlimit = n\nassert result == limit",
    "def scale(a, b): return a * b\nf = lambda x: scale(x, 2)\nassert f(2) == 4",
    "def f(n): return n + 1\nassert f(1) == 2\ndef g(n): return f(n) + 1\nassert g(1) == 3",
    "SIZES = {}\nfor n in range(3): SIZES[n] = n * n\ndef f(n): return SIZES[n]\nassert f(2) == 4",
    "class S:\n    def size(self): return 3\ns = S()\nassert s.size() == 3",
    "from functools import cache\n@cache\ndef f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nassert f(50) == 12586269025",
    "def f(x): return x;\nassert f(2) == 2;",
    'def f(x):\n    """Doc.\n    More."""\n    return (\n        x\n    )\nassert f("""a\nb""") == "a\\nb", """m\nn"""',
]


@pytest.mark.parametrize("code", WORKS)
def test_code_that_works(code: str) -> None:
    assert why_not(program(code), Limits()) is None


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (f"{F}assert f(2) == 5", "failed: AssertionError"),
        (f"{F}assert f(2) == 4\nassert f(3) == 5, 'no'", "failed: AssertionError: no"),
        ("def f(x): return y\nassert f(2) == 4", "failed: NameError"),
        ("def f(x):\n    while True: pass\nassert f(2) == 4", "timed out: it ran for more than 0.5 s"),
        (F, "no test uses a function of the answer"),
        ("assert 1 + 1 == 2", "no test uses a function of the answer"),
        ("def f(x): return x\ndef g(): pass\nassert abs(2) == 2", "no test uses a function of the answer"),
        (f"{F}f(2)\nassert True", "no assert depends on a function of the answer"),
        (f"{F}f(2)\nn = 3\nassert n == 3", "no assert depends on a function of the answer"),
        (f"{F}if f(2) == 5:\n    assert f(2) == 5", "no assert that depends on a function of the answer was reached"),
        (f"{F}def check():\n    assert f(2) == 4", "no test uses a function of the answer"),
        (f"{F}def test_f(x): assert f(x) == 4", "no assert that depends on a function of the answer was reached"),
        (f"{F}assert callable(f)", "the tests pass also with a function that raises in place of the answer's"),
        (f"{F}try:\n    y = f(2)\nexcept Exception:\n    y = 4\nassert y == 4", "the tests pass also with a function that raises in place of the answer's"),
        (f"{F}assert f(2) or True", "the tests pass whatever the function returns"),
        (f"{F}assert (f(2), True)[1]", "the tests pass whatever the function returns"),
        (f"{F}raise SystemExit(0)\nassert f(2) == 5", "failed: SystemExit: 0"),
        (f"{F}assert f(2) == 4\nimport sys", "it imports sys, which the sandbox does not have"),
    ],
)  # fmt: skip
def test_code_that_does_not(code: str, reason: str) -> None:
    assert (why_not(program(code), Limits(seconds=0.5)) or "").startswith(reason)


def program(code: str):
    return program_of(f"```python\n{code}\n```")


@pytest.mark.parametrize(
    "code",
    [
        "import os",
        "import os.path as path",
        "from os import environ",
        "from collections import *",
        "from . import secrets",
        "import collections.os",
        "open('x')",
        "read = open",
        "eval('1')",
        "exec('1')",
        "globals()",
        "__import__('os')",
        "__builtins__",
        "().__class__.__base__",
        "().__class__.__mro__",
        "f.__globals__",
        "f.__code__",
        "print.__self__",
        "error.__traceback__.tb_frame",
        "frame.f_back",
        "generator.gi_frame",
        "object.__getattribute__",
        "object.__subclasses__()",
        "match f:\n    case object(__globals__=found): pass",
        "def f(__builtins__): pass",
        "global __builtins__",
        "match 1:\n    case __builtins__: pass",
        "__skillscale_reached__(0)",
        "async def f(): pass",
    ],
)
def test_what_is_refused_before_it_runs(code: str) -> None:
    reason = refusal(ast.parse(code))
    assert reason is not None and len(reason) < 120


def test_what_programs_need_is_let_through() -> None:
    code = """
import collections.abc, re as regex
from functools import partial, wraps
class A:
    def __init__(self): super().__init__(); self.__hidden = 1
    def __enter__(self): return self.__class__.__name__
    def __exit__(self, *error): return None
if __name__ == "__main__": print(A.__doc__, A().__dict__)
"""
    assert refusal(ast.parse(code)) is None
    assert imported(ast.parse(code)) == ("collections", "collections.abc", "functools", "re")


def test_asserts_depend_on_the_function_through_names() -> None:
    code = f"{F}a = 1\nassert a\nx = f(2)\ny = x + 1\nassert y == 5\nwith open_(f) as z: assert z"
    asserts = [one for one in ast.walk(program(code).tree) if isinstance(one, ast.Assert)]
    dependent = [ast.unparse(asserts[i]) for i in sorted(dependent_asserts(program(code)))]
    assert dependent == ["assert y == 5", "assert z"]


def test_reports_and_mutants_are_put_in_where_they_belong() -> None:
    code = "def f(x): return 'é'  # c\nassert f(1) == 'é', 'ü'; assert f(2)  # d"
    lines = instrumented(program(code), mutant="M").split("\n")
    assert lines[0] == "M"
    assert lines[1:3] == ["def f(x): return 'é'", "f = __skillscale_mutant__  # c"]
    assert lines[3] == "assert f(1) == 'é', 'ü'; __skillscale_reached__(0); assert f(2); __skillscale_reached__(1)  # d"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not one fenced block"),
        ("def f(): pass", "not one fenced block"),
        ("```python\n1", "not one fenced block"),
        ("```python\n1\n```\n```python\n2\n```", "not one fenced block of Python, but 2"),
        ("```js\n1\n```", "not one fenced block"),
        ("```python\ndef f(:\n```", "no Python"),
        ("```\nx = '\0'\n```", "no Python"),
        ("```\nx = '\ud800'\n```", "no Python"),
        ("```\n" + "(" * 4000 + ")" * 4000 + "\n```", "no Python"),
        ("```\nx = " + "-" * 9000 + "1\n```", "no Python"),
        ("```\nx = " + "not " * 80 + "1\n```", "nested too deeply"),
        ("```\n" + "x." * 100 + "x\n```", "nested too deeply"),
        ("```\nx = " + "9" * 9000 + "\n```", "no Python"),
        ("```\nx = " + "f'{" * 30 + "\n```", "no Python"),
        ("x" * LONGEST_SOURCE + "x", "more than 10,000 characters"),
        ("`" * LONGEST_SOURCE, "not one fenced block"),
        ("```\n" * 2000, "not one fenced block"),
    ],
)
def test_texts_without_a_program(text: str, reason: str) -> None:
    with pytest.raises(NoProgram, match=reason):
        program_of(text)


def test_deep_but_bounded_code_is_decided() -> None:
    code = "x = " + "not " * (DEEPEST - 10) + "1\ndef f(x): return x\nassert f(1) == 1"
    assert why_not(program(code), Limits()) is None
