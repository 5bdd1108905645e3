"""Each skill that the syntax tree decides: shown, not shown, nearly shown, and only pretended (text, comment, dead code)."""

import pytest

from skillscale.tasks.skill_mix.code.code_kind import CodeKind
from skillscale.tasks.skill_mix.code.program import program_of
from skillscale.tasks.skill_mix.code.sandbox import Limits
from skillscale.tasks.skill_mix.code.size import most_statements, statements_of
from skillscale.tasks.skill_mix.code.syntax import DECISIONS, shown_skills
from skillscale.tasks.skill_mix.code.works import why_not

# Skill → programs that show it, each with its test.
SHOWN: dict[str, list[str]] = {
    "alternative constructor": [
        "class P:\n    def __init__(self, x): self.x = x\n    @classmethod\n    def twice(cls, x): return cls(2 * x)\n"
        "def f(x): return P.twice(x).x\nassert f(2) == 4",
    ],
    "assignment expression": [
        "def f(xs):\n    if (n := len(xs)) > 2: return n\n    return 0\nassert f([1, 2, 3]) == 3",
        "def f(xs): return [y for x in xs if (y := x * x) > 3]\nassert f([1, 2]) == [4]",
    ],
    "bit manipulation": [
        "def f(n): return n & (n - 1) == 0 or n >> 1\nassert f(4) is True",
        "def f(xs):\n    odd = 0\n    for x in xs: odd ^= x\n    return odd\nassert f([3, 4, 3]) == 4",
        "def f(n): return ~n\nassert f(0) == -1",
        "def f(n): return n & 1\nassert f(3) == 1",
    ],
    "chained comparison": ["def f(h): return 0 <= h < 24\nassert f(3) and not f(24)"],
    "closure": [
        "def f(k): return lambda x: k * x\nassert f(2)(3) == 6",
        "def f():\n    n = 0\n    def step():\n        nonlocal n\n        n += 1\n        return n\n    return step\nassert f()() == 1",
        "def f(k):\n    add = lambda x: x + k\n    return add, k\nassert f(1)[0](1) == 2",
    ],
    "conditional expression": ["def f(n): return 'ebb' if n < 6 else 'flood'\nassert f(3) == 'ebb'"],
    "context manager": [
        "class Lock:\n    def __enter__(self): return 1\n    def __exit__(self, *error): return None\n"
        "def f():\n    with Lock() as x: return x\nassert f() == 1",
        "from contextlib import contextmanager\n@contextmanager\ndef f(log):\n    log.append('in')\n    yield log\n    log.append('out')\n"
        "def test_it():\n    log = []\n    with f(log): pass\n    assert log == ['in', 'out']",
    ],
    "decorator": [
        "def loud(g):\n    return lambda x: g(x).upper()\n@loud\ndef f(x): return x\nassert f('a') == 'A'",
        "from functools import wraps\ndef times(n):\n    def outer(g):\n        @wraps(g)\n        def inner(x): return n * g(x)\n"
        "        return inner\n    return outer\n@times(3)\ndef f(x): return x\nassert f(2) == 6",
    ],
    "dictionary comprehension": ["def f(xs): return {x: len(x) for x in xs}\nassert f(['ab']) == {'ab': 2}"],
    "dictionary dispatch": [
        "def f(word, x): return {'up': abs, 'down': lambda y: -y}[word](x)\nassert f('down', 2) == -2",
        "import operator\nRULES = {'+': operator.add, '-': operator.sub}\ndef f(a, op, b):\n    rule = RULES.get(op)\n    return rule(a, b)\n"
        "assert f(1, '-', 2) == -1",
        "def up(x): return x + 1\ndef down(x): return x - 1\nMOVES = {'u': up, 'd': down}\ndef f(s, x): return MOVES[s](x)\nassert f('u', 1) == 2",
    ],
    "exception handling": [
        "def f(s):\n    try: return int(s)\n    except ValueError: return 0\nassert f('x') == 0",
    ],
    "frequency count": [
        "from collections import Counter\ndef f(xs): return Counter(xs).most_common(1)[0][0]\nassert f('aab') == 'a'",
        "def f(xs):\n    n = {}\n    for x in xs: n[x] = n.get(x, 0) + 1\n    return n\nassert f('aab') == {'a': 2, 'b': 1}",
        "from collections import defaultdict\ndef f(xs):\n    n = defaultdict(int)\n    for x in xs: n[x] += 1\n    return dict(n)\n"
        "assert f('aab') == {'a': 2, 'b': 1}",
    ],
    "generator": [
        "def f(n):\n    for i in range(n): yield i * i\nassert list(f(3)) == [0, 1, 4]",
        "def f(xs): yield from reversed(xs)\nassert list(f([1, 2])) == [2, 1]",
    ],
    "generic annotation": [
        "def f(xs: list[int]): return sum(xs)\nassert f([1]) == 1",
        "from typing import TypeVar\nT = TypeVar('T')\ndef f(x: T) -> tuple[T, T]: return (x, x)\nassert f(1) == (1, 1)",
    ],
    "guard clause": ["def f(xs):\n    if not xs: return 0\n    return max(xs)\nassert f([]) == 0"],
    "heap": [
        "import heapq\ndef f(xs):\n    heapq.heapify(xs)\n    return heapq.heappop(xs)\nassert f([3, 1]) == 1",
        "from heapq import heappush as put, heappop as take\ndef f(xs):\n    h = []\n    for x in xs: put(h, x)\n    return take(h)\nassert f([3, 1]) == 1",
    ],
    "higher-order function": [
        "def f(step, x): return step(step(x))\nassert f(abs, -2) == 2",
        "def f(step): return lambda x: step(x) + 1\nassert f(abs)(-2) == 3",
    ],
    "iterator protocol": [
        "class F:\n    def __iter__(self): return self\n    def __next__(self): return 1\ndef f(): return next(iter(F()))\nassert f() == 1",
    ],
    "lambda argument": [
        "def f(xs): return list(map(lambda x: x + 1, xs))\nassert f([1]) == [2]",
        "def f(xs): return max(xs, key=lambda x: -x)\nassert f([1, 2]) == 1",
    ],
    "list comprehension": ["def f(xs): return [x + 1 for x in xs]\nassert f([1]) == [2]"],
    "loop else": [
        "def f(xs):\n    for x in xs:\n        if x < 0: break\n    else:\n        return 'dry'\n    return 'wet'\nassert f([1]) == 'dry'",
    ],
    "memoisation": [
        "from functools import lru_cache\n@lru_cache(maxsize=None)\ndef f(n): return n if n < 2 else f(n - 1) + f(n - 2)\nassert f(9) == 34",
        "import functools as ft\n@ft.cache\ndef f(n): return n + 1\nassert f(1) == 2",
        "def f(n, memo={}):\n    if n not in memo: memo[n] = n * n\n    return memo[n]\nassert f(3) == 9",
        "KEPT = {}\ndef f(n):\n    if n in KEPT: return KEPT[n]\n    KEPT[n] = n * n\n    return KEPT[n]\nassert f(3) == 9",
        "class S:\n    def __init__(self): self.kept = {}\n    def of(self, n):\n        if n not in self.kept: self.kept[n] = n * n\n        return self.kept[n]\n"
        "def f(n): return S().of(n)\nassert f(3) == 9",
    ],
    "operator overloading": [
        "class K:\n    def __init__(self, n): self.n = n\n    def __add__(self, other): return K(self.n + other.n)\n"
        "def f(a, b): return (K(a) + K(b)).n\nassert f(1, 2) == 3",
    ],
    "partial application": [
        "from functools import partial\ndef f(n): return partial(pow, 2)(n)\nassert f(3) == 8",
        "import functools\ndef g(a, b): return a * b\nf = functools.partial(g, b=2)\nassert f(4) == 8",
    ],
    "precondition check": [
        "def f(n):\n    if n < 0: raise ValueError(n)\n    return n + 1\nassert f(1) == 2",
        "def f(n):\n    assert n >= 0\n    return n + 1\nassert f(1) == 2",
    ],
    "queue": [
        "from collections import deque\ndef f(xs):\n    line = deque()\n    for x in xs: line.append(x)\n    return line.popleft()\nassert f([1, 2]) == 1",
    ],
    "record type": [
        "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass B:\n    n: int\ndef f(n): return B(n)\nassert f(1) == f(1) and f(1).n == 1",
        "from typing import NamedTuple\nclass B(NamedTuple):\n    n: int\ndef f(n): return B(n).n\nassert f(1) == 1",
    ],
    "recursion": [
        "def f(n): return 1 if n < 2 else n * f(n - 1)\nassert f(3) == 6",
        "def f(n):\n    def g(m): return 0 if m == 0 else 1 + g(m - 1)\n    return g(n)\nassert f(3) == 3",
        "class T:\n    def down(self, n): return n if n < 1 else self.down(n - 1)\ndef f(n): return T().down(n)\nassert f(3) == 0",
    ],
    "regular expression": [
        r"import re" "\n" r"def f(s): return re.findall(r'\d+', s)" "\nassert f('a1b22') == ['1', '22']",
        r"import re" "\n" r"PART = re.compile('[A-Z]')" "\ndef f(s): return PART.sub('', s)\nassert f('aBc') == 'ac'",
    ],
    "set membership": [
        "def f(x): return x in {'oak', 'elm'}\nassert f('oak') and not f('yew')",
        "def f(xs):\n    seen = set()\n    for x in xs:\n        if x in seen: return x\n        seen.add(x)\nassert f([1, 2, 1]) == 1",
    ],
    "slicing": [
        "def f(xs): return xs[1:-1]\nassert f([1, 2, 3]) == [2]",
        "def f(s): return s[::-1]\nassert f('ab') == 'ba'",
    ],
    "sorting by key": [
        "def f(xs): return sorted(xs, key=len)\nassert f(['ab', 'a']) == ['a', 'ab']",
        "def f(xs):\n    xs.sort(key=abs)\n    return xs\nassert f([-2, 1]) == [1, -2]",
    ],
    "stack": [
        "def f(s):\n    open_ones = []\n    for c in s:\n        if c == '(': open_ones.append(c)\n        else: open_ones.pop()\n"
        "    return not open_ones\nassert f('()') and not f('((')",
    ],
    "starred unpacking": [
        "def f(xs):\n    first, *rest = xs\n    return first, rest\nassert f([1, 2, 3]) == (1, [2, 3])",
        "def f(rows): return [len(b) for a, *b in rows]\nassert f([(1, 2)]) == [1]",
    ],
    "string formatting": [
        "def f(x): return f'{x:>6.2f}'\nassert f(1) == '  1.00'",
        "def f(x): return '{:03d}'.format(x)\nassert f(7) == '007'",
        "def f(x): return format(x, '08b')\nassert f(5) == '00000101'",
    ],
    "structural pattern matching": [
        "def f(x):\n    match x:\n        case [a, *rest]: return a\n        case _: return 0\nassert f([4, 5]) == 4",
        "def f(x):\n    match x:\n        case {'n': n}: return n\nassert f({'n': 2}) == 2",
    ],
    "tail accumulator": [
        "def f(n, acc=1): return acc if n < 2 else f(n - 1, acc * n)\nassert f(4) == 24",
        "def f(xs, out=()):\n    if not xs: return list(out)\n    return f(xs[1:], out=(*out, xs[0]))\nassert f([1, 2]) == [1, 2]",
    ],
    "variadic arguments": [
        "def f(*words): return max(words, key=len)\nassert f('a', 'bb') == 'bb'",
        "def f(**stock): return sum(stock.values())\nassert f(a=1, b=2) == 3",
    ],
}

