"""A large file that this software made: kept for a while, in sealed parts, read part by part.

Its parts lie in the store of documents, whose sweep removes whatever no document owns after a
day. So a parcel lives for less than that, and none outlives its row.
"""

from collections.abc import Iterator
from typing import IO

from app.core.crypto import DataKey, seal, unseal
from app.documents import storage

PART = 4 * 1024 * 1024
"""Bytes that are sealed at once; no more of a file is ever in memory."""


def put(uid: str, body: IO[bytes], *, data_key: DataKey) -> int:
    """Keep a file under a public name, from its beginning; return in how many parts."""
    store, number = storage.current(), 0
    body.seek(0)
    while piece := body.read(PART):
        number += 1
        store.put(_key(uid, number), seal(data_key, piece, _place(uid, number)))
    return number


def read(uid: str, parts: int, *, data_key: DataKey) -> Iterator[bytes]:
    """Yield the parts of a file; raises storage.Missing or Unreadable once it is gone."""
    store = storage.current()
    for number in range(1, parts + 1):
        yield unseal(data_key, store.get(_key(uid, number)), _place(uid, number))


def delete(uid: str, parts: int) -> None:
    """Remove the parts of a file; those that are not there are no error."""
    storage.current().delete([_key(uid, number) for number in range(1, parts + 1)])


def _key(uid: str, number: int) -> str:
    return storage.key_of(uid, f"part-{number}")


def _place(uid: str, number: int) -> str:
    return f"parcel:{number}:{uid}"
