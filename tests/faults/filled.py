"""Uploads to a file system that becomes full: database and store lie on it, nothing else does.

Run inside a mount namespace of its own as `python -m tests.faults.filled SETTINGS BALLAST ORDER`;
prints what came of it as JSON. Without an order, a PostgreSQL is started in the namespace whose
tables lie there; its log of what it is about to write lies elsewhere, as operations asks for.
"""

import dataclasses
import json
import logging
import os
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import make_url, select, text
from sqlalchemy.exc import OperationalError

from app.core import clock, crypto, schema
from app.core.db import db, transaction
from app.documents import services, storage
from app.documents.models import Document
from app.factory import create_app
from tests import servers
from tests.factories import files
from tests.faults import rig
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
    """Return "ok", or what is wrong with the database: every page and every index is read."""
    url = make_url(app.config["SETTINGS"].database_url)
    if url.get_backend_name() == "sqlite":
        with sqlite3.connect(url.database or "") as connection:
            return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    with app.app_context(), transaction() as session:
        found = [session.execute(text(one)).all() for one in AMCHECK]
    return "ok" if not found[1] else str(found[1])


AMCHECK = (
    "SELECT bt_index_parent_check(c.oid, true) FROM pg_index i JOIN pg_class c"
    " ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam"
    " WHERE a.amname = 'btree' AND i.indisvalid AND c.relpersistence = 'p'",
    "SELECT c.relname, v.* FROM pg_class c, LATERAL verify_heapam(c.oid) v"
    " WHERE c.relkind = 'r' AND c.relpersistence = 'p'",
)


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL of this namespace; yield the URL of a database whose tables are there."""
    with servers.mortal_postgresql() as server:
        place = folder / "tables"
        place.mkdir()
        server.keep_in(place)
        url = servers.create_database(server.url, "full")
        schema.upgrade(url)
        with servers._admin(url) as connection:
            connection.execute("CREATE EXTENSION amcheck")
        yield url


ROOM = 8 * 1024 * 1024


def leave(room: int, ballast: Path) -> None:
    """Have the ballast grow until so many bytes are free: databases differ in what they take."""
    free = os.statvfs(ballast).f_bavail * os.statvfs(ballast).f_frsize
    with ballast.open("ab") as file:
        file.write(bytes(max(0, free - room)))


def write_rows(app: Flask, counts: Counter[str]) -> None:
    """Write what needs no file, until that is refused as well."""
    for number in range(MOST):
        try:
            rig.write_texts(app, 20, first=20 * number)
        except OperationalError as error:
            counts[type(error.orig).__name__] += 1
            return


def main(settings: str, ballast: str, order: str = "") -> None:
    """Fill the file system, on the database that is there or on one of PostgreSQL."""
    given = settings_from(settings)
    if order:
        told = filled(create_app(given), ballast, json.loads(order))
    else:
        with postgresql(Path(ballast).parent) as url:
            app = create_app(dataclasses.replace(given, database_url=url))
            leave(ROOM, Path(ballast))
            told = filled(app, ballast, {**rig.drafts(app, 1)[0], "point": ""})
            with app.app_context():
                db.engine.dispose()
    print(json.dumps(told), flush=True)


def filled(app: Flask, ballast: str, order: dict[str, Any]) -> dict[str, Any]:
    """Fill it by uploads, look at what is left, make room, and upload once more.

    Any: JSON objects.
    """
    logging.disable()
    data = files.jpeg(*SIZE)
    counts: Counter[str] = Counter()
    while counts.total() < MOST and counts.total() - counts["ok"] < ENOUGH:
        counts[upload(app, data)] += 1
    write_rows(app, counts)
    status = send(app, {**order, "size": SIZE})
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
    return {**told, "after": upload(app, data)}


if __name__ == "__main__":
    main(*sys.argv[1:])