# Skill → programs that do not show it: without it, and near misses.
NOT_SHOWN: dict[str, list[str]] = {
    "alternative constructor": [
        "class P:\n    @classmethod\n    def size(cls, x): return 2 * x\ndef f(x): return P.size(x)\nassert f(2) == 4",
        "class P:\n    @staticmethod\n    def make(): return P()\ndef f(): return P.make()\nassert f()",
    ],
    "assignment expression": [
        "def f(xs):\n    n = len(xs)\n    return n\nassert f([1]) == 1",
        "def f(xs): return (n := len(xs))\nassert f([1]) == 1",
    ],
    "bit manipulation": [
        "def f(a, b): return set(a) & set(b)\nassert f('ab', 'b') == {'b'}",
        "def f(a: dict, b: dict): return a | b\nassert f({1: 1}, {2: 2}) == {1: 1, 2: 2}",
        "def f(a, b): return a and b or 1\nassert f(0, 1) == 1",
    ],
    "chained comparison": [
        "def f(h): return h >= 0 and h < 24\nassert f(3)",
        "def f(a, b): return a not in b in [b]\nassert f(1, [2])",
    ],
    "closure": [
        "def f(k): return lambda x: 2 * x\nassert f(2)(3) == 6",
        "def f(k, xs): return sorted(xs, key=lambda x: abs(x - k))\nassert f(2, [5, 2]) == [2, 5]",
        "def f(k):\n    def g(x): return k * x\n    return g(3)\nassert f(2) == 6",
        "def f(k): return lambda k: k\nassert f(2)(3) == 3",
    ],
    "conditional expression": [
        "def f(n):\n    if n < 6: return 'ebb'\n    return 'flood'\nassert f(3) == 'ebb'",
        "def f(n): return 1 if True else n\nassert f(3) == 1",
        "def f(xs): return [x for x in xs if x]\nassert f([0, 1]) == [1]",
    ],
    "context manager": [
        "from contextlib import suppress\ndef f():\n    with suppress(ValueError): return int('x')\n    return 0\nassert f() is None or True",
        "class Lock:\n    def __enter__(self): return 1\n    def __exit__(self, *error): return None\ndef f(): return Lock() and 1\nassert f() == 1",
        "class Lock:\n    def __enter__(self): return 1\ndef f(): return Lock().__enter__()\nassert f() == 1",
    ],
    "decorator": [
        "from functools import cache\n@cache\ndef f(n): return n + 1\nassert f(1) == 2",
        "def loud(g): return lambda x: g(x).upper()\ndef g(x): return x\nf = loud(g)\nassert f('a') == 'A'",
    ],
    "dictionary comprehension": [
        "def f(xs): return {len(x) for x in xs}\nassert f(['ab']) == {2}",
        "def f(xs): return dict((x, 1) for x in xs)\nassert f('a') == {'a': 1}",
    ],
    "dictionary dispatch": [
        "def f(word): return {'up': 1, 'down': -1}[word]\nassert f('up') == 1",
        "def f(word, x): return {'up': abs, 'down': int}[word]\nassert f('up', 1) is abs",
        "def f(word, x): return {'up': abs}[word](x)\nassert f('up', -1) == 1",
    ],
    "exception handling": [
        "def f(s):\n    try: return int(s)\n    finally: pass\nassert f('1') == 1",
        "def f(s):\n    try: return int(s)\n    except: return 0\nassert f('x') == 0",
        "def f(s):\n    x = 0\n    try: x = int(s)\n    except ValueError: pass\n    return x\nassert f('x') == 0",
    ],
    "frequency count": [
        "def f(xs):\n    n = 0\n    for x in xs: n += 1\n    return n\nassert f('ab') == 2",
        "from collections import defaultdict\ndef f(xs):\n    n = defaultdict(list)\n    for x in xs: n[x] += [1]\n    return dict(n)\nassert f('a') == {'a': [1]}",
        "def f(d, k): return d.get(k, 0) + 1\nassert f({}, 1) == 1",
    ],
    "generator": [
        "def f(n): return list(i * i for i in range(n))\nassert f(2) == [0, 1]",
        "from contextlib import contextmanager\n@contextmanager\ndef f(): yield 1\nwith f() as x: assert x == 1",
    ],
    "generic annotation": [
        "def f(xs: list) -> int: return xs[0]\nassert f([1]) == 1",
        "def f(xs: 'list[int]') -> int: return xs[0]\nassert f([1]) == 1",
        "def f(xs):\n    y: list[int] = xs\n    return y\nassert f([1]) == [1]",
    ],
    "guard clause": [
        "def f(xs):\n    if not xs: return 0\n    else: return max(xs)\nassert f([]) == 0",
        "def f(xs):\n    n = 1\n    if not xs: return 0\n    return n\nassert f([]) == 0",
        "def f(n):\n    if n < 0: raise ValueError\n    return n\nassert f(1) == 1",
    ],
    "heap": [
        "import heapq\ndef f(xs): return heapq.nsmallest(1, xs)\nassert f([2, 1]) == [1]",
        "def heappop(xs): return xs.pop()\ndef f(xs): return heappop(xs)\nassert f([2, 1]) == 1",
    ],
    "higher-order function": [
        "def f(x): return abs(abs(x))\nassert f(-1) == 1",
        "def f(step, x): return [step, x]\nassert f(1, 2) == [1, 2]",
        "def loud(g): return lambda x: g(x).upper()\n@loud\ndef f(x): return x\nassert f('a') == 'A'",
        "class P:\n    @classmethod\n    def of(cls): return cls()\ndef f(): return P.of()\nassert f()",
    ],
    "iterator protocol": [
        "class F:\n    def __iter__(self): return iter([1])\ndef f(): return list(F())\nassert f() == [1]",
        "class F:\n    def __next__(self): return 1\ndef f(): return next(F())\nassert f() == 1",
    ],
    "lambda argument": [
        "g = lambda x: x + 1\ndef f(xs): return list(map(g, xs))\nassert f([1]) == [2]",
        "def f(k): return lambda x: x\nassert f(1)(2) == 2",
    ],
    "list comprehension": [
        "def f(xs): return list(x + 1 for x in xs)\nassert f([1]) == [2]",
        "def f(xs): return sum(xs)\nassert f([x for x in [1]]) == 1",
    ],
    "loop else": [
        "def f(xs):\n    for x in xs: pass\n    else: return 1\nassert f([]) == 1",
        "def f(xs):\n    for x in xs:\n        for y in xs: break\n    else: return 1\nassert f([]) == 1",
    ],
    "memoisation": [
        "def f(xs):\n    n = {}\n    for x in xs:\n        if x not in n: n[x] = 0\n        n[x] += 1\n    return n\nassert f('a') == {'a': 1}",
        "def cache(g): return g\n@cache\ndef f(n): return n + 1\nassert f(1) == 2",
        "def f(n, log=[]):\n    log.append(n)\n    return n\nassert f(1) == 1",
    ],
    "operator overloading": [
        "class K:\n    def __init__(self, n): self.n = n\n    def __eq__(self, other): return self.n == other.n\ndef f(n): return K(n) == K(n)\nassert f(1)",
        "class K:\n    def add(self, n): return n + 1\ndef f(n): return K().add(n)\nassert f(1) == 2",
    ],
    "partial application": [
        "def partial(g, x): return lambda y: g(x, y)\ndef f(n): return partial(pow, 2)(n)\nassert f(3) == 8",
        "from functools import partial\ndef f(n): return partial(abs)(n)\nassert f(-3) == 3",
    ],
    "precondition check": [
        "def f(n):\n    if n < 0: return 0\n    return n + 1\nassert f(1) == 2",
        "def f(n):\n    x = n + 1\n    assert x\n    return x\nassert f(1) == 2",
        "LIMIT = 3\ndef f(n):\n    assert LIMIT == 3\n    return n\nassert f(1) == 1",
    ],
    "queue": [
        "def f(xs):\n    line = []\n    line.append(1)\n    return line.pop(0)\nassert f([]) == 1",
        "from collections import deque\ndef f(x):\n    line = deque()\n    line.append(x)\n    return line.pop()\nassert f(1) == 1",
    ],
    "record type": [
        "class B:\n    def __init__(self, n: int): self.n = n\ndef f(n): return B(n).n\nassert f(1) == 1",
        "from dataclasses import dataclass\n@dataclass\nclass B:\n    n = 1\ndef f(): return B().n\nassert f() == 1",
    ],
    "recursion": [
        "def f(n): return sum(range(n))\nassert f(3) == 3",
        "def f(f): return f(2)\nassert f(abs) == 2",
        "def g(n): return 0 if n < 1 else f(n - 1)\ndef f(n): return g(n)\nassert f(3) == 0",
        "class T:\n    def pop(self, xs): return xs.pop()\ndef f(xs): return T().pop(xs)\nassert f([1]) == 1",
    ],
    "regular expression": [
        "import re\ndef f(s): return re.findall('ab', s)\nassert f('ab') == ['ab']",
        "def f(s): return s.split('[')\nassert f('a[b') == ['a', 'b']",
        "class re:\n    @staticmethod\n    def sub(a, b, c): return c\ndef f(s): return re.sub('[a]', '', s)\nassert f('a') == 'a'",
    ],
    "set membership": [
        "def f(x): return x in ['oak', 'elm']\nassert f('oak')",
        "def f(x): return x in {'oak': 1}\nassert f('oak')",
        "def f(x):\n    for y in {1, 2}:\n        if x == y: return True\nassert f(1)",
    ],
    "slicing": [
        "def f(xs): return xs[1]\nassert f([1, 2]) == 2",
        "def f(xs): return xs[:]\nassert f([1]) == [1]",
        "def f(xs):\n    xs[1:] = []\n    return xs\nassert f([1, 2]) == [1]",
    ],
    "sorting by key": [
        "def f(xs): return sorted(xs, reverse=True)\nassert f([1, 2]) == [2, 1]",
        "def f(xs): return max(xs, key=len)\nassert f(['a']) == 'a'",
    ],
    "stack": [
        "def f(xs):\n    line = []\n    line.append(1)\n    return line.pop(0)\nassert f([]) == 1",
        "def f(d):\n    d.pop()\n    return d\nassert f([1]) == []",
        "def f(x):\n    a = []\n    b = [1]\n    a.append(x)\n    return b.pop()\nassert f(0) == 1",
    ],
    "starred unpacking": [
        "def f(xs): return max(*xs)\nassert f([1, 2]) == 2",
        "def f(xs):\n    a, b = xs\n    return a\nassert f([1, 2]) == 1",
        "def f(*xs): return [*xs]\nassert f(1) == [1]",
    ],
    "string formatting": [
        "def f(x): return f'{x} :'\nassert f(1) == '1 :'",
        "def f(x): return '{}'.format(x)\nassert f(1) == '1'",
        "def f(x): return str(x).rjust(3)\nassert f(1) == '  1'",
    ],
    "structural pattern matching": [
        "def f(x):\n    match x:\n        case 1: return 'one'\n        case n: return n\nassert f(1) == 'one'",
        "def f(x):\n    match x:\n        case [1, 2]: return 1\nassert f([1, 2]) == 1",
        "def f(x):\n    [a, *b] = x\n    return a\nassert f([1]) == 1",
    ],
    "tail accumulator": [
        "def f(n): return 1 if n < 2 else n * f(n - 1)\nassert f(3) == 6",
        "def f(a, b): return a if b == 0 else f(b, a % b)\nassert f(4, 6) == 2",
        "def f(n, acc=0): return 0 if n < 1 else f(n - 1, acc + n)\nassert f(2) == 0",
    ],
    "variadic arguments": [
        "def f(a, b=1): return a + b\nassert f(1) == 2",
        "def f(x, *rest): return x\nassert f(1) == 1",
        "def f(xs): return max(*xs)\nassert f([1, 2]) == 2",
    ],
}
PROGRAMS = [(skill, code) for skill, codes in SHOWN.items() for code in codes]
MISSES = [(skill, code) for skill, codes in NOT_SHOWN.items() for code in codes]


