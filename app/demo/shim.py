"""Runs one program of the group and ends it when the supervisor is gone.

Usage: shim.py PIPE PROGRAM [ARGUMENT ...]

The supervisor alone holds the writing end of the pipe. However it ends, even by SIGKILL, the
reading end here then sees the end of file. Started by path, so that nothing else is imported.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading

GRACE_S = 4.0


def end_with_parent(pipe: int, child: subprocess.Popen[bytes]) -> None:
    """Wait for the end of the supervisor, then end this process group within the grace."""
    os.read(pipe, 1)
    os.killpg(0, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_S)
    os.killpg(0, signal.SIGKILL)


def main(pipe: int, argv: list[str]) -> int:
    """Run the program and return its exit status."""
    # The group gets each signal once, the program itself included; only the shim stays deaf.
    # A handler, unlike SIG_IGN, is not inherited by the program.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    child = subprocess.Popen(argv)  # noqa: S603  (the supervisor's own list)
    threading.Thread(target=end_with_parent, args=(pipe, child), daemon=True).start()
    status = child.wait()
    return status if status >= 0 else 128 - status


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
