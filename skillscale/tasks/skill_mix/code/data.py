"""Skills of data, decided by the syntax tree. Each decision says in code what the skill's definition in skills.yaml says in words."""

import ast
from collections.abc import Callable, Iterable

from skillscale.tasks.skill_mix.code.live import Live, label, same

METACHARACTERS = set(r"\.[](){}*+?|^$")
SEARCHES = {
    f"re.{name}" for name in ("compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn")
}
FUNCTIONS = {
    "abs",
    "all",
    "any",
    "bool",
    "float",
    "int",
    "len",
    "list",
    "max",
    "min",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
}


def list_comprehension(live: Live) -> bool:
    """A list is built by [… for … in …]."""
    return any(isinstance(one, ast.ListComp) for one in live.nodes)


def dictionary_comprehension(live: Live) -> bool:
    """A dictionary is built by {…: … for … in …}."""
    return any(isinstance(one, ast.DictComp) for one in live.nodes)


def slicing(live: Live) -> bool:
    """A part of a sequence is taken by [a:b] with at least one bound or step."""
    return any(
        isinstance(one, ast.Subscript)
        and isinstance(one.ctx, ast.Load)
        and isinstance(one.slice, ast.Slice)
        and (one.slice.lower or one.slice.upper or one.slice.step) is not None
        for one in live.nodes
    )


def starred_unpacking(live: Live) -> bool:
    """A starred name takes what is left over where a sequence is taken apart by assignment or by for."""
    return any(isinstance(one, ast.Starred) and isinstance(one.ctx, ast.Store) for one in live.nodes)


def set_membership(live: Live) -> bool:
    """`in` or `not in` asks a set, written there, or a name that a set is assigned to or that is annotated as one."""

    def is_set(node: ast.AST) -> bool:
        return isinstance(node, ast.Set | ast.SetComp) or (
            isinstance(node, ast.Call) and live.dotted(node.func) in ("set", "frozenset")
        )

    named = {name for name, values in live.assigned.items() if any(map(is_set, values))}
    for node in live.nodes:
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            of = node.annotation.value if isinstance(node.annotation, ast.Subscript) else node.annotation
            if live.dotted(of) in ("set", "frozenset"):
                named.add((node.arg if isinstance(node, ast.arg) else label(node.target)) or "")
    asked = [
        value
        for one in live.nodes
        if isinstance(one, ast.Compare)
        for op, value in zip(one.ops, one.comparators, strict=True)
        if isinstance(op, ast.In | ast.NotIn)
    ]
    return any(is_set(one) or label(one) in named for one in asked)


def dictionary_dispatch(live: Live) -> bool:
    """What is looked up in a dictionary of two or more functions is called."""
    own_functions = {one.name for one in live.functions}

    def is_function(node: ast.AST) -> bool:
        name = live.dotted(node)
        own = isinstance(node, ast.Name) and node.id in own_functions
        return (
            isinstance(node, ast.Lambda) or own or name in FUNCTIONS or name.startswith(("operator.", "math.", "str."))
        )

    def is_table(node: ast.AST) -> bool:
        return isinstance(node, ast.Dict) and len(node.values) > 1 and all(map(is_function, node.values))

    tables = {name for name, values in live.assigned.items() if any(map(is_table, values))}

    def looked_up(node: ast.AST) -> bool:
        if isinstance(node, ast.Subscript):
            return is_table(node.value) or label(node.value) in tables
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            return is_table(node.func.value) or label(node.func.value) in tables
        return False

    found = {name for name, values in live.assigned.items() if any(map(looked_up, values))}
    return any(looked_up(one.func) or label(one.func) in found for one in live.calls)


def frequency_count(live: Live) -> bool:
    """`collections.Counter` counts, or a dictionary's entry is raised by one: `d[k] = d.get(k, 0) + 1`, `d[k] += 1` in a `defaultdict(int)`."""
    counters = {
        name
        for name, values in live.assigned.items()
        for one in values
        if isinstance(one, ast.Call)
        and live.dotted(one.func) == "collections.defaultdict"
        and one.args
        and live.dotted(one.args[0]) == "int"
    }
    for node in live.nodes:
        if isinstance(node, ast.Call) and live.dotted(node.func) == "collections.Counter" and node.args:
            return True
        if isinstance(node, ast.AugAssign) and _adds_to(node) in counters:
            return True
        if isinstance(node, ast.Assign) and _raises_an_entry(node):
            return True
    return False


def _adds_to(node: ast.AugAssign) -> str | None:
    """The name of what is changed by `name[…] += …`."""
    adds = isinstance(node.op, ast.Add) and isinstance(node.target, ast.Subscript)
    return label(node.target.value) if adds and isinstance(node.target, ast.Subscript) else None