def program(code: str):
    return program_of(f"```python\n{code}\n```")


def shows(skill: str, code: str) -> bool:
    return shown_skills(program(code), [skill])[skill]


def test_every_decision_is_tried_and_is_of_a_skill_that_exists() -> None:
    assert DECISIONS.keys() == SHOWN.keys() == NOT_SHOWN.keys()
    assert DECISIONS.keys() <= {one.name for one in CodeKind().library(None, None).skills}
    assert all(len(codes) >= 2 for codes in NOT_SHOWN.values())


@pytest.mark.parametrize(("skill", "code"), PROGRAMS, ids=[skill for skill, _ in PROGRAMS])
def test_a_program_shows_its_skill(skill: str, code: str) -> None:
    assert shows(skill, code)


def test_every_skill_alone_fits_and_on_average_needs_more_than_one_more_may_have() -> None:
    """What the limit of size.py rests on."""
    sizes = sorted(statements_of(program(codes[0])) for codes in SHOWN.values())
    assert sizes[-1] <= most_statements(1)
    assert sum(sizes) / len(sizes) > most_statements(2) - most_statements(1)


@pytest.mark.parametrize(("skill", "code"), MISSES, ids=[skill for skill, _ in MISSES])
def test_a_near_miss_does_not(skill: str, code: str) -> None:
    assert not shows(skill, code)


