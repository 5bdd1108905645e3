"""Skills of control flow, decided by the syntax tree. Each decision says in code what the skill's definition in skills.yaml says in words."""

import ast
from collections.abc import Iterator

from skillscale.tasks.skill_mix.code.live import Live, parameters
from skillscale.tasks.skill_mix.code.program import names_in


def guard_clause(live: Live) -> bool:
    """At the start of a function an if without else returns, and more follows."""
    return any(isinstance(one, ast.If) and isinstance(one.body[-1], ast.Return) for one in _checks(live))


def precondition_check(live: Live) -> bool:
    """At the start of a function an assert, or an if that raises, looks at its parameters."""
    return any(isinstance(one, ast.Assert) or isinstance(one.body[-1], ast.Raise) for one in _checks(live))


def _checks(live: Live) -> Iterator[ast.If | ast.Assert]:
    """The statements with which functions begin as long as each is an assert, or an if that leaves, and reads a parameter; never the last one."""
    for function in live.functions:
        for one in function.body[:-1]:
            leaves = (
                isinstance(one, ast.If)
                and not one.orelse
                and one.body
                and isinstance(one.body[-1], ast.Return | ast.Raise)
            )
            if not (isinstance(one, ast.Assert) or leaves) or not isinstance(one, ast.Assert | ast.If):
                break
            if names_in([one.test]) & set(parameters(function)):
                yield one


def exception_handling(live: Live) -> bool:
    """A try has an except that names what it catches and does more than pass."""
    return any(
        one.type is not None and any(not isinstance(part, ast.Pass) for part in one.body)
        for one in live.nodes
        if isinstance(one, ast.ExceptHandler)
    )


def structural_pattern_matching(live: Live) -> bool:
    """A case of a match takes a sequence, mapping or object apart and names a part of it."""
    for node in live.nodes:
        if isinstance(node, ast.match_case):
            parts = list(ast.walk(node.pattern))
            apart = any(isinstance(one, ast.MatchSequence | ast.MatchMapping | ast.MatchClass) for one in parts)
            named = any(isinstance(one, ast.MatchAs | ast.MatchStar) and one.name is not None for one in parts)
            if apart and named:
                return True
    return False


def loop_else(live: Live) -> bool:
    """A loop that holds a break of its own has an else."""
    return any(isinstance(one, ast.For | ast.While) and bool(one.orelse) and _breaks(one) for one in live.nodes)


def _breaks(loop: ast.For | ast.While) -> bool:
    waiting: list[ast.AST] = list(loop.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Break):
            return True
        if not isinstance(node, ast.For | ast.While | ast.FunctionDef | ast.ClassDef | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return False


def assignment_expression(live: Live) -> bool:
    """A value is named within an expression by := and read under that name."""
    read = names_in(live.statements)
    return any(isinstance(one, ast.NamedExpr) and one.target.id in read for one in live.nodes)


def chained_comparison(live: Live) -> bool:
    """Three values or more stand in one comparison."""
    orders = ast.Lt | ast.LtE | ast.Gt | ast.GtE | ast.Eq
    return any(
        isinstance(one, ast.Compare) and len(one.ops) > 1 and all(isinstance(op, orders) for op in one.ops)
        for one in live.nodes
    )


def conditional_expression(live: Live) -> bool:
    """A value is chosen by … if … else … within an expression, by a condition that is no constant."""
    return any(isinstance(one, ast.IfExp) and not isinstance(one.test, ast.Constant) for one in live.nodes)
