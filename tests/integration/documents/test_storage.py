"""The store: what was put is there, what is left over goes."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from moto.server import ThreadedMotoServer

from app.core import clock
from app.documents import storage


@pytest.fixture
def store(tmp_path: Path) -> storage.Storage:
    """Be a store in an empty folder."""
    return storage.open_storage(f"file://{tmp_path}/documents", instance=tmp_path)


def test_what_was_put_is_got(store: storage.Storage) -> None:
    key = storage.key_of("ab12", storage.ORIGINAL)

    store.put(key, b"sealed")

    assert store.get(key) == b"sealed"
    assert key == "files/ab/ab12/original"
    assert storage.uid_in(key) == "ab12"


def test_what_was_deleted_is_missing(store: storage.Storage) -> None:
    store.put("files/ab/ab12/original", b"sealed")

    store.delete(["files/ab/ab12/original", "files/ab/ab12/never"])

    with pytest.raises(storage.Missing):
        store.get("files/ab/ab12/original")


def test_only_old_objects_of_a_folder_are_listed_as_old(store: storage.Storage) -> None:
    store.put("files/ab/ab12/original", b"sealed")
    store.put("files/cd/cd34/original", b"sealed")
    now = clock.now()

    assert list(store.list_older(now - timedelta(hours=1), prefix="ab")) == []
    assert list(store.list_older(now + timedelta(hours=1), prefix="ab")) == [
        "files/ab/ab12/original"
    ]
    assert list(store.list_older(now + timedelta(hours=1), prefix="ef")) == []


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


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[storage.Storage]:
    """Be a store in an S3-compatible server."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "example")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    urlopen(Request(f"{endpoint}/papers", method="PUT"))
    yield storage.open_storage(f"s3://papers?endpoint={endpoint}", instance=tmp_path)
    server.stop()


def test_s3_keeps_lists_and_forgets_as_a_folder_does(bucket: storage.Storage) -> None:
    bucket.put("files/ab/ab12/original", b"sealed")

    assert bucket.get("files/ab/ab12/original") == b"sealed"
    bucket.put("files/cd/cd34/original", b"sealed")
    later = clock.now() + timedelta(hours=1)
    assert list(bucket.list_older(later, prefix="ab")) == ["files/ab/ab12/original"]
    assert list(bucket.list_older(later, prefix="ef")) == []

    bucket.delete(["files/ab/ab12/original"])
    with pytest.raises(storage.Missing):
        bucket.get("files/ab/ab12/original")
    assert bucket.root is None
