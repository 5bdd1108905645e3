"""Attacks on the sandbox itself, without the gate before it: each ends in bounded time, with a reason, and never as passed."""

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from skillscale.errors import SkillscaleError
from skillscale.tasks.skill_mix.code import sandbox
from skillscale.tasks.skill_mix.code.sandbox import MODULES, Limits, Outcome, layers, run

LIMITS = Limits(seconds=2, memory_mb=128)
SHORT = Limits(seconds=0.4, memory_mb=128)  # for what does not end by itself
# The known way from any value to the modules of the process.
OUT = "out = [c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0].__init__.__globals__\nsys = out['sys']\n"
QUIET = "\ntry:\n    attack()\nexcept BaseException:\n    pass\n"  # the code hides the refusal and goes on

ATTACKS: dict[str, str] = {
    "read a file": "open('/etc/passwd').read()",
    "read a file by another door": f"{OUT}sys.modules['io'].open('/etc/passwd').read()",
    "read a file, quietly": f"{OUT}def attack(): sys.modules['io'].open('/etc/passwd').read(){QUIET}",
    "open without Python": f"{OUT}out['open']('/etc/passwd', 0)",
    "write outside": f"{OUT}sys.modules['io'].open('../planted', 'w').write('x')",
    "write inside": f"{OUT}sys.modules['io'].open('planted', 'w').write('x')",
    "delete what is there": f"{OUT}[out['unlink'](name) for name in out['listdir']('.')]",
    "rename": f"{OUT}def attack(): out['rename']('.', '/tmp/planted'){QUIET}",
    "network": f"{OUT}import socket",
    "network below": f"{OUT}sys.modules['builtins'].__import__('socket').create_connection(('127.0.0.1', 80))",
    "fork": f"{OUT}def attack():\n    while True: out['fork'](){QUIET}",
    "run a program": f"{OUT}out['system']('true')",
    "become a program": f"{OUT}out['execv']('/bin/true', ['true'])",
    "kill the parent": f"{OUT}def attack(): out['kill'](out['getppid'](), 9){QUIET}",
    "kill all": f"{OUT}def attack(): out['killpg'](0, 9){QUIET}",
    "memory": "held = [b'x' * 10**7]\nwhile True: held.append(bytes(10**7))",
    "memory at once": "bytes(10**12)",
    "endless": "while True: pass",
    "endless in C": "9 ** 9 ** 9",
    "endless pattern": "import re\nre.match('(a+)+$', 'a' * 60 + 'b')",
    "asleep": "import time\ntime.sleep(60)",
    "much output": "while True: print('x' * 100_000)",
    "end": f"{OUT}out['_exit'](0)",
    "sys.exit": f"{OUT}sys.exit(0)",
    "SystemExit": "raise SystemExit(0)",
    "end at last": f"{OUT}class End:\n    def __del__(self): out['_exit'](0)\nEnd()",
    "interrupt": "raise KeyboardInterrupt",
    "swallow all": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "forged by print": 'print(\'{"status": "passed", "reason": "", "reached": [0]}\')\nraise SystemExit(0)',
    "forged on every descriptor": f'{OUT}said = b\'0\' * 32 + b\'{{"status": "passed", "reason": "", "reached": [0]}}\'\n'
    "for fd in range(64):\n    try: out['write'](fd, said)\n    except OSError: pass\nout['_exit'](0)",
    "flood every descriptor": f"{OUT}for fd in range(64):\n    try: out['write'](fd, b'x' * 60_000)\n    except OSError: pass",
    "look for the number": f"{OUT}sys._getframe(1).f_locals['once']",
    "look for it by a traceback": "try: 1 / 0\nexcept ArithmeticError as error: error.__traceback__.tb_frame.f_back.f_locals['once']",
    "look for it among all objects": f"{OUT}gc = sys.modules['builtins'].__import__('gc')\ngc.get_objects()",
    "a hook of its own": f"{OUT}sys.addaudithook(print)",
    "watch the warden": f"{OUT}def attack(): sys.settrace(print){QUIET}",
    "replace the end": f"{OUT}out['_exit'] = out['write'] = lambda *given: None\nwhile True: pass",
    "change what is said at the end": f"{OUT}real = out['write']\n"
    "out['write'] = lambda fd, said: real(fd, said.replace(b'failed', b'passed'))\n"
    "sys.modules['json'].dumps = lambda *given: '[]'\nsys.modules['json'].encoder.JSONEncoder.encode = lambda *given: '[0]'\nassert False",
    "change the builtins": f"{OUT}vars = sys.modules['builtins'].__dict__\nvars['BaseException'] = vars['type'] = None\nassert False",
    "change the warden's names": f"{OUT}jail = sys.modules['__main__'].__dict__\n"
    "for name in ('Refused', 'outcome_of', '_reason', '_message'): jail[name] = lambda *given: ''\nassert False",
    "threads": f"{OUT}thread = sys.modules['_thread']\ndef forever():\n    while True: pass\nthread.start_new_thread(forever, ())",
    "deaf to signals": f"{OUT}signal = sys.modules['signal']\nfor n in (1, 2, 3, 14, 15): signal.signal(n, signal.SIG_IGN)\nwhile True: pass",
    "deep": "def f(): return f()\nf()",
    "deep in C": f"{OUT}sys.setrecursionlimit(10**9)\nx = ()\nfor _ in range(10**6): x = (x,)\nhash(x)",
    "ctypes": f"{OUT}import ctypes",
    "ctypes below": f"{OUT}sys.modules['builtins'].__import__('_ctypes').dlopen(None, 0)",
    "raise the limits": f"{OUT}resource = sys.modules['resource']\nresource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))",
    "builtins": "__builtins__['eval']('1')",
    "builtins below": f"{OUT}sys.modules['builtins'].eval('__import__(\"os\").fork()')",
    "an attribute by its name": "getattr(print, '__self__')",
    "no code": "\0",
    "half a character": "x = '\ud800'\nraise ValueError(x)",
    "an endless name": "raise type('E' * 10**6, (Exception,), {})('x' * 10**6)",
    "an error that ends": f"{OUT}class E(Exception):\n    def __str__(self): out['_exit'](0)\nraise E(E())",
    "an error of errors": "class E(Exception):\n    args = property(lambda self: 1 / 0)\nraise E",
}