@pytest.mark.parametrize(("skill", "code"), PROGRAMS, ids=[skill for skill, _ in PROGRAMS])
def test_decoys_show_nothing(skill: str, code: str) -> None:
    """The same code as a text, as comments, never called, after a return, and below a condition that never holds."""
    whole = "".join(f"    {line}\n" for line in code.split("\n"))
    comments = "".join(f"# {line}\n" for line in code.split("\n"))
    end = "def quay(x): return x + 1\nassert quay(1) == 2"
    without_tests = "\n".join(line for line in code.split("\n") if not line.startswith(("assert", "with")))
    without_tests = without_tests.partition("def test_it")[0]
    for decoy in (
        f"TEXT = {code!r}\n{end}",
        f'"""{code}"""\n{end}'.replace("\\", "/"),
        f"{comments}{end}",
        f"{without_tests}\n{end}",
        f"if False:\n{whole}{end}",
        f"def quay(x):\n    return x + 1\n{whole}assert quay(1) == 2",
    ):
        assert not shows(skill, decoy), decoy


def test_the_programs_work() -> None:
    """All of them in one process each would take half a minute: every skill's first, three at a time."""
    for skill in list(SHOWN)[::3]:
        assert why_not(program(SHOWN[skill][0]), Limits()) is None, skill
