"""The point for length of code: statements before the tests, counted by program."""

import ast

from skillscale.tasks.skill_mix.code.program import Definition, Program

LONGEST_LINE = 100  # characters, so that a statement cannot hold a program


def most_statements(k: int) -> int:
    """How many statements a program on k skills may have before its tests: 5 + 3k.

    Prose may have k - 1 sentences where a skill alone takes one, so that skills must share them. The smallest programs of our tests that show one
    decided skill take 3.3 statements on average and 8 at most: 5 + 3 is what the largest needs alone, and each further skill has less than the average.
    """
    return 5 + 3 * k


def too_long(program: Program, k: int) -> str | None:
    """Why the program is longer than k skills may be, or None."""
    longest = max(map(len, program.source.split("\n")))
    if longest > LONGEST_LINE:
        return f"a line of {longest} characters, and {LONGEST_LINE} may be"
    n = statements_of(program)
    return None if n <= most_statements(k) else f"{n} statements before the tests, and {most_statements(k)} may be"


def statements_of(program: Program) -> int:
    """How many statements stand before the tests, without imports and docstrings. One that holds others counts once; any other once for
    each line it stands on."""
    return sum(_lines(node) for one in program.main for node in ast.walk(one) if isinstance(node, ast.stmt))


def _lines(statement: ast.stmt) -> int:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return 0
    if (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    ):
        return 0
    if isinstance(statement, Definition) or hasattr(statement, "body") or hasattr(statement, "cases"):
        return 1
    return (statement.end_lineno or statement.lineno) - statement.lineno + 1
