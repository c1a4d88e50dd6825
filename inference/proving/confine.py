"""What the child gives up before it looks at a stranger's model: time, memory, files, the network, other processes.

Limits of POSIX do most of it, wherever they are; where Linux lets it, a filter on system calls (seccomp) does the rest,
which limits do not bind for root. Nothing can be taken back.
"""

import contextlib
import ctypes
import os
import platform
import resource
import struct
from pathlib import Path

_ALLOW, _DENY, _KILL = 0x7FFF0000, 0x00050001, 0x80000000  # SECCOMP_RET_*; denied calls say "not permitted"
_X32 = 0x40000000  # the other numbering of system calls on x86-64
# Opening and naming files, sockets, new and foreign processes, limits, and the kernel's large doors.
_CALLS = {
    "x86_64": (0xC000003E, 317, (
        2, 85, 257, 437, 319, 41, 42, 53, 56, 57, 58, 435, 59, 322, 62, 101, 310, 311, 424, 434, 438, 160, 302, 76, 77,
        82, 83, 84, 86, 87, 88, 90, 91, 92, 93, 94, 133, 258, 259, 260, 263, 264, 265, 266, 268, 316, 165, 272, 308,
        321, 425, 426, 427, 298, 248, 250, 175, 313,
    )),
    "aarch64": (0xC00000B7, 277, (
        56, 437, 279, 198, 203, 199, 220, 435, 221, 281, 129, 117, 270, 271, 424, 434, 438, 164, 261, 45, 46, 33, 34,
        35, 36, 37, 38, 276, 52, 53, 54, 55, 40, 97, 268, 280, 425, 426, 427, 241, 217, 219, 105, 273,
    )),
}  # fmt: skip
_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def confine(memory: int, cpu_seconds: int) -> bool:
    """Give it all up, for good; whether system calls are filtered too. Everything must have been imported before."""
    os.nice(10)  # scans come first
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")  # where memory is short, this process is the one to go
    limits = {
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 0,  # what is open stays open: the request and the answer
        resource.RLIMIT_NPROC: 0,
    }
    for limit, value in limits.items():
        hard = resource.getrlimit(limit)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        grace = 1 if limit == resource.RLIMIT_CPU else 0  # s: the first limit's signal tells it from other ends
        resource.setrlimit(limit, (least, least + grace if least < hard or hard < 0 else hard))
    return _filtered()


def _filtered() -> bool:
    """Filter system calls in all threads; False where that cannot be had."""
    known = _CALLS.get(platform.machine())
    if platform.system() != "Linux" or known is None:
        return False
    architecture, seccomp, calls = known
    code = _program(architecture, calls)
    program = _Program(length=len(code) // 8, filter=code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.syscall(seccomp, _SET_FILTER, _ALL_THREADS, ctypes.byref(program)) == 0)


def _program(architecture: int, calls: tuple[int, ...]) -> bytes:
    """The filter for the kernel's BPF machine: of each call it sees the number (at 0) and the architecture (at 4)."""
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    code = [(load, 0, 0, 4), (equal, 1, 0, architecture), (answer, 0, 0, _KILL), (load, 0, 0, 0)]
    code += [(at_least, 0, 1, _X32), (answer, 0, 0, _KILL)]
    for call in calls:
        code += [(equal, 0, 1, call), (answer, 0, 0, _DENY)]
    code.append((answer, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
