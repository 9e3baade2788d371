"""Uploads to a file system that becomes full: database and store lie on it, nothing else does.

Run inside a mount namespace of its own as `python -m tests.faults.filled SETTINGS FOLDER BALLAST`;
prints what came of it as JSON.
"""

import json
import logging
import sqlite3
import sys
from collections import Counter
from pathlib import Path

from flask import Flask
from sqlalchemy import make_url, select

from app.core import clock, crypto
from app.core.db import db, transaction
from app.documents import services, storage
from app.documents.models import Document
from app.factory import create_app
from tests.factories import files
from tests.faults.uploader import send
from tests.faults.worker import settings_from
from tests.integration.documents.test_services import attached

MOST = 400
SIZE = (900, 700)
ENOUGH = 40
"""After so many refusals there is no doubt that the file system is full."""


def upload(app: Flask, data: bytes) -> str:
    """Take one file in; return what came of it."""
    try:
        with app.app_context(), transaction():
            key = crypto.new_data_key(clock.now())
            db.session.add(key)
            upload = services.examine(attached(data, "photo.jpg"), formats=("jpeg",))
            services.keep(upload, data_key=key)
    except Exception as error:
        return type(error).__name__
    return "ok"


def leftovers(app: Flask) -> dict[str, int]:
    """Return how many rows have no file, files no row, and how many remains there are."""
    with app.app_context():
        store = storage.current()
        assert store.root is not None
        rows = set(db.session.scalars(select(Document.uid)))
        stored = {path.parent.name for path in store.root.glob("files/*/*/original")}
        remains = [*store.root.rglob("*#*"), *(p for p in store.incoming.iterdir() if p.is_file())]
    return {
        "rows without file": len(rows - stored),
        "files without row": len(stored - rows),
        "remains": len(remains),
    }


def integrity(app: Flask) -> str:
    path = make_url(app.config["SETTINGS"].database_url).database or ""
    with sqlite3.connect(path) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def main(settings: str, ballast: str, order: str) -> None:
    """Fill the file system by uploads, look at what is left, make room, and upload once more."""
    app = create_app(settings_from(settings))
    logging.disable()
    data = files.jpeg(*SIZE)
    counts: Counter[str] = Counter()
    while counts.total() < MOST and counts.total() - counts["ok"] < ENOUGH:
        counts[upload(app, data)] += 1
    status = send(app, {**json.loads(order), "size": SIZE})
    with app.app_context():
        known = db.session.scalars(select(Document).limit(1)).one()
        readable = services.original(known) == data
    client = app.test_client()
    told = {
        "counts": dict(counts),
        "form": status,
        "page": client.get("/ru/").status_code,
        "readable": readable,
        **leftovers(app),
        "integrity": integrity(app),
    }
    Path(ballast).unlink()
    print(json.dumps({**told, "after": upload(app, data)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
