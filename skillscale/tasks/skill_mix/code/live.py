"""The live part of a program: what its tests can reach, without what can never run. Skills are looked for there alone."""

import ast
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from typing import TypeGuard

from skillscale.tasks.skill_mix.code.program import Definition, Function, Program, names_bound_by, names_in

Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
LEAVES = ast.Return | ast.Raise | ast.Break | ast.Continue


@dataclass(frozen=True, kw_only=True, eq=False)
class Live:
    """Statements that can be reached from the tests, and what is asked of them. `tests`: the tests themselves, in which skills do not count."""

    statements: tuple[ast.stmt, ...]
    tests: tuple[ast.stmt, ...]
    imports: dict[str, str]  # name in the program → dotted name of what was imported
    bound: frozenset[str]  # names that something other than an import binds, in any scope

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(node for one in self.statements for node in ast.walk(one))

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef, ...]:
        return tuple(one for one in self.nodes if isinstance(one, ast.FunctionDef))

    @cached_property
    def classes(self) -> tuple[ast.ClassDef, ...]:
        return tuple(one for one in self.nodes if isinstance(one, ast.ClassDef))

    @cached_property
    def calls(self) -> tuple[ast.Call, ...]:
        return tuple(one for one in self.nodes if isinstance(one, ast.Call))

    @cached_property
    def methods(self) -> dict[ast.FunctionDef, ast.ClassDef]:
        return {one: owner for owner in self.classes for one in owner.body if isinstance(one, ast.FunctionDef)}

    @cached_property
    def assigned(self) -> dict[str, list[ast.expr]]:
        """Name or `self.name` → the values that are assigned to it anywhere."""
        found: dict[str, list[ast.expr]] = {}
        for node in self.nodes:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
                for name in filter(None, map(label, targets)):
                    found.setdefault(name, []).append(node.value)
        return found

    def dotted(self, node: ast.AST | None) -> str:
        """`functools.cache` for whatever name the program gives it, `sorted` for a builtin; empty for the program's own."""
        if isinstance(node, ast.Name):
            return "" if node.id in self.bound else self.imports.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            of = self.dotted(node.value)
            return f"{of}.{node.attr}" if of else ""
        return ""

    def decorators(self, node: Definition) -> list[str]:
        """Dotted names of what decorates a definition, with or without arguments."""
        return [self.dotted(one.func if isinstance(one, ast.Call) else one) for one in node.decorator_list]


def live_part(program: Program) -> Live:
    """What of a program's statements its tests can reach. A program without tests shows nothing."""
    pruner = _Pruner({node.attr for node in ast.walk(program.tree) if isinstance(node, ast.Attribute)})
    kept = [one for one in program.main if not isinstance(one, ast.Import | ast.ImportFrom)]
    kept = pruner.live([deepcopy(one) for one in kept])
    binds, reads = [set(names_bound_by(one)) for one in kept], [names_in([one]) for one in kept]
    needed, before = set(program.subjects), -1
    while len(needed) > before:
        before = len(needed)
        for bound, read in zip(binds, reads, strict=True):
            needed |= read if not bound or bound & needed else set()
    reached = [one for one, bound in zip(kept, binds, strict=True) if not bound or bound & needed]
    return Live(
        statements=tuple(reached) if program.subjects else (),
        tests=program.tests,
        imports=_imports(program.tree),
        bound=frozenset(_bound(program.tree)),
    )


def own(scope: Scope) -> Iterator[ast.AST]:
    """The nodes of a function or class without those of functions and classes in it; comprehensions are its own."""
    waiting: list[ast.AST] = list(scope.body) if isinstance(scope.body, list) else [scope.body]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Scope):
            waiting += ast.iter_child_nodes(node)


def inner(scope: Scope) -> list[ast.FunctionDef | ast.Lambda]:
    """The functions that stand directly in a function."""
    return [one for one in own(scope) if isinstance(one, ast.FunctionDef | ast.Lambda)]


def parameters(function: ast.FunctionDef | ast.Lambda) -> list[str]:
    given = function.args
    others = [one for one in (given.vararg, given.kwarg) if one is not None]
    return [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs, *others)]


