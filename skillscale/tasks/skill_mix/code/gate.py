"""What code may not even ask for: told from its syntax tree, before anything runs, with the reason.

The rules are wider than need be, so that a reader can check them: modules and names are on a list of what is allowed or are refused, and no attribute that leads
from a value into the interpreter is read. The sandbox holds without them; they make forging a result hard and tell why a text is not run.
"""

import ast
from collections.abc import Iterator

from skillscale.tasks.skill_mix.code.sandbox import MODULES

# As in jail.py, whose builtins lack them too.
WITHHELD = {
    "open",
    "exec",
    "eval",
    "compile",
    "input",
    "breakpoint",
    "help",
    "exit",
    "quit",
    "globals",
    "locals",
    "vars",
}
# Special names that code may read: what classes write for themselves, and plain facts.
READABLE = {
    f"__{name}__"
    for name in "name doc class dict init new post_init init_subclass enter exit iter next call len bool contains getitem setitem delitem missing "
    "hash eq ne lt le gt ge add radd iadd sub rsub mul rmul truediv floordiv mod pow neg abs and or xor invert lshift rshift matmul "
    "repr str format wrapped qualname annotations slots".split()
}
FRAMES = ("f_", "tb_", "gi_", "cr_", "ag_", "co_")


def refusal(tree: ast.Module) -> str | None:
    """Why the code is not run, or None where it may be."""
    return next((reason for node in ast.walk(tree) for reason in _refusals(node)), None)


def imported(tree: ast.Module) -> tuple[str, ...]:
    """The modules of MODULES that the code imports, with those that they stand in."""
    names = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    names |= {name.partition(".")[0] for name in names}
    return tuple(name for name in MODULES if name in names)


def _refusals(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _of_import(node)
    elif isinstance(node, ast.Name):
        if node.id in WITHHELD or (_special(node.id) and node.id != "__name__"):
            yield f"it uses {node.id[:40]}, which the sandbox does not have"
    elif isinstance(node, ast.Attribute):
        yield from _of_attribute(node.attr)
    elif isinstance(node, ast.MatchClass):
        for name in node.kwd_attrs:
            yield from _of_attribute(name)
    elif isinstance(node, ast.AsyncFunctionDef | ast.Await):
        yield "it is asynchronous, and the sandbox has no event loop"
    elif isinstance(node, ast.Global | ast.Nonlocal | ast.arg | ast.ExceptHandler | ast.MatchAs | ast.MatchStar):
        names = (
            node.names
            if isinstance(node, ast.Global | ast.Nonlocal)
            else [getattr(node, "arg", None) or getattr(node, "name", None)]
        )
        if any(name is not None and _special(name) for name in names):
            yield "it binds a special name"


def _of_import(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    modules = [node.module or "."] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    for name in modules:
        if name not in MODULES:
            yield f"it imports {name[:40]}, which the sandbox does not have"
    if any(_special(alias.name) or alias.name == "*" for alias in node.names):
        yield "it imports a special name or all names of a module"


def _of_attribute(name: str) -> Iterator[str]:
    if (_special(name) and name not in READABLE) or name.startswith(FRAMES):
        yield f"it reads the attribute {name[:40]}, which leads into the interpreter"


def _special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")
