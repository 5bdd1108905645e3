"""A student's answer as a program: the one fenced block, parsed, and told apart into the function and its tests."""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

FENCE = re.compile(r"^ {0,3}```[ \t]*(\w*)[ \t]*\n(.*?)^ {0,3}```[ \t]*$", re.MULTILINE | re.DOTALL)
LONGEST_SOURCE = 10_000  # characters; a function on 8 skills with its tests has some 2,000
DEEPEST = 60  # levels of the syntax tree, so that nothing here recurses far; a comprehension within a call within a method has 15

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class NoProgram(Exception):  # noqa: N818
    """There is no program in the answer; says why, in words that hold none of the answer's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Program:
    """`main`: the statements of the module before the tests; `tests`: the others; `subjects`: names of `main` that the tests use."""

    source: str
    tree: ast.Module
    main: tuple[ast.stmt, ...]
    tests: tuple[ast.stmt, ...]
    subjects: tuple[str, ...]


def program_of(text: str) -> Program:
    """The program in a student's text. Raises NoProgram, and nothing else whatever the text holds."""
    source = _fenced(text)
    tree = _parsed(source)
    main = _main(tree)
    tests = tuple(one for one in tree.body if one not in main)
    used = names_in(tests)
    return Program(source=source, tree=tree, main=main, tests=tests, subjects=_subjects(main, used))


def names_in(nodes: Sequence[ast.AST]) -> set[str]:
    """Every name that is read somewhere in these nodes."""
    return {
        one.id
        for node in nodes
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)
    }


def names_bound_by(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement of a module binds there: by def, class, import or assignment."""
    if isinstance(statement, Definition):
        yield statement.name
    elif isinstance(statement, ast.Import | ast.ImportFrom):
        for alias in statement.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
        for one in ast.walk(statement):
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                yield one.id


def _fenced(text: str) -> str:
    if len(text) > LONGEST_SOURCE:
        raise NoProgram(f"the answer has more than {LONGEST_SOURCE:,} characters")
    blocks = FENCE.findall(text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(blocks) != 1 or blocks[0][0].casefold() not in ("", "py", "python", "python3"):
        raise NoProgram("the answer is not one fenced block of Python" + (f", but {len(blocks)}" if blocks[1:] else ""))
    return blocks[0][1]


def _parsed(source: str) -> ast.Module:
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise NoProgram(f"the code is no Python (line {error.lineno})") from error
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise NoProgram("the code is no Python") from error
    level, depth = [tree], 0
    while level:  # level by level, for a walk that recurses would fail where the tree is too deep
        level, depth = [child for node in level for child in ast.iter_child_nodes(node)], depth + 1
        if depth > DEEPEST:
            raise NoProgram("the code is nested too deeply")
    return tree


def _is_test(statement: ast.stmt) -> bool:
    """An assert, a function `test…`, or a block that holds an assert."""
    if isinstance(statement, Definition):
        return is_test_function(statement)
    return any(isinstance(one, ast.Assert) for one in ast.walk(statement))


def is_test_function(statement: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    """A function that is a test by its name, as for pytest."""
    return isinstance(statement, ast.FunctionDef) and statement.name.startswith("test")


def _main(tree: ast.Module) -> tuple[ast.stmt, ...]:
    """Imports, functions and classes, what is made of functions (`double = partial(scale, 2)`), and statements that set names which these read."""
    own = {one.name for one in tree.body if isinstance(one, Definition) and not is_test_function(one)}
    defining = [one for one in tree.body if _defines(one, own)]
    read = {name for one in defining for name in _read_from_outside(one)}
    setting = [one for one in tree.body if not _is_test(one) and _sets(one) & read]
    return tuple(one for one in tree.body if one in defining or one in setting)


def _defines(statement: ast.stmt, own: set[str]) -> bool:
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return True
    if isinstance(statement, Definition):
        return not is_test_function(statement)
    return isinstance(statement, ast.Assign | ast.AnnAssign) and _holds_a_function(statement, own)


def _holds_a_function(statement: ast.stmt, own: set[str]) -> bool:
    """Whether a lambda or a function of the program stands in it as a value, and is not merely called."""
    nodes = list(ast.walk(statement))
    called = {id(one.func) for one in nodes if isinstance(one, ast.Call)}
    return any(
        isinstance(one, ast.Lambda) or (isinstance(one, ast.Name) and one.id in own and id(one) not in called)
        for one in nodes
    )


def _read_from_outside(statement: ast.stmt) -> set[str]:
    """Names that a statement reads and does not bind somewhere in itself."""
    bound = {one.id for one in ast.walk(statement) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return names_in([statement]) - bound - {one.arg for one in ast.walk(statement) if isinstance(one, ast.arg)}


def _sets(statement: ast.stmt) -> set[str]:
    """Names that a statement binds, and names of what it puts something into."""
    found: set[str] = set()
    for one in ast.walk(statement):
        if isinstance(one, ast.Name | ast.Attribute | ast.Subscript) and isinstance(one.ctx, ast.Store):
            target: ast.expr = one
            while isinstance(target, ast.Attribute | ast.Subscript):
                target = target.value
            found |= {target.id} if isinstance(target, ast.Name) else set()
    return found


def _subjects(main: Sequence[ast.stmt], used: set[str]) -> tuple[str, ...]:
    """What the tests are about: functions of the program that they use; without one, classes, and names of what is made of functions."""
    own = [one.name for one in main if isinstance(one, Definition)]
    functions = [one.name for one in main if isinstance(one, Function)]
    made = [name for one in main if _holds_a_function(one, set(own)) for name in names_bound_by(one)]
    found = [name for name in functions if name in used] or [name for name in (*own, *made) if name in used]
    return tuple(dict.fromkeys(found))
