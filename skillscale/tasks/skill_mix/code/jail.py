"""The process that runs untrusted code: a script of its own, started by sandbox.py and by nothing else.

It imports the standard library alone, for it runs without site packages (`python -I -S`). This process, the warden, never executes the
code. For each source it forks an inmate, which gives up what it can (files, processes, network, memory, root), runs the code, and at its end
sends one message with a number used once. The warden waits until then or until the time is up, kills the inmate, and reports.

stdin: one JSON object (`sources`, `modules`, `seconds`, `memory_mb`). stdout: one JSON object (`layers`, `outcomes`).
"""

import builtins
import ctypes
import importlib
import json
import math
import os
import platform
import resource
import select
import signal
import struct
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

STUDENT = "<answer>"  # the file name that the code is compiled under
LONGEST_MESSAGE = 16_384  # bytes that an inmate may send
LONGEST_REASON = 200  # characters
NOBODY = 65534
WITHHELD = (
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
)
# Audit events that do nothing to the outside; all others are refused, also those of Pythons to come.
HARMLESS = {"exec", "compile", "builtins.id", "time.sleep", "array.__new__", "sys.unraisablehook", "sys.excepthook"}
# What the standard library needs (namedtuple, TypeVar) and the code must not have: ways to other frames.
OF_THE_LIBRARY = {"sys._getframe", "object.__getattr__", "object.__setattr__", "object.__delattr__", "code.__new__"}
# Modules that the standard library imports late, when files can no longer be opened.
LATE = {"datetime": ["_strptime"], "functools": ["typing", "weakref"]}

CLONE_NEWUSER, CLONE_NEWIPC, CLONE_NEWNET = 0x1000_0000, 0x0800_0000, 0x4000_0000
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 22, 38
# System calls refused to the code, by number on x86-64 and on ARM64 (None: there is none): new files, processes and connections, names in the
# file system, signals, other processes' memory, limits, namespaces. From asm/unistd_64.h and asm-generic/unistd.h.
SYSTEM_CALLS: dict[str, tuple[int | None, int | None]] = {
    "open": (2, None), "openat": (257, 56), "openat2": (437, 437), "creat": (85, None), "truncate": (76, 45),
    "unlink": (87, None), "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276),
    "rmdir": (84, None), "mkdir": (83, None), "mkdirat": (258, 34), "link": (86, None), "linkat": (265, 37),
    "symlink": (88, None), "symlinkat": (266, 36), "chmod": (90, None), "fchmodat": (268, 53), "chown": (92, None),
    "lchown": (94, None), "fchownat": (260, 54), "mknod": (133, None), "mknodat": (259, 33), "setxattr": (188, 5),
    "utimensat": (280, 88), "memfd_create": (319, 279), "io_uring_setup": (425, 425),
    "clone": (56, 220), "clone3": (435, 435), "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131), "rt_sigqueueinfo": (129, 138), "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "sendto": (44, 206),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "setrlimit": (160, 164), "prlimit64": (302, 261), "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39),
    "pivot_root": (155, 41), "chroot": (161, 51), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
}  # fmt: skip


class Refused(BaseException):
    """The code asked for what it must not have. Not an Exception, so that `except Exception` does not hide it."""


def main() -> None:
    """Reads what to run, runs it, reports."""
    given = json.loads(sys.stdin.buffer.read())
    end = time.monotonic() + given["seconds"]
    for name in given["modules"]:
        for needed in (name, *LATE.get(name, ())):
            importlib.import_module(needed)
    layers = leave_namespaces()
    outcomes: list[dict[str, Any]] = []
    for source in given["sources"]:
        outcomes.append(outcome_of(source, end, given))
        if outcomes[-1]["status"] == "timed out":
            break  # no time is left for the others
    layers += outcomes[0].get("layers", ())
    sys.stdout.write(json.dumps({"layers": layers, "outcomes": outcomes}))


