"""The kind `code`: what it decides of a text, its library, its prompts."""

import dataclasses
import time
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skillscale.tasks.skill_mix.asked import Asked
from skillscale.tasks.skill_mix.code.code_kind import CodeKind
from skillscale.tasks.skill_mix.code.sandbox import Limits
from skillscale.tasks.skill_mix.code.size import most_statements
from skillscale.tasks.skill_mix.code.syntax import DECISIONS
from skillscale.tasks.skill_mix.kinds import kind_named
from skillscale.tasks.skill_mix.library import Library, Skill
from skillscale.tasks.skill_mix.names import mentioned, words_of
from skillscale.tasks.skill_mix.prompting import grade_prompt, improve_prompt, prompt_version, write_prompt
from skillscale.tasks.skill_mix.rubric import asked_points

KIND = CodeKind(Limits(seconds=1))
GOOD = """Here it is:
```python
def tide(hours, high=12):
    if not hours:
        return []
    return [hour for hour in hours if 0 <= hour < high]

# tests
assert tide([3, 15]) == [3]
assert tide([]) == []
```
"""


@pytest.fixture(scope="module")
def ours() -> Library:
    return KIND.library(None, None)


def skills(ours: Library, *names: str) -> list[Skill]:
    return [ours.skill(name) for name in names]


def test_a_good_answer_has_all_points_that_a_program_gives(ours: Library) -> None:
    decided = KIND.decide(GOOD, skills(ours, "guard clause", "list comprehension", "binary search"))
    assert decided.skills == {"guard clause": 1, "list comprehension": 1}
    assert (decided.makes_sense, decided.short_enough, decided.reasons) == (1, 1, {})


def test_every_lost_point_has_its_reason(ours: Library) -> None:
    text = GOOD.replace("== [3]", "== [4]").replace("# tests", "x = 1\n" * 9 + "y = " + "1 + " * 40 + "1")
    decided = KIND.decide(text, skills(ours, "recursion", "chained comparison"))
    assert decided.skills == {"recursion": 0, "chained comparison": 1}
    assert (decided.makes_sense, decided.short_enough) == (0, 0)
    assert decided.reasons.keys() == {"recursion", "makes_sense", "short_enough"}
    assert decided.reasons["makes_sense"] == "failed: AssertionError"
    assert decided.reasons["short_enough"] == "a line of 165 characters, and 100 may be"
    long = KIND.decide(GOOD.replace("    if not", "    x = 1\n" * 9 + "    if not"), skills(ours, "recursion"))
    assert long.reasons["short_enough"] == "13 statements before the tests, and 8 may be"


def test_a_text_without_a_program_shows_nothing(ours: Library) -> None:
    decided = KIND.decide("I cannot do that.", skills(ours, "recursion", "binary search"))
    assert decided.skills == {"recursion": 0, "binary search": 0}
    assert (decided.makes_sense, decided.short_enough) == (0, 0)
    assert len(decided.reasons) == 4


def test_a_users_skill_of_the_same_name_is_the_graders(ours: Library) -> None:
    theirs = dataclasses.replace(ours.skill("recursion"), definition="A picture that holds itself.")
    assert KIND.decide(GOOD, [theirs]).skills == {}


@given(st.text(max_size=300), st.booleans())
@settings(deadline=None, max_examples=40)
def test_no_text_makes_it_raise(text: str, fenced: bool) -> None:
    asked = [Skill(name="recursion", aliases=(), category="x", definition="x", example="x")]
    decided = CodeKind(Limits(seconds=0.2)).decide(f"```python\n{text}\n```" if fenced else text, asked)
    assert decided.makes_sense == 0 and "makes_sense" in decided.reasons


@pytest.mark.parametrize(
    "body",
    [
        "(" * 9000,
        "x = [" * 50 + "]" * 50,
        "if x:\n" + "".join(" " * n + "if x:\n" for n in range(1, 90)) + " " * 91 + "pass",
        "a" * 9000,
        "assert f\n" * 1000,
        "def f(): return f\n" * 500 + "assert not f()",
        "x = " + "+".join("a" * 4000),
        "\n".join(f"def f{n}(): return f{n + 1}()" for n in range(250)) + "\nassert f0()",
        "lambda: " * 1000 + "0",
        "def f():\n" + " a = 1\n" * 1400 + "assert f()",
        "def f():\n" + " def a(): pass\n" * 600 + "assert f()",
        "def f(): pass\n" + "a = f(1)\n" * 1000 + "assert a",
        "def f(): pass\n" + "".join(f"a{n} = f(a{n + 1})\n" for n in range(400)) + "assert a0",
        "def f(): pass\n" + "".join(f"a{n + 1} = f(a{n})\n" for n in range(400, 0, -1)) + "assert a400",
        "'" * 9000,
        "\\\n" * 4000,
        "\t \n" * 2000 + "x",
        "\x0c" * 100 + "x = 1",
    ],
)
def test_hostile_programs_take_no_time(body: str, ours: Library) -> None:
    start = time.monotonic()
    decided = KIND.decide(f"```python\n{body}\n```", ours.skills)
    assert decided.makes_sense == 0
    assert time.monotonic() - start < KIND.limits.seconds + 2


def test_there_are_enough_and_most_are_decided(ours: Library) -> None:
    assert len(ours.skills) >= 40 and len(ours.topics) >= 40
    assert len([one for one in ours.skills if one.name in DECISIONS]) >= 30


def test_no_name_stands_in_anothers_or_in_an_example(ours: Library) -> None:
    for one, other in combinations(ours.skills, 2):
        for names, text in (((one.name, *one.aliases), other), ((other.name, *other.aliases), one)):
            for name in names:
                assert not mentioned(" ; ".join((text.name, *text.aliases)), [name]), (name, text.name)
    for one in ours.skills:
        assert not mentioned(one.example, (one.name, *one.aliases)), one.name
        assert 8 <= len(words_of(one.definition)) <= 45 and one.definition.endswith("."), one.name


def test_a_name_in_an_identifier_or_comment_counts_as_mentioned(ours: Library) -> None:
    """The strict score reads the text of the code by words, and an underscore parts them."""
    for code in ("def binary_search(xs): ...", "# a binary search", "BINARY_SEARCH = 1", "x = 'Binary search'"):
        assert mentioned(code, [ours.skill("binary search").name])
    assert not mentioned("def binarysearch(): ...", ["binary search"])
    assert not mentioned("import heapq; heapq.heappush(h, 1)", [ours.skill("heap").name])


def test_the_prompts_say_all_there_is_to_know(ours: Library) -> None:
    asked = Asked(
        combination="s1-k2-01", pair="s1-01", topic="Tide tables", skills=tuple(skills(ours, "heap", "binary search"))
    )
    for improve in (True, False):
        prompt = write_prompt(KIND, asked, improve=improve)
        assert "Tide tables" in prompt and ours.skill("heap").definition in prompt
        assert f"{most_statements(2)} statements at most" in prompt and "```python" in prompt
    assert f"{most_statements(2)} statements at most" in improve_prompt(KIND, asked)
    decided = KIND.decide(GOOD, asked.skills)
    prompt = grade_prompt(KIND, asked, GOOD, asked_points(asked, decided))
    assert '"binary search"' in prompt and '"heap"' not in prompt and "skill_2" in prompt and "skill_1" not in prompt
    assert "makes_sense" not in prompt and "```" not in prompt
    assert prompt_version(KIND) == "1"


def test_it_is_found_by_its_name() -> None:
    assert isinstance(kind_named("code"), CodeKind)