def _raises_an_entry(node: ast.Assign) -> bool:
    """`d[k] = d.get(k, 0) + 1`."""
    target, value = node.targets[0], node.value
    if not (isinstance(target, ast.Subscript) and isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add)):
        return False
    got = value.left
    if not (isinstance(got, ast.Call) and isinstance(got.func, ast.Attribute) and got.func.attr == "get"):
        return False
    of = label(target.value)
    return of is not None and label(got.func.value) == of and len(got.args) == 2 and same(got.args[0], target.slice)


def sorting_by_key(live: Live) -> bool:
    """`sorted` or `.sort` is given a key."""
    return any(
        any(word.arg == "key" for word in one.keywords)
        and (live.dotted(one.func) == "sorted" or (isinstance(one.func, ast.Attribute) and one.func.attr == "sort"))
        for one in live.calls
    )


def stack(live: Live) -> bool:
    """A list is appended to, and popped at its end."""
    lists = _named(live, lambda one: isinstance(one, ast.List) or _is_call(live, one, "list"))
    popped = [one for one in live.calls if not one.args or _is_minus_one(one.args[0])]
    return bool(lists & _asked(live.calls, "append") & _asked(popped, "pop"))


def queue(live: Live) -> bool:
    """A `collections.deque` is filled at one end and emptied at the other."""
    ends = _named(live, lambda one: _is_call(live, one, "collections.deque"))
    right = (_asked(live.calls, "append") | _asked(live.calls, "extend")) & _asked(live.calls, "popleft")
    left = (_asked(live.calls, "appendleft") | _asked(live.calls, "extendleft")) & _asked(live.calls, "pop")
    # What stands in the queue from its start counts as filled only where more is put in later: else a list would do.
    return bool(ends & (right | left))


def heap(live: Live) -> bool:
    """The smallest is taken from a list in heap order by the functions of `heapq`."""
    takes = {"heapq.heappop", "heapq.heappushpop", "heapq.heapreplace"}
    return any(live.dotted(one.func) in takes for one in live.calls)


def string_formatting(live: Live) -> bool:
    """A value is written by a format specification: after a colon in an f-string or in a text with `.format`, or by `format(value, …)`."""
    for node in live.nodes:
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            return True
        if isinstance(node, ast.Call):
            of = node.func.value if isinstance(node.func, ast.Attribute) and node.func.attr == "format" else None
            if isinstance(of, ast.Constant) and isinstance(of.value, str) and ":" in of.value and "{" in of.value:
                return True
            if live.dotted(node.func) == "format" and len(node.args) == 2:
                return True
    return False


def regular_expression(live: Live) -> bool:
    """A function of `re` is given a pattern that is more than plain characters."""
    patterns = [one.args[0] for one in live.calls if live.dotted(one.func) in SEARCHES and one.args]
    patterns += [value for one in patterns for value in live.assigned.get(label(one) or "", [])]
    return any(METACHARACTERS & set(part.value) for one in patterns for part in ast.walk(one) if _is_text(part))


def bit_manipulation(live: Live) -> bool:
    """Integers are shifted or inverted, or joined by &, | or ^ with an integer, a shift, or a name that holds an integer from a literal."""
    numbers = _named(live, _is_integer)

    def is_bits(node: ast.AST) -> bool:
        shift = isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift | ast.RShift)
        return _is_integer(node) or shift or label(node) in numbers

    for node in live.nodes:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
            return True
        if isinstance(node, ast.BinOp | ast.AugAssign):
            if isinstance(node.op, ast.LShift | ast.RShift):
                return True
            sides = (node.left, node.right) if isinstance(node, ast.BinOp) else (node.target, node.value)
            if isinstance(node.op, ast.BitAnd | ast.BitOr | ast.BitXor) and any(map(is_bits, sides)):
                return True
    return False


def _named(live: Live, is_one: Callable[[ast.AST], bool]) -> set[str]:
    return {name for name, values in live.assigned.items() if any(map(is_one, values))}


def _asked(calls: Iterable[ast.Call], method: str) -> set[str]:
    """The names whose method of that name is called."""
    asked = (label(one.func.value) for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr == method)
    return {one for one in asked if one is not None}


def _is_call(live: Live, node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Call) and live.dotted(node.func) == name


def _is_minus_one(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.UnaryOp)
        and isinstance(node.op, ast.USub)
        and isinstance(node.operand, ast.Constant)
        and node.operand.value == 1
    )


def _is_integer(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
