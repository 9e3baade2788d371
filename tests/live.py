"""The whole service as `make run` starts it, for tests that need every process of it."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from tests import servers
from tests.servers import ROOT

START_S = 240.0
MAIL_S = 60.0
"""How long a mail may take beside whatever else the machine does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveServer:
    """A running demonstration."""

    url: str
    instance: Path
    process: subprocess.Popen[str]

    def mail_for(self, address: str, *, count: int = 1) -> EmailMessage:
        """Wait until an address has got so many messages; return the newest."""
        servers.wait_until(
            lambda: len(self.messages(address)) >= count,
            what=f"message {count} for {address}",
            seconds=MAIL_S,
        )
        return self.messages(address)[-1]

    def messages(self, address: str) -> list[EmailMessage]:
        """Return what has arrived for an address, oldest first."""
        files = sorted((self.instance / "mail").glob("*.eml"))
        found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]
        return [message for message in found if address in str(message["X-Envelope-To"])]


def demo_environ(instance: Path, port: int, **more: str) -> dict[str, str]:
    """Return an environment for the supervisor, clean of settings of this one."""
    settings = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "BIND", "SMTP_URL", "SCANNER")
    clean = {name: value for name, value in os.environ.items() if name not in settings}
    return {**clean, "INSTANCE": str(instance), "PORT": str(port), **more}


def start_demo(environ: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start the supervisor; its output can be read from the process."""
    return subprocess.Popen(
        [sys.executable, "-m", "app.demo"],
        cwd=ROOT,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    )


def wait_for_web(process: subprocess.Popen[str], url: str) -> None:
    """Wait until the web server answers, or fail with what the supervisor said."""

    def ready() -> bool:
        if process.poll() is not None:
            said = process.stdout.read() if process.stdout else ""
            raise AssertionError(f"the demonstration ended: {said}")
        return answers(url)

    servers.wait_until(ready, what="the web server", seconds=START_S)


def answers(url: str) -> bool:
    """Return whether the web server says that it lives."""
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            status: int = answer.status
            return status == 200
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


@contextmanager
def started_demo(instance: Path) -> Iterator[LiveServer]:
    """Yield a running demonstration, and stop it as Ctrl-C would."""
    port = servers.free_port()
    url = f"http://127.0.0.1:{port}"
    # Its temporary files lie there too, so that one can look for traces in all that it writes.
    temporary = instance / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    process = start_demo(demo_environ(instance, port, TMPDIR=str(temporary)))
    try:
        wait_for_web(process, url)
        yield LiveServer(url=url, instance=instance, process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def prepare_once(folder: Path) -> None:
    """Have a folder as the first start leaves it, whichever worker of the tests comes first."""
    folder.mkdir(exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "prepared").exists():
            with started_demo(folder):
                pass


def copy_instance(prepared: Path, folder: Path) -> Path:
    """Return a folder that starts like one that was started before."""
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    return folder
