"""A group of processes of which none outlives the others, nor the process that started them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SHIM = Path(__file__).with_name("shim.py")
GRACE_S = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One running program."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


class ProcessGroup:
    """Programs that are started in order and stopped in the opposite order."""

    def __init__(self, *, logs: Path, environ: Mapping[str, str], held: Sequence[int] = ()) -> None:
        """Open the pipe; `held` are file descriptors (locks) that live as long as any member."""
        self._logs = logs
        self._environ = dict(environ)
        self._held = tuple(held)
        self._pipe, self._alive = os.pipe()
        self._members: list[Member] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, argv: Sequence[str]) -> Member:
        """Start a program behind the shim, in a process group of its own, output to its log."""
        path = self._logs / f"{name}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  (our own programs)
                [sys.executable, "-IS", str(SHIM), str(self._pipe), *argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._environ,
                process_group=0,
                pass_fds=(self._pipe, *self._held),
            )
        member = Member(name=name, process=process, log=path)
        self._members.append(member)
        return member

    def find_ended(self) -> Member | None:
        """Return a member that has ended, if any has."""
        return next((m for m in self._members if m.process.poll() is not None), None)

    def stop(self) -> None:
        """End all, the last started first; who does not go within the grace is killed."""
        for member in reversed(self._members):
            _signal(member, signal.SIGTERM)
            deadline = time.monotonic() + GRACE_S
            while member.process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
            _signal(member, signal.SIGKILL)
            member.process.wait()
        self._members.clear()


def _signal(member: Member, number: signal.Signals) -> None:
    try:
        os.killpg(member.process.pid, number)
    except (ProcessLookupError, PermissionError):  # macOS says the latter of an empty group
        return
