"""Where the sealed bytes of files lie: a folder of this machine, or an S3-compatible store."""

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import obstore
from flask import Flask, current_app
from flask_babel import lazy_gettext as _l
from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, S3Store

from app.core.errors import DomainError

logger = logging.getLogger(__name__)

FILES = "files"
ORIGINAL = "original"
SMALL = "small"


class Missing(Exception):
    """A row has no bytes: they were lost or never arrived."""


class NotKept(DomainError):
    """The store takes nothing: it is full, or away."""

    message = _l("Files cannot be taken at the moment. Please send yours again in a few minutes.")
    status = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """One store; `root` is its folder when it is on this machine."""

    store: LocalStore | S3Store
    incoming: Path
    """A folder of this machine for bytes that are still being looked at."""
    root: Path | None = None

    def put(self, key: str, data: bytes) -> None:
        """Write an object; when this returns, it survives a loss of power. Raises NotKept."""
        try:
            obstore.put(self.store, key, data)
            if self.root is not None:
                _sync(self.root / key, upto=self.root)
        except (OSError, BaseError) as error:
            logger.error("a file could not be stored", exc_info=error)
            raise NotKept() from error

    def get(self, key: str) -> bytes:
        """Return an object, or raise Missing."""
        try:
            return bytes(obstore.get(self.store, key).bytes())
        except (NotFoundError, FileNotFoundError):
            raise Missing(key) from None

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; those that are not there are no error."""
        for key in keys:
            try:
                obstore.delete(self.store, key)
            except (NotFoundError, FileNotFoundError):
                continue

    def remove_all_of(self, uid: str) -> None:
        """Remove every object of a document or parcel."""
        for chunk in obstore.list(self.store, key_of(uid, "").rstrip("/")):
            self.delete([entry["path"] for entry in chunk])

    def list_older(self, before: datetime, *, prefix: str) -> Iterator[str]:
        """Yield the keys of one folder's objects that were written before a moment."""
        for chunk in obstore.list(self.store, f"{FILES}/{prefix}"):
            for entry in chunk:
                if entry["last_modified"] < before:
                    yield entry["path"]

    def remove_remains(self, before: datetime, *, prefix: str) -> int:
        """Remove half-written files of this machine from before a moment; return how many.

        Those that are still arriving lie apart; of the others, one folder's.
        """
        remains = [
            path for path in self._remains(prefix) if path.stat().st_mtime < before.timestamp()
        ]
        for path in remains:
            path.unlink(missing_ok=True)
        return len(remains)

    def _remains(self, prefix: str) -> Iterator[Path]:
        yield from (path for path in self.incoming.iterdir() if path.is_file())
        if self.root is not None:
            # The local store writes to "name#1" and renames.
            yield from (self.root / FILES / prefix).rglob("*#*")


def _sync(path: Path, *, upto: Path) -> None:
    for place in (path, *path.parents):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if place == upto:
            return


def key_of(uid: str, part: str) -> str:
    """Return the key of one part of a document."""
    return f"{FILES}/{uid[:2]}/{uid}/{part}"


def uid_in(key: str) -> str:
    """Return the document's uid in a key."""
    return key.split("/")[2]


def page_part(number: int) -> str:
    """Return the part that holds the image of a page, counted from 1."""
    return f"page-{number}"


def open_storage(url: str, *, instance: Path) -> Storage:
    """Return the store of a `file:///…` or `s3://bucket?endpoint=…&region=…` address.

    The keys of S3 come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return Storage(
            store=_s3(parts.netloc, parts.query), incoming=_folder(instance / "incoming")
        )
    if parts.scheme != "file":
        raise ValueError("STORAGE_URL must begin with file:// or s3://")
    root = _folder(Path(parts.path))
    return Storage(store=LocalStore(prefix=root), incoming=_folder(root / "incoming"), root=root)


def _s3(bucket: str, query: str) -> S3Store:
    given = {name: values[0] for name, values in parse_qs(query).items()}
    endpoint = given.get("endpoint")
    plain = bool(endpoint and endpoint.startswith("http://"))
    return S3Store(
        bucket,
        endpoint=endpoint,
        region=given.get("region", "us-east-1"),
        client_options={"allow_http": plain},
    )


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def init_app(app: Flask, *, url: str, instance: Path) -> None:
    """Give the app its store."""
    app.extensions["storage"] = open_storage(url, instance=instance)


def current() -> Storage:
    """Return the store of the running app."""
    storage: Storage = current_app.extensions["storage"]
    return storage
