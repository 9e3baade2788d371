"""The store: what was put is there, what is left over goes."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from flask import Flask
from moto.server import ThreadedMotoServer

from app.core import clock
from app.core.db import new_uid
from app.documents import proving, services, storage
from tests.factories import files
from tests.integration.documents.test_services import document_of, drain, kept

KINDS = ("folder", "s3")


@pytest.fixture
def store(tmp_path: Path) -> storage.Storage:
    """Be a store in an empty folder."""
    return storage.open_storage(f"file://{tmp_path}/documents", instance=tmp_path)


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Be the address of a server that speaks S3, on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> storage.Storage:
    """Be a store in a new bucket of that server."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "example")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    name = f"papers-{tmp_path.name.replace('_', '-').lower()[:20].strip('-')}-{new_uid()[:8]}"
    urlopen(Request(f"{s3}/{name}", method="PUT"))
    return storage.open_storage(f"s3://{name}?endpoint={s3}", instance=tmp_path)


@pytest.fixture(params=KINDS)
def anywhere(request: pytest.FixtureRequest) -> storage.Storage:
    """Be a store of either kind, empty."""
    name = {"folder": "store", "s3": "bucket"}[request.param]
    found: storage.Storage = request.getfixturevalue(name)
    return found


def test_what_was_put_is_got(anywhere: storage.Storage) -> None:
    key = storage.key_of("ab12", storage.ORIGINAL)

    anywhere.put(key, b"sealed")

    assert anywhere.get(key) == b"sealed"
    assert key == "files/ab/ab12/original"
    assert storage.uid_in(key) == "ab12"


def test_what_was_deleted_is_missing(anywhere: storage.Storage) -> None:
    anywhere.put("files/ab/ab12/original", b"sealed")

    anywhere.delete(["files/ab/ab12/original", "files/ab/ab12/never"])

    with pytest.raises(storage.Missing):
        anywhere.get("files/ab/ab12/original")


def test_only_old_objects_of_a_folder_are_listed_as_old(anywhere: storage.Storage) -> None:
    anywhere.put("files/ab/ab12/original", b"sealed")
    anywhere.put("files/cd/cd34/original", b"sealed")
    now = clock.now()

    assert list(anywhere.list_older(now - timedelta(hours=1), prefix="ab")) == []
    assert list(anywhere.list_older(now + timedelta(hours=1), prefix="ab")) == [
        "files/ab/ab12/original"
    ]
    assert list(anywhere.list_older(now + timedelta(hours=1), prefix="ef")) == []


def test_half_written_files_go_after_a_while(store: storage.Storage) -> None:
    store.put("files/ab/ab12/original", b"sealed")
    assert store.root is not None
    for remains in (store.incoming / "upload", store.root / "files/ab/ab12/page-1#1"):
        remains.write_bytes(b"half")
        os.utime(remains, (0, 0))
    fresh = store.incoming / "arriving"
    fresh.write_bytes(b"half")

    assert store.remove_remains(clock.now() - timedelta(hours=1), prefix="ab") == 2
    assert fresh.exists()
    assert store.get("files/ab/ab12/original") == b"sealed"


def test_folders_are_for_their_owner_alone(store: storage.Storage) -> None:
    assert store.root is not None
    assert store.root.stat().st_mode & 0o077 == 0
    assert store.incoming.stat().st_mode & 0o077 == 0


def test_an_address_of_another_kind_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="STORAGE_URL"):
        storage.open_storage("ftp://files.example", instance=tmp_path)


def test_what_is_kept_in_s3_leaves_nothing_on_this_machine(bucket: storage.Storage) -> None:
    bucket.put("files/ab/ab12/original", b"sealed")

    assert bucket.root is None
    assert list(bucket.incoming.iterdir()) == []


@pytest.fixture(params=KINDS)
def storing_app(request: pytest.FixtureRequest, app: Flask) -> Iterator[Flask]:
    """Be the app on a store of either kind."""
    before, name = app.extensions["storage"], {"folder": "store", "s3": "bucket"}[request.param]
    app.extensions["storage"] = request.getfixturevalue(name)
    yield app
    app.extensions["storage"] = before


def test_a_file_is_taken_in_looked_at_and_shown_from_either_store(storing_app: Flask) -> None:
    data = files.pdf(2)
    uid = kept(storing_app, data)
    drain(storing_app)

    with storing_app.app_context():
        document = document_of(uid)
        assert services.page_image(document, 2).startswith(b"\xff\xd8\xff")
        assert services.original(document) == data
        for part in (storage.ORIGINAL, storage.SMALL, storage.page_part(1)):
            assert b"JFIF" not in storage.current().get(storage.key_of(uid, part))


@pytest.mark.proves("upload_content-016")
def test_what_is_missing_from_either_store_is_found(storing_app: Flask) -> None:
    uid = kept(storing_app, files.jpeg(60, 60))
    with storing_app.app_context():
        storage.current().delete([storage.key_of(uid, storage.ORIGINAL)])
        assert proving.prove_some() == 1


@pytest.mark.proves("upload_content-014")
def test_what_nobody_needs_is_swept_from_either_store(storing_app: Flask) -> None:
    uid = kept(storing_app, files.jpeg(60, 60))
    orphan = storage.key_of(f"{uid[:2]}{'0' * 30}", storage.ORIGINAL)
    with storing_app.app_context():
        storage.current().put(orphan, b"sealed")
        services.sweep(clock.now() + timedelta(hours=25), prefix=uid[:2])
        with pytest.raises(storage.Missing):
            storage.current().get(orphan)
        assert services.original(document_of(uid))
