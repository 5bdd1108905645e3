"""What this machine is quick at, and how its memory is best used."""

import ctypes
import shutil
import sys

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's mallopt
COMPILE_PAYS_AFTER_S = 180.0


def has_quick_bf16() -> bool:
    """Does the processor, or the graphics card, multiply bf16 matrices in hardware?"""
    import torch  # here, so that a rung can be described without it being loaded

    if torch.cuda.is_available():
        return torch.cuda.is_bf16_supported(including_emulation=False)
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def compilation_pays(training_s: float) -> bool:
    """Is it worth compiling a run of so many seconds? A cold compilation takes 22–73 s and gains some 10 %."""
    return training_s > COMPILE_PAYS_AFTER_S and any(shutil.which(name) for name in ("cc", "gcc", "clang", "cl"))


def keep_freed_memory() -> None:
    """Let the allocator of this process keep what a training step frees, for the next step.

    Otherwise glibc returns it to the system, and each step faults every page in again: 7,000 faults a step at width 64,
    3–6 % of the time. Does nothing where the allocator is not glibc's.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_MMAP_THRESHOLD, 2**30)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
