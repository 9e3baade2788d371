"""Workers that die on command: one warm process forks each, so that a kill costs milliseconds.

Nothing of this is in the software itself: the child replaces a function of the real drain by one
that also ends its own process with SIGKILL, and everything else is what production runs.
"""

import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask

from app.appointments.draw import assigning
from app.appointments.line import services as lines
from app.appointments.resettling import services as resettling
from app.cases import bulk
from app.core import i18n
from app.core.db import db
from app.factory import create_app
from app.jobs import rules as job_rules
from app.jobs import tasks as jobs
from app.notifications import (
    batches,
    delivery,
    discreet,
    letters,
    preparing,
    rules,
    tasks,
    together,
)
from app.notifications.channels import email, sms
from app.notifications.models import Message
from config import Settings

MEMORY = 1 << 30
"""So much more than it has at its start may a worker have in a test."""
LEASE_S = 2.0
"""Short, so that a test need not wait a minute for what a dead worker held."""


def settings_from(text: str) -> Settings:
    """Return the settings that the test wrote as JSON."""
    values = json.loads(text)
    for name in ("master_keys", "audit_keys", "trusted_hosts"):
        values[name] = tuple(values[name])
    for name in ("instance", "audit_anchor"):
        values[name] = Path(values[name]) if values[name] else None
    return Settings(**values)


def dies(function: Callable[..., Any], left: list[int], *, before: bool) -> Callable[..., Any]:
    """Return the function, which ends the process at the call before which none are left.

    Any: it stands in for functions of every kind.
    """

    def call(*arguments: Any, **named: Any) -> Any:
        due = left[0] == 0
        left[0] -= 1
        if due and before:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*arguments, **named)
        if due:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


Place = tuple[Any, str, bool]
"""Where a function is, its name, and whether the end comes before it (Any: modules, a class)."""

POINTS: dict[str, Sequence[Place]] = {
    "in claim": [(delivery, "claim_due", False), (batches, "claim", False)],
    "after claim": [(preparing, "prepare", True), (preparing, "prepare_all", True)],
    "after mark": [(email.Line, "send", True)],
    "after call": [(email.Line, "send", False)],
    "after mark of a text": [(sms.Line, "send", True), (sms.Line, "send_all", True)],
    "amid the calls of texts": [(sms.Line, "_call", False)],
    "after call of a text": [(sms.Line, "send", False), (sms.Line, "send_all", False)],
    "in ack": [(delivery, "record", False), (batches, "record", False)],
    "after ack": [(tasks, "_record", False), (together, "_record", False)],
    "in bulk": [(bulk, "_attempt", False)],
    "before drawing": [(assigning, "go_on", True)],
    "in drawing": [(assigning, "go_on", False)],
    "in passing on": [(assigning, "pass_on", False)],
    "before letting in": [(lines, "_go_on", True)],
    "in letting in": [(lines, "_go_on", False)],
    "in resettling": [(resettling, "_note", False)],
}
"""The functions at which a worker ends, whichever comes first: messages go alone or in batches."""


def arm(point: str, countdown: int) -> None:
    """Have this process die at one of the points."""
    left = [0 if point == "in claim" else countdown]
    for place, name, before in POINTS.get(point, ()):
        setattr(place, name, dies(getattr(place, name), left, before=before))


def forget_to_mark() -> None:
    """Leave out what the design rests on: the mark is committed only together with the result."""
    mark, record = delivery.mark, delivery.record
    providers: dict[int, rules.Provider] = {}

    def mark_nothing(message_id: int, fence: str, provider: rules.Provider) -> delivery.Marked:
        providers[message_id] = provider
        return delivery.Marked(number=0, key="")

    def mark_and_record(message_id: int, fence: str, number: int, reply: rules.Reply) -> None:
        real = mark(message_id, fence, providers[message_id])
        if real is not None:
            record(message_id, fence, real.number, reply)

    delivery.mark, delivery.record = mark_nothing, mark_and_record


def put_poison(*addresses: str) -> None:
    """Have this process end as soon as it composes what goes to one of these."""

    def die(to: str) -> None:
        if to in addresses:
            os.kill(os.getpid(), signal.SIGKILL)

    _before_composing(die)


def put_glutton(address: str) -> None:
    """Have what goes to an address ask for more memory than this process may have."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))

    def eat(to: str) -> None:
        eaten = []
        while to == address:
            eaten.append(bytes(MEMORY // 8))  # asked for, and written to by nobody

    _before_composing(eat)


def _before_composing(happens: Callable[[str], None]) -> None:
    """Have something happen to the address of every text and mail that is composed."""
    for name in ("compose_short", "compose"):
        setattr(discreet, name, _after(happens, getattr(discreet, name)))


def _after(happens: Callable[[str], None], compose: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that composes, before which something happens (Any: of either kind)."""

    def call(message: Message, *more: Any) -> Any:
        happens((message.payload or {}).get("to", ""))
        return compose(message, *more)

    return call


def warm(app: Flask) -> None:
    """Compile the templates once; no connection is left open for the children to share."""
    with app.app_context():
        for language in i18n.LANGUAGES:
            with i18n.speaking(language):
                letters.write("sign_in_code", {"code": "000000"})
                letters.write_short("case_submitted", {"reference": "JM-7K4P-92QX-H"})
        db.session.close()
        db.engine.dispose()


def run(app: Flask, order: dict[str, Any]) -> None:
    """Be a worker until nothing is due or the end comes; `jobs` has it do those."""
    rules.LEASE = job_rules.LEASE = timedelta(seconds=order.get("lease_s", LEASE_S))
    if order.get("unmarked"):
        forget_to_mark()
    rules.BACKOFF_BASE = timedelta(seconds=order.get("backoff_s", 5))
    sms.PATIENCE_S = order.get("patience_s", sms.PATIENCE_S)
    sms.FOR_EACH = order.get("for_each", sms.FOR_EACH)
    if order.get("poison"):
        put_poison(order["poison"], order.get("also", ""))
    if order.get("glutton"):
        put_glutton(order["glutton"])
    arm(order.get("point", ""), order.get("countdown", 0))
    with app.app_context():
        (jobs if order.get("jobs") else tasks).drain()


def main() -> None:
    """Fork a worker for each line of orders; answer with how each of them ended."""
    app = create_app(settings_from(sys.argv[1]))
    warm(app)
    print("ready", flush=True)
    for line in sys.stdin:
        pids = []
        for order in json.loads(line):
            pid = os.fork()
            if pid == 0:
                run(app, order)
                os._exit(0)
            pids.append(pid)
        print(json.dumps([os.waitpid(pid, 0)[1] for pid in pids]), flush=True)


if __name__ == "__main__":
    main()