def one(source: str, limits: Limits = LIMITS) -> Outcome:
    return run([source], limits, MODULES if "import" in source else ()).outcomes[0]


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_ends_and_is_no_success(name: str) -> None:
    start = time.monotonic()
    outcome = one(ATTACKS[name], SHORT)
    assert time.monotonic() - start < SHORT.seconds + 2
    assert outcome.status != "passed"
    assert 0 < len(outcome.reason) < 400 and outcome.reason.isprintable()


def test_plain_code_passes_and_reports_what_it_reached() -> None:
    assert one("assert 1 + 1 == 2\n__skillscale_reached__(4)") == Outcome(
        status="passed", reason="", reached=frozenset({4})
    )
    assert one("assert 1 + 1 == 3, 'no\\x1b[2J'").reason == "AssertionError: no\\x1b[2J"


def test_what_the_library_needs_is_there() -> None:
    source = f"""
import {", ".join(MODULES)}
from contextlib import contextmanager
Point = collections.namedtuple("Point", "x y")
class Colour(enum.Enum):
    RED = 1
@dataclasses.dataclass(frozen=True, order=True)
class Boat:
    name: str
    length: float = 3
T = typing.TypeVar("T")
class Box(typing.Generic[T]): pass
@functools.singledispatch
def kind(x): return "any"
@kind.register
def _(x: int): return "int"
@functools.lru_cache
def square(n): return n * n
@contextmanager
def entered(): yield 1
with entered() as x: assert x == 1
assert Point(1, 2).y == 2 and Colour(1) is Colour.RED and Boat("a") < Boat("b") and kind(1) == "int" and square(3) == 9
assert datetime.datetime.strptime("09:30", "%H:%M").hour == 9 and re.sub("[ab]", "", "abc") == "c"
assert statistics.mean([1, 3]) == 2 and fractions.Fraction(1, 2) + decimal.Decimal("0.5").as_integer_ratio()[0] == 1.5
assert copy.deepcopy([Boat("a")]) == [Boat("a")] and random.Random(1).random() < 1 and collections.abc.Sized
"""
    assert one(source) == Outcome(status="passed", reason="", reached=frozenset())


