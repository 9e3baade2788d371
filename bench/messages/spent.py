"""How long processes, and those that they began, have had a processor, as Linux counts it."""

import os
from pathlib import Path

TRIES = 10


def spent(*roots: int) -> float:
    """Return the seconds of processes and of all below them, those that have ended included.

    One that ends while it is read is from then on in what its parent has waited for, so that all
    is read again. Raises ProcessLookupError when a root has ended.
    """
    for _try in range(TRIES):
        try:
            return sum(_ticks(one) for one in _all(roots)) / os.sysconf("SC_CLK_TCK")
        except (FileNotFoundError, ProcessLookupError):
            continue
    raise ProcessLookupError(f"ended: {roots}")


def _all(roots: tuple[int, ...]) -> set[int]:
    found, left = set[int](), list(roots)
    while left:
        process = left.pop()
        found.add(process)
        left += _children(process)
    return found


def _children(process: int) -> list[int]:
    threads = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for one in threads for child in one.read_text("ascii").split()]


def _ticks(process: int) -> int:
    # Own and of children that it has waited for, both as user and in the kernel.
    return sum(int(field) for field in _fields(process)[11:15])


def parent_of(process: int) -> int:
    """Return which process began another."""
    return int(_fields(process)[1])


def _fields(process: int) -> list[str]:
    return Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