def leave_namespaces() -> list[str]:
    """No network to see, where the system permits it; it often does not to users other than root."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "unshare"):
        return []
    own_user = 0 if os.geteuid() == 0 else CLONE_NEWUSER
    return [] if libc.unshare(own_user | CLONE_NEWNET | CLONE_NEWIPC) else ["network namespace"]


def outcome_of(source: str, end: float, given: dict[str, Any]) -> dict[str, Any]:
    """What becomes of one source: `status` (passed, failed, refused, timed out, died), `reason`, and `reached`: the asserts that held."""
    once = os.urandom(16).hex().encode()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(reading)
            serve(source, writing, once, given)
        finally:
            os._exit(1)  # whatever happened: never on into the warden's code
    os.close(writing)
    try:
        message = _message(reading, end)
    finally:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    if message is None:
        return {"status": "timed out", "reason": f"it ran for more than {given['seconds']:g} s", "reached": []}
    if message.startswith(once) and len(message) < LONGEST_MESSAGE:
        status, layers, reached, reason = message[len(once) :].decode("utf-8", "replace").split("\n", 3)
        return {"status": status, "reason": reason, "reached": json.loads(reached), "layers": json.loads(layers)}
    how = (
        f"signal {os.WTERMSIG(status)}"
        if os.WIFSIGNALED(status)
        else f"exit status {os.waitstatus_to_exitcode(status)}"
    )
    return {"status": "died", "reason": f"it ended the process before its tests were over ({how})", "reached": []}


def _message(reading: int, end: float) -> bytes | None:
    """All that the inmate sends until it ends, a bounded number of bytes; None where it has not ended in time."""
    found = b""
    while len(found) < LONGEST_MESSAGE:
        left = end - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            return None
        more = os.read(reading, 4096)
        if not more:
            break
        found += more
    return found


def serve(source: str, writing: int, once: bytes, given: dict[str, Any]) -> None:
    """The inmate: gives up what it can, runs the code, and says at its end what became of it. Does not return.

    The status and the number never stand where the code could reach them but by frames, which the hook refuses.
    """
    layers = confine(writing, given)
    refused: list[str] = []
    reached: set[int] = set()
    names = _names(given["modules"], reached, refused)
    sys.addaudithook(_hook(refused))
    layers.append("audit hook")
    head = json.dumps(layers)
    # Taken now, for the code may put others in their places, which would then see the number.
    write, leave, dumps = os.write, os._exit, json.JSONEncoder().encode
    verdict = b"passed"
    reason = ""
    try:
        exec(compile(source, STUDENT, "exec"), names)  # noqa: S102
    except BaseException as error:  # also SystemExit and KeyboardInterrupt: the code's own end is no success
        verdict = b"failed"
        reason = _reason(error)
    if refused:
        verdict, reason = b"refused", f"it asked for {refused[0]}, which the sandbox refuses"
    said = f"{head}\n{dumps([one for one in reached if type(one) is int])}\n{reason}"
    write(writing, once + verdict + b"\n" + said.encode("utf-8", "replace"))
    leave(0)


def _reason(error: BaseException) -> str:
    """The exception in words. What it says of itself is the code's, and may fail or be endless."""
    name = type.__dict__["__name__"].__get__(type(error))
    try:
        said = str(error.args[0]) if error.args and type(error.args[0]) in (str, int, float) else ""
    except BaseException:
        said = ""
    return f"{name}: {said}"[:LONGEST_REASON] if said else str(name)[:LONGEST_REASON]


def confine(keep: int, given: dict[str, Any]) -> list[str]:
    """Gives up everything but memory, time and the pipe `keep`; which of these the system permitted. The limits always hold."""
    libc = ctypes.CDLL(None, use_errno=True)
    rules = _filter()
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.closerange(3, keep)
    os.closerange(keep + 1, 65_536)
    if sys.platform == "linux":
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    layers = ["limits"]
    try:
        os.chroot(".")  # the empty folder that sandbox.py made
        os.chdir("/")
        layers.append("empty root folder")
    except OSError:
        pass
    if os.geteuid() == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        except PermissionError:
            pass  # root of a container that has no capabilities to give up
    layers += ["no root"] if os.geteuid() != 0 else []
    _limit(given)
    kept = rules is not None and libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    if rules is not None and kept and libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(rules[0]), 0, 0) == 0:
        layers.append("system calls")
    sys.modules.pop("ctypes", None)
    sys.modules.pop("_ctypes", None)
    return layers


def _limit(given: dict[str, Any]) -> None:
    """Hard limits, which only root could raise again. No new descriptor: no file, no socket and no pipe can be opened."""
    memory, seconds = given["memory_mb"] * 2**20, math.ceil(given["seconds"]) + 1
    limits = {"AS": memory, "CPU": seconds, "FSIZE": 0, "CORE": 0, "MEMLOCK": 0, "MSGQUEUE": 0, "NPROC": 0, "NOFILE": 0}
    for name, most in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is not None:
            resource.setrlimit(kind, (most, most))