def test_nothing_is_left_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "secret")
    outcome = one(f"{OUT}assert not [x for x in out['environ'] if x != 'LC_CTYPE'], list(out['environ'])")
    assert outcome.status == "passed", outcome


def test_the_kernel_refuses_what_gets_round_the_hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same attacks with the audit hook taken out of the jail: the limits hold, and on Linux the system calls are refused."""
    text = sandbox.JAIL.read_text()
    assert text.count("sys.addaudithook(") == 1
    (tmp_path / "jail.py").write_text(
        text.replace("sys.addaudithook(", "repr(").replace("import struct\n", "import socket, struct\n")
    )
    (tmp_path / "kept").write_text("kept")
    monkeypatch.setattr(sandbox, "JAIL", tmp_path / "jail.py")
    doors = ["out['open']('/etc/passwd', 0)", f"out['open']({str(tmp_path / 'kept')!r}, 0)", "out['pipe']()"]
    doors += [
        "sys.modules['socket'].socket()",
        "sys.modules['resource'].setrlimit(sys.modules['resource'].RLIMIT_NOFILE, (9, 9))",
    ]
    if "system calls" in layers():
        doors += [
            "out['fork']()",
            "out['kill'](out['getppid'](), 0)",
            f"out['unlink']({str(tmp_path / 'kept')!r})",
            "out['mkdir']('x')",
        ]
        doors += ["out['execv']('/bin/true', ['true'])", "sys.modules['_thread'].start_new_thread(print, ())"]
    outcomes = run([f"{OUT}{door}" for door in doors], Limits(seconds=5)).outcomes
    for door, outcome in zip(doors, outcomes, strict=True):
        assert outcome.status == "failed" and outcome.reason.startswith(
            ("OSError", "PermissionError", "RuntimeError", "ValueError")
        ), (door, outcome)
    assert (tmp_path / "kept").read_text() == "kept"


def test_no_server_of_this_machine_is_reached() -> None:
    """Even where the audit hook has been got round: `_socket` is taken as it is, before the hook, by the module that the warden loads."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        outcome = one(f"import socket\nsocket.create_connection(('127.0.0.1', {server.getsockname()[1]}))")
        assert outcome.status != "passed"
        with pytest.raises(TimeoutError):
            server.accept()


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = os.listdir("/proc/self/fd") if Path("/proc/self/fd").is_dir() else []
    for source in ("1", "while True: pass", ATTACKS["end"]):
        one(source, Limits(seconds=0.2))
    assert list(tmp_path.glob("skillscale-*")) == []
    assert len(os.listdir("/proc/self/fd") if before else []) == len(before)


def test_one_source_does_not_touch_the_next() -> None:
    sources = ["import math\nmath.pi = 3", "import math\nassert math.pi > 3.1", f"{OUT}out['_exit'](0)", "pass"]
    outcomes = run(sources, LIMITS, ["math"]).outcomes
    assert [outcome.status for outcome in outcomes] == ["passed", "passed", "died", "passed"]


def test_time_is_shared_by_all_sources() -> None:
    outcomes = run(["pass", "while True: pass", "pass"], Limits(seconds=0.3)).outcomes
    assert [outcome.status for outcome in outcomes] == ["passed", "timed out"]


def test_runs_in_several_threads_at_once() -> None:
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(one("pass").status)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["passed"] * 4


def test_the_protections_of_this_system_are_named() -> None:
    assert {"limits", "audit hook"} <= set(layers())


@pytest.mark.parametrize("given", [{"seconds": 0}, {"seconds": 1e9}, {"memory_mb": 1}, {"seconds": float("nan")}])
def test_limits_that_cannot_be_are_refused(given: dict[str, float]) -> None:
    with pytest.raises(SkillscaleError, match=r"Give 0\.1 to 600 s"):
        Limits(**given)  # pyright: ignore[reportArgumentType]
