"""Whether code works: its tests run and pass, and they notice when the function does not do its part."""

import ast

from skillscale.tasks.skill_mix.code.gate import imported, refusal
from skillscale.tasks.skill_mix.code.program import Definition, Program, is_test_function, names_bound_by, names_in
from skillscale.tasks.skill_mix.code.sandbox import Limits, run

REPORT, MUTANT = "__skillscale_reached__", "__skillscale_mutant__"
# What the functions under test are replaced by. Tests that pass with the first do not need the function; tests that pass with both of the
# others (`assert f(2) or True`) say nothing of what it does.
RAISES = f"def {MUTANT}(*_, **__):\n    raise RuntimeError('the function was taken away')"
NOTHING = f"def {MUTANT}(*_, **__):\n    return None"
SOMETHING = f"def {MUTANT}(*_, **__):\n    return object()"


def why_not(program: Program, limits: Limits) -> str | None:
    """Why the program does not work, in words; None where it does.

    It works where all of its code runs without an exception, an assert that depends on a function of the program is reached, and the same tests fail with the
    function replaced by one that raises, and by one that returns nothing of use. Runs the code (sandbox.py).
    """
    reason = refusal(program.tree)
    if reason is not None:
        return reason
    if not program.subjects:
        return "no test uses a function of the answer"
    relevant = dependent_asserts(program)
    if not relevant:
        return "no assert depends on a function of the answer"
    sources = [instrumented(program), *(instrumented(program, mutant=one) for one in (RAISES, NOTHING, SOMETHING))]
    outcomes = run(sources, limits, imported(program.tree)).outcomes
    if outcomes[0].status != "passed":
        return f"{outcomes[0].status}: {outcomes[0].reason}"
    reached = outcomes[0].reached & relevant
    if not reached:
        return "no assert that depends on a function of the answer was reached"
    # A test that no longer comes to an assert (in an except, say) has noticed too.
    passed = [one.status == "passed" and reached <= one.reached for one in outcomes[1:]]
    if passed[0]:
        return "the tests pass also with a function that raises in place of the answer's"
    if passed[1:] == [True, True]:
        return "the tests pass whatever the function returns"
    return None


def asserts_of(tree: ast.Module) -> list[ast.Assert]:
    """Every assert of the program; its place in the list is its number."""
    return [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]


def dependent_asserts(program: Program) -> frozenset[int]:
    """Numbers of the asserts in the tests whose condition depends on a subject: names it, or a name that a statement naming it touches."""
    touched = set(program.subjects)
    statements = [one for test in program.tests for one in ast.walk(test) if isinstance(one, ast.stmt)]
    grown = True
    while grown:
        before = len(touched)
        for one in statements:
            parts = _header(one)
            if names_in(parts) & touched:
                touched |= {name.id for part in parts for name in ast.walk(part) if isinstance(name, ast.Name)}
            if isinstance(one, ast.Try) and names_in(one.body) & touched:
                touched |= {handler.name for handler in one.handlers if handler.name}
        grown = len(touched) > before
    numbers = {id(one): i for i, one in enumerate(asserts_of(program.tree))}
    return frozenset(
        numbers[id(one)] for one in statements if isinstance(one, ast.Assert) and names_in([one.test]) & touched
    )


def _header(statement: ast.stmt) -> list[ast.AST]:
    """What a statement itself evaluates and binds, without the statements in it."""
    if isinstance(statement, Definition | ast.Assert):
        return []
    return [
        one
        for one in ast.iter_child_nodes(statement)
        if not isinstance(one, ast.stmt | ast.ExceptHandler | ast.match_case)
    ]


def instrumented(program: Program, *, mutant: str | None = None) -> str:
    """The source of the program whose asserts report when they have held, whose test functions are called at its end, and with a
    `mutant` in place of its subjects. Put together as text: a tree cannot always be written back."""
    inserted = [(_end(one), f"; {REPORT}({i})") for i, one in enumerate(asserts_of(program.tree))]
    if mutant is not None:
        for one in program.main:
            replaced = sorted(set(program.subjects) & set(names_bound_by(one)))
            inserted += [(_end(one), f"\n{name} = {MUTANT}") for name in replaced]
    lines = [line.encode("utf-8", "replace") for line in program.source.split("\n")]
    for (line, column), text in sorted(inserted, reverse=True):
        lines[line - 1] = lines[line - 1][:column] + text.encode() + lines[line - 1][column:]
    calls = [f"{one.name}()" for one in program.tests if is_test_function(one) and not _takes_arguments(one)]
    return "\n".join([mutant or "", b"\n".join(lines).decode(), *calls, ""])


def _end(statement: ast.stmt) -> tuple[int, int]:
    """The line (from 1) and the byte in it that follow a statement."""
    return (statement.end_lineno or 1, statement.end_col_offset or 0)


def _takes_arguments(statement: ast.FunctionDef) -> bool:
    given = statement.args
    return len(given.args) + len(given.posonlyargs) > len(given.defaults) or None in given.kw_defaults