def stored(scope: Scope) -> set[str]:
    """Names that a function binds in itself, its parameters apart."""
    names = {one.id for one in own(scope) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return names | {one.name for one in own(scope) if isinstance(one, Definition)}


def label(node: ast.AST | None) -> str | None:
    """`memo` or `self.memo`; None for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return None


def same(one: ast.AST, other: ast.AST) -> bool:
    """Whether two expressions are written alike."""
    return ast.unparse(one) == ast.unparse(other)


def returned(function: ast.FunctionDef | ast.Lambda) -> list[ast.expr]:
    """The values that a function returns; both sides of a conditional expression."""
    waiting = (
        [function.body]
        if isinstance(function, ast.Lambda)
        else [one.value for one in own(function) if isinstance(one, ast.Return) and one.value is not None]
    )
    found: list[ast.expr] = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, ast.IfExp):
            waiting += [value.body, value.orelse]
        else:
            found.append(value)
    return found


class _Pruner(ast.NodeTransformer):
    """Takes out what cannot run or has no effect; `attributes` are all that the program reads."""

    def __init__(self, attributes: set[str]) -> None:
        self.attributes = attributes

    def live(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        found: list[ast.stmt] = []
        for one in statements:
            for kept in self._instead(one):
                found.append(self.visit(kept))
                if _ends(kept):
                    return found
        return found

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("body", "orelse", "finalbody"):
            held = getattr(node, field, None)
            if isinstance(held, list):
                setattr(node, field, self.live(held))
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            self.generic_visit(part)
        if isinstance(node, Function):
            node.body = _used(node)
        if isinstance(node, ast.ClassDef):
            node.body = [one for one in node.body if not self._never_asked(one)]
        return node

    def _instead(self, statement: ast.stmt) -> list[ast.stmt]:
        if isinstance(statement, ast.If | ast.While) and _constant(statement.test):
            if not statement.test.value:
                return [kept for one in statement.orelse for kept in self._instead(one)]
            if isinstance(statement, ast.If):
                return [kept for one in statement.body for kept in self._instead(one)]
        acts = ast.Call | ast.Yield | ast.YieldFrom | ast.Await | ast.NamedExpr
        if isinstance(statement, ast.Expr) and not any(isinstance(one, acts) for one in ast.walk(statement)):
            return []  # docstrings and values that nobody takes
        return [statement]

    def _never_asked(self, statement: ast.stmt) -> bool:
        """A method that no attribute names; Python itself calls the special ones."""
        return (
            isinstance(statement, Function)
            and not statement.name.startswith("__")
            and statement.name not in self.attributes
        )


def _constant(test: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(test, ast.Constant)


def _ends(statement: ast.stmt) -> bool:
    """Whether nothing after it in its block can run."""
    if isinstance(statement, ast.If):
        return bool(statement.body and statement.orelse) and _ends(statement.body[-1]) and _ends(statement.orelse[-1])
    return isinstance(statement, LEAVES)


def _used(function: Function) -> list[ast.stmt]:
    """The body without functions in it that it never reads, and without values that it keeps and never reads."""
    shared = {name for one in ast.walk(function) if isinstance(one, ast.Global | ast.Nonlocal) for name in one.names}

    reads = [names_in([one]) for one in function.body]
    readers = Counter(name for read in [*reads, names_in(function.decorator_list)] for name in read)

    def idle(statement: ast.stmt, read: set[str]) -> bool:
        if isinstance(statement, Definition):
            names = {statement.name}
        elif isinstance(statement, ast.Assign) and all(isinstance(one, ast.Name) for one in statement.targets):
            if any(
                isinstance(one, ast.Call | ast.Yield | ast.YieldFrom | ast.NamedExpr) for one in ast.walk(statement)
            ):
                return False
            names = set(names_bound_by(statement))
        else:
            return False
        return not any(name in shared or readers[name] > (name in read) for name in names)

    return [one for one, read in zip(function.body, reads, strict=True) if not idle(one, read)]


def _imports(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                found[one.asname or one.name.partition(".")[0]] = one.name if one.asname else one.name.partition(".")[0]
        elif isinstance(node, ast.ImportFrom):
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
    return found


def _bound(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, Definition):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name is not None:
            yield node.name
