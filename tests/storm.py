"""A crowd before the web server of production: all press the button at the same moment."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import TypeVar

from flask import Flask, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf
from sqlalchemy import delete

from app.accounts import sessions
from app.appointments.models import Booking, BookingPerson, Claim
from app.catalogue.models import ServiceVersion
from app.core.db import db, transaction
from app.factory import create_app
from app.web.forms import fresh_key
from config import Settings
from tests import servers
from tests.asking import HOST, Answer, Asker
from tests.factories import seats
from tests.faults.worker import settings_from

SETTINGS = "STORM_SETTINGS"
TRIES = 40
"""So often somebody sends again what broke off, as whoever presses Reload does."""
UNAVAILABLE = 503
STACK = 256 * 1024
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Web:
    """The running web server."""

    port: int
    process: "subprocess.Popen[bytes]"

    def kill_worker(self) -> None:
        """End one of the processes that answer, by SIGKILL; the server starts another."""
        os.kill(self._workers()[0], signal.SIGKILL)

    def stop_worker(self) -> None:
        """Ask one of them to stop when it has answered, as the server itself does."""
        os.kill(self._workers()[0], signal.SIGTERM)

    def worked(self) -> float:
        """Return for how many seconds the processes that answer had a processor (Linux)."""
        ticks = sum(self._ticks(worker) for worker in self._workers())
        return ticks / os.sysconf("SC_CLK_TCK")

    def _workers(self) -> list[int]:
        tasks = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(one) for one in tasks.read_text("ascii").split()]

    def _ticks(self, process: int) -> int:
        fields = Path(f"/proc/{process}/stat").read_text("ascii").rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])


def web_app() -> Flask:
    """Return the app for a process of the web server."""
    return create_app(settings_from(os.environ[SETTINGS]))


@contextmanager
def web(
    settings: Settings, *, app: str = "tests.storm:web_app()", log: Path | None = None
) -> Iterator[Web]:
    """Serve the app as production does, by its own configuration, on the loopback address.

    What it logs goes to a file where one is named.
    """
    port = servers.free_port()
    environ = {
        **os.environ,
        SETTINGS: json.dumps(dataclasses.asdict(settings), default=str),
        "BIND_WEB": f"{HOST}:{port}",
    }
    quiet = ("--config", "python:tests.serving", "--log-level", "error")
    output = log.open("wb") if log else None
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", *quiet, app],
        cwd=servers.ROOT,
        env=environ,
        stderr=output,
    )
    try:
        servers.wait_until(lambda: _answers(port), what="the web server", seconds=60)
        yield Web(port=port, process=process)
    finally:
        process.terminate()
        process.wait(timeout=40)
        if output:
            output.close()


def _answers(port: int) -> bool:
    try:
        return Asker(port, "").get("/healthz").status == 200
    except OSError:
        return False


class Citizen:
    """Somebody who has chosen a time and is about to send the form."""

    def __init__(self, asker: Asker, reference: str, token: str) -> None:
        """Send for a request, with the token of the form that is shown."""
        self._asker = asker
        self.reference = reference
        self._path = f"/en/requests/{reference}/book"
        self._token = token
        self.has_appointment = False
        self.statuses: list[int] = []
        """Of all answers that came, in their order."""

    def get(self, path: str) -> Answer:
        """Open a page."""
        return self._asker.get(path)

    def post(self, path: str) -> Answer:
        """Send an empty form."""
        return self._sent(path, {})

    def hold(self, at: str) -> Answer:
        """Ask for a time to be kept."""
        return self._sent(self._path, {"site": "moscow", "at": at})

    def confirm(self, at: str) -> Answer:
        """Confirm the time that is kept, as its page names it."""
        shown = {"site": "moscow", "at": at}
        return self._sent(f"{self._path}/confirm", {"key": fresh_key(), **shown})

    def book(self, times: Sequence[str]) -> bool:
        """Try one time after another until one is kept, and confirm it; return whether one was."""
        for at in times:
            held = self.hold(at)
            if held.status == 302:
                self.has_appointment = self.confirm(at).location.endswith("/appointment")
                return self.has_appointment
            _expect(held, 409)
        return False

    def _sent(self, path: str, values: dict[str, str]) -> Answer:
        for left in reversed(range(TRIES)):
            try:
                answer = self._asker.post(path, {"csrf_token": self._token, **values})
            except (OSError, HTTPException):  # the end of a worker cuts answers short, too
                if not left:
                    raise
                time.sleep(0.2)
                continue
            self.statuses.append(answer.status)
            if answer.status != UNAVAILABLE:
                return answer
            time.sleep(0.2)
        raise AssertionError("no try is left")


def _expect(answer: Answer, status: int) -> None:
    if answer.status != status:
        raise AssertionError(f"{answer.status} instead of {status}")


def crowd(app: Flask, port: int, version_id: int, count: int) -> list[Citizen]:
    """Return so many citizens, each with an account and a request whose papers are accepted."""
    with app.test_request_context(), transaction():
        version = db.session.get_one(ServiceVersion, version_id)
        token, cookies = _form(app)
        return [_citizen(port, version, token, cookies) for _one in range(count)]


def _citizen(port: int, version: ServiceVersion, token: str, cookies: dict[str, str]) -> Citizen:
    account = seats.make_account()
    case = seats.make_case(version, account=account)
    return Citizen(Asker(port, sessions.begin(account=account), cookies), case.reference, token)


def _form(app: Flask) -> tuple[str, dict[str, str]]:
    """Return the token of a form, and the cookie in which its other half is."""
    token, signer = generate_csrf(), SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    return token, {app.config["SESSION_COOKIE_NAME"]: signer.dumps(dict(session))}


def rush(acts: Sequence[Callable[[], Done]]) -> list[Done]:
    """Do everything at the same moment, each in a thread of its own; return what came of each."""
    gate = threading.Barrier(len(acts))
    done: dict[int, Done] = {}
    failed: list[BaseException] = []

    def run(number: int, act: Callable[[], Done]) -> None:
        gate.wait()
        try:
            done[number] = act()
        except BaseException as error:
            failed.append(error)

    before = threading.stack_size(STACK)
    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    threading.stack_size(before)
    if failed:
        raise failed[0]
    return [done[number] for number in range(len(acts))]


def forget_bookings() -> None:
    """Make all seats free again; call inside transaction()."""
    for model in (Claim, BookingPerson, Booking):
        db.session.execute(delete(model))
