"""So many places of a machine for one kind of work, so that it never takes all of its workers."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from flask import current_app

from app.core.celery import workers_here


@contextmanager
def hold_for_drain(name: str) -> Iterator[bool]:
    """Hold a worker of this machine for one kind of work; yield False where it would be the last.

    The last one is for all other kinds, so that none is kept waiting by what takes its time.
    """
    folder = current_app.config["SETTINGS"].instance / "drains"
    with _hold(folder, name, most=max(1, workers_here() - 1)) as is_held:
        yield is_held


@contextmanager
def _hold(folder: Path, name: str, *, most: int) -> Iterator[bool]:
    """Hold one of `most` places that have a name; yield False, at once, when all are taken.

    A place is a lock on a file, which the kernel takes back from a process that has died.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(most):
        with (folder / f"{name}.{number}").open("ab") as place:
            if _lock(place):
                yield True
                return
    yield False


def _lock(place: IO[bytes]) -> bool:
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
