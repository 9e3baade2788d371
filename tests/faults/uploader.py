"""Uploads that die on command: one warm process forks each, and the child sends the real form.

Run as `python -m tests.faults.uploader SETTINGS`; a line of JSON for each upload, answered by how
its process ended.
"""

import io
import json
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from flask import Flask

from app.cases import services as cases
from app.core.celery import Doorbell
from app.core.db import db
from app.documents import decoder, services, storage
from app.factory import create_app
from app.web import uploads
from app.web.forms import fresh_key
from tests.factories import files
from tests.faults.worker import dies, settings_from

POINTS: dict[str, tuple[Any, str, bool]] = {
    "while arriving": (uploads.Counted, "write", False),
    "after arriving": (services, "examine", True),
    "after looking": (decoder, "probe", False),
    "before storing": (storage.Storage, "put", True),
    "while storing": (storage.Storage, "put", True),
    "after storing": (storage.Storage, "put", False),
    "before commit": (cases, "attach", False),
    "after commit": (Doorbell, "ring", True),
}
"""Where the function is, its name, and whether the end comes before it (Any: modules, classes)."""


def half(store: storage.Storage, key: str, data: bytes) -> NoReturn:
    """Leave what the store leaves of a file when the machine ends while it is written."""
    assert store.root is not None
    path = store.root / f"{key}#1"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data[: len(data) // 2])
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def arm(point: str) -> None:
    """Have this process die at one of the points."""
    place, name, before = POINTS[point]
    deadly: Callable[..., Any] = dies(getattr(place, name), [0], before=before)
    # A function that stands in for a method gets its object by itself.
    setattr(place, name, half if point == "while storing" else deadly)


def send(app: Flask, order: dict[str, Any]) -> int:
    """Send the form of a paper with a photo; return the status (Any: a JSON object)."""
    client = app.test_client()
    for name, value in order["cookies"].items():
        client.set_cookie(name, value)
    answer = client.post(
        f"/en/requests/{order['reference']}/papers/old_passport",
        data={
            "csrf_token": order["csrf"],
            "key": fresh_key(),
            "file": (io.BytesIO(files.jpeg(*order.get("size", (60, 60)))), "صورة.jpg"),
        },
        content_type="multipart/form-data",
    )
    return answer.status_code


def main(settings: str) -> None:
    """Fork an uploader for each line; answer with how it ended."""
    app = create_app(settings_from(settings))
    with app.app_context():
        db.engine.dispose()
    files.jpeg(60, 60)
    say = partial(print, flush=True)
    say("ready")
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            if order["point"]:
                arm(order["point"])
            os._exit(0 if send(app, order) == 302 else 1)
        say(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    main(sys.argv[1])