def _filter() -> Any:
    """The refusals of SYSTEM_CALLS as a program of the kernel's packet filter; None where there is none for this machine.

    A call with another architecture's numbers ends the process.
    """
    machines = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
    if sys.platform != "linux" or platform.machine() not in machines or sys.maxsize < 2**32:
        return None
    architecture, column = machines[platform.machine()]
    numbers = [pair[column] for pair in SYSTEM_CALLS.values() if pair[column] is not None]
    load, jump_if, jump_from, give = 0x20, 0x15, 0x35, 0x06
    rules = [(load, 0, 0, 4), (jump_if, 1, 0, architecture), (give, 0, 0, 0x8000_0000), (load, 0, 0, 0)]
    rules.append((jump_from, len(numbers) + 1, 0, 0x4000_0000))  # x86-64's second set of numbers
    rules += [(jump_if, len(numbers) - i, 0, number) for i, number in enumerate(numbers)]
    rules += [(give, 0, 0, 0x7FFF_0000), (give, 0, 0, 0x0005_0000 | 1)]  # allowed; refused with EPERM
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
    return ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rules), ctypes.addressof(program))), program


def _hook(refused: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """Refuses every event that is not harmless, and remembers it, for the code may catch the refusal."""
    frame_of, busy = sys._getframe, [False]  # pyright: ignore[reportPrivateUsage]

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if busy[0] or event in HARMLESS:
            return
        busy[0] = True  # to look at frames is an event itself
        try:
            by_the_code = frame_of(1).f_code.co_filename == STUDENT
        finally:
            busy[0] = False
        if event == "import":
            raise ImportError(f"No module named {str(args[0])[:40]!r} in the sandbox")
        if event not in OF_THE_LIBRARY or by_the_code:
            refused.append(event)
            raise Refused(f"it asked for {event}, which the sandbox refuses")

    return hook


def _names(modules: Sequence[str], reached: set[int], refused: list[str]) -> dict[str, Any]:
    """The global names of the code: builtins without those that lead outside, and `__skillscale_reached__`, which asserts report to."""
    held = {name: value for name, value in vars(builtins).items() if name not in WITHHELD}
    copies = {name: _public(name) for name in modules}
    if "datetime" in modules:
        # `datetime.strptime` imports it by the code's own `__import__`.
        copies["_strptime"] = ModuleType("_strptime")
        vars(copies["_strptime"])["_strptime_datetime"] = vars(sys.modules["_strptime"])["_strptime_datetime"]
    held |= {"__import__": _importer(copies)}
    held |= {name: _guarded(getattr(builtins, name), refused) for name in ("getattr", "setattr", "delattr", "hasattr")}
    return {"__name__": "__main__", "__builtins__": held, "__skillscale_reached__": reached.add}


def _guarded(function: Callable[..., Any], refused: list[str]) -> Callable[..., Any]:
    """`getattr` and its like without the special names."""

    def guarded(thing: Any, name: str, *rest: Any) -> Any:
        if type(name) is not str or name.startswith("__"):
            refused.append("a special attribute by its name")
            raise Refused("it asked for a special attribute by its name, which the sandbox refuses")
        return function(thing, name, *rest)

    return guarded


def _public(name: str) -> ModuleType:
    """A copy of a module with its public names alone: `re` without the `enum` and `functools` that it imports."""
    module = importlib.import_module(name)
    copy = ModuleType(name)
    public = getattr(module, "__all__", None) or [one for one in vars(module) if not one.startswith("_")]
    values = {one: getattr(module, one) for one in public}
    # Ways to evaluate text, or to take any attribute by its name.
    for one in ("ForwardRef", "get_type_hints", "Formatter", "attrgetter", "methodcaller", "make_dataclass"):
        values.pop(one, None)
    vars(copy).update({one: value for one, value in values.items() if not isinstance(value, ModuleType)})
    return copy


def _importer(copies: dict[str, ModuleType]) -> Callable[..., ModuleType]:
    for name, copy in copies.items():
        parent, _, last = name.rpartition(".")
        if parent in copies:
            setattr(copies[parent], last, copy)

    def importer(name: str, _globals: Any = None, _locals: Any = None, wanted: Any = (), level: int = 0) -> ModuleType:
        if level or name not in copies:
            raise ImportError(f"No module named {str(name)[:40]!r} in the sandbox")
        return copies[name if wanted else name.partition(".")[0]]

    return importer


if __name__ == "__main__":
    main()
