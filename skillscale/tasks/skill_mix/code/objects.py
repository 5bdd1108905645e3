"""Skills of objects and types, decided by the syntax tree. Each decision says in code what the skill's definition in skills.yaml says in words."""

import ast

from skillscale.tasks.skill_mix.code.live import Live, own, parameters, returned

OPERATORS = {
    f"__{prefix}{name}__"
    for name in "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift".split()
    for prefix in ("", "r", "i")
} | {f"__{name}__" for name in "neg pos invert abs lt le gt ge".split()}


def context_manager(live: Live) -> bool:
    """A class with `__enter__` and `__exit__`, or a generator with `contextlib.contextmanager`, is used in a with statement."""
    made = {one.name for one in live.classes if {"__enter__", "__exit__"} <= _methods(one)}
    for one in live.functions:
        yields = any(isinstance(node, ast.Yield) for node in own(one))
        if yields and "contextlib.contextmanager" in live.decorators(one):
            made.add(one.name)
    everywhere = (*live.nodes, *(node for one in live.tests for node in ast.walk(one)))
    entered = [item.context_expr for node in everywhere if isinstance(node, ast.With) for item in node.items]
    used = [one.func if isinstance(one, ast.Call) else one for one in entered]
    return any(isinstance(one, ast.Name) and one.id in made for one in used)


def operator_overloading(live: Live) -> bool:
    """A class says what an operator of arithmetic, bits or order does with its objects."""
    return any(OPERATORS & _methods(one) for one in live.classes)


def iterator_protocol(live: Live) -> bool:
    """A class has `__iter__` and `__next__`."""
    return any({"__iter__", "__next__"} <= _methods(one) for one in live.classes)


def record_type(live: Live) -> bool:
    """A class whose fields are declared is made by `dataclasses.dataclass` or `typing.NamedTuple`."""
    for one in live.classes:
        made = "dataclasses.dataclass" in live.decorators(one) or "typing.NamedTuple" in map(live.dotted, one.bases)
        if made and any(isinstance(part, ast.AnnAssign) for part in one.body):
            return True
    return False


def generic_annotation(live: Live) -> bool:
    """A parameter or a returned value is annotated with a type that has types in brackets."""
    given = [
        one.annotation for function in live.functions for one in ast.walk(function.args) if isinstance(one, ast.arg)
    ]
    given += [one.returns for one in live.functions]
    return any(isinstance(part, ast.Subscript) for one in given if one is not None for part in ast.walk(one))


def alternative_constructor(live: Live) -> bool:
    """A class method returns an object that it makes by calling its class."""
    for one in live.methods:
        if "classmethod" in live.decorators(one) and parameters(one):
            made = [value.func for value in returned(one) if isinstance(value, ast.Call)]
            if any(isinstance(func, ast.Name) and func.id == parameters(one)[0] for func in made):
                return True
    return False


def _methods(owner: ast.ClassDef) -> set[str]:
    return {one.name for one in owner.body if isinstance(one, ast.FunctionDef)}
