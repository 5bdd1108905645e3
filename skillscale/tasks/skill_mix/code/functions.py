"""Skills of functions, decided by the syntax tree. Each decision says in code what the skill's definition in skills.yaml says in words."""

import ast
from collections.abc import Iterator

from skillscale.tasks.skill_mix.code.live import Live, inner, label, own, parameters, returned, same, stored
from skillscale.tasks.skill_mix.code.program import names_in

CACHES = {"functools.cache", "functools.lru_cache"}


def recursion(live: Live) -> bool:
    """A function calls itself by its own name."""
    return any(next(own_calls(live, one), None) is not None for one in live.functions)


def own_calls(live: Live, function: ast.FunctionDef) -> Iterator[ast.Call]:
    """The calls of a function to itself, by its name or as a method of its own object; none where the name means something else in it."""
    given = parameters(function)
    shadowed = function.name in {*given, *stored(function)}
    for node in own(function):
        if not isinstance(node, ast.Call):
            continue
        if function in live.methods:
            if given and label(node.func) == f"{given[0]}.{function.name}":
                yield node
        elif isinstance(node.func, ast.Name) and node.func.id == function.name and not shadowed:
            yield node


def tail_accumulator(live: Live) -> bool:
    """A call to itself is all that is returned, and hands on, worked further, a parameter that another return gives back."""
    for function in live.functions:
        calls = list(own_calls(live, function))
        values = returned(function)
        names = parameters(function)[1 if function in live.methods else 0 :]
        for call in (one for one in values if one in calls and isinstance(one, ast.Call)):
            handed = dict(zip(names, call.args, strict=False)) | {
                one.arg: one.value for one in call.keywords if one.arg
            }
            grown = {
                name for name, value in handed.items() if not isinstance(value, ast.Name) and name in names_in([value])
            }
            if any(grown & names_in([one]) for one in values if not set(ast.walk(one)) & set(calls)):
                return True
    return False


def memoisation(live: Live) -> bool:
    """`functools.cache` or `lru_cache` is put on a function, or a function looks an argument up in a mapping that outlives the call and fills it."""
    if any(CACHES & set(live.decorators(one)) for one in live.functions):
        return True
    if any(live.dotted(one.func) in CACHES and one.args and isinstance(one.args[0], ast.Name) for one in live.calls):
        return True
    return any(_remembers(one) for one in live.functions)


def _remembers(function: ast.FunctionDef) -> bool:
    """`if n in memo` or `memo.get(n)`; `memo[n] = …`; and `memo[n]` or what was got is returned."""
    nodes = list(own(function))
    filled = [one for one in nodes if isinstance(one, ast.Subscript) and isinstance(one.ctx, ast.Store)]
    looked = [
        (one.comparators[0], one.left)
        for one in nodes
        if isinstance(one, ast.Compare) and isinstance(one.ops[0], ast.In | ast.NotIn)
    ]
    looked += [
        (one.func.value, one.args[0])
        for one in nodes
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute) and one.func.attr == "get" and one.args
    ]
    back = [
        part for value in returned(function) for part in ast.walk(value) if isinstance(part, ast.Subscript | ast.Name)
    ]
    for one in filled:
        memo = label(one.value)
        from_outside = memo is not None and memo not in stored(function)
        by_argument = bool(names_in([one.slice]) & set(parameters(function)))
        seen = any(label(of) == memo and same(key, one.slice) for of, key in looked)
        given = any(
            isinstance(part, ast.Name) or (label(part.value) == memo and same(part.slice, one.slice)) for part in back
        )
        if from_outside and by_argument and seen and given:
            return True
    return False


def closure(live: Live) -> bool:
    """A function within a function reads or changes a variable of the outer one, and is returned, yielded or kept in an object."""
    for outer in live.functions:
        held = {*parameters(outer), *stored(outer)}
        kept = _kept(outer)
        for one in inner(outer):
            name = one.name if isinstance(one, ast.FunctionDef) else None
            escapes = any(value is one or (isinstance(value, ast.Name) and value.id == name) for value in kept)
            if escapes and _free(one) & (held - {name}):
                return True
    return False


def _free(function: ast.FunctionDef | ast.Lambda) -> set[str]:
    """Names that a function reads or changes and does not bind."""
    body = function.body if isinstance(function.body, list) else [function.body]
    shared = {name for one in own(function) if isinstance(one, ast.Nonlocal) for name in one.names}
    read = {one for part in body for one in names_in([part])}
    return (read - set(parameters(function)) - stored(function)) | shared


def _kept(function: ast.FunctionDef) -> list[ast.expr]:
    """What leaves a function as a value: returned, yielded or kept in an object, also in a tuple, list or dictionary."""
    waiting = returned(function)
    for node in own(function):
        if isinstance(node, ast.Yield) and node.value is not None:
            waiting.append(node.value)
        if isinstance(node, ast.Assign):
            named = {one.id for one in node.targets if isinstance(one, ast.Name)}
            outside = any(isinstance(one, ast.Attribute) for one in node.targets)
            if outside or named & names_in(returned(function)):
                waiting.append(node.value)
    found: list[ast.expr] = []
    while waiting:
        value = waiting.pop()
        found.append(value)
        if isinstance(value, ast.Tuple | ast.List | ast.Dict):
            waiting += value.values if isinstance(value, ast.Dict) else value.elts
    return found


def higher_order_function(live: Live) -> bool:
    """A function that is not used with @ calls one of its parameters."""
    with_at = _used_with_at(live)
    for function in live.functions:
        given = parameters(function)[1 if function in live.methods else 0 :]
        called = {
            one.func.id for one in ast.walk(function) if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
        }
        if function.name not in with_at and set(given) & called - stored(function):
            return True
    return False


def lambda_argument(live: Live) -> bool:
    """A lambda stands among the arguments of a call."""
    return any(
        isinstance(one, ast.Lambda)
        for call in live.calls
        for one in (*call.args, *(word.value for word in call.keywords))
    )


def decorator(live: Live) -> bool:
    """A function of the program itself is put before another one with @."""
    with_at = _used_with_at(live)
    return any(one.name in with_at and parameters(one) for one in live.functions)


def _used_with_at(live: Live) -> set[str]:
    used = [mark.func if isinstance(mark, ast.Call) else mark for one in live.functions for mark in one.decorator_list]
    return {one.id for one in used if isinstance(one, ast.Name)}


def generator(live: Live) -> bool:
    """A function yields; one that `contextlib.contextmanager` decorates is none."""
    return any(
        "contextlib.contextmanager" not in live.decorators(function)
        and any(isinstance(one, ast.Yield | ast.YieldFrom) for one in own(function))
        for function in live.functions
    )


def partial_application(live: Live) -> bool:
    """`functools.partial` fixes at least one argument."""
    return any(
        live.dotted(one.func) == "functools.partial" and len(one.args) + len(one.keywords) > 1 for one in live.calls
    )


def variadic_arguments(live: Live) -> bool:
    """A function has *name or **name among its parameters and reads it."""
    for function in live.functions:
        names = {one.arg for one in (function.args.vararg, function.args.kwarg) if one is not None}
        if names & names_in(function.body):
            return True
    return False
