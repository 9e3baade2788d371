"""Personal data at rest: a data key per person under a rotating master key, and keyed hashes.

A sealed value is bound to its table, column and row, so that it cannot be moved to another.
Erasing a person destroys the wrapped data key (ADR 0003).
"""

import base64
import hashlib
import hmac
import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar, overload

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import Flask, current_app, has_request_context, request
from flask_babel import gettext
from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, Named, db, key_index

NONCE = 12
KEY_ID = 8
"""Characters in front of a wrapped key that name its master key."""

logger = logging.getLogger(__name__)

Value = TypeVar("Value")


class Unreadable(Exception):
    """The key was destroyed, or the value is not what this row sealed."""


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of a deployment: master keys by id, and the key of the search hashes."""

    masters: dict[str, bytes]
    current: str
    index_key: bytes

    @classmethod
    def of(cls, master_keys: tuple[str, ...], index_key: str) -> "Keyring":
        """Return the ring for base64 keys; the first master key wraps new data keys."""
        raws = [base64.b64decode(key) for key in master_keys]
        ids = [hashlib.sha256(b"master-key-id" + raw).hexdigest()[:KEY_ID] for raw in raws]
        return cls(dict(zip(ids, raws, strict=True)), ids[0], base64.b64decode(index_key))

    def wrap(self, key: bytes, uid: str) -> bytes:
        """Return a data key wrapped by the current master key, naming that key in front."""
        nonce = secrets.token_bytes(NONCE)
        body = AESGCM(self.masters[self.current]).encrypt(nonce, key, f"data_key:{uid}".encode())
        return self.current.encode() + nonce + body

    def rewrap(self, wrapped: bytes, uid: str) -> bytes:
        """Return the same data key wrapped by the current master key, or raise Unreadable."""
        return self.wrap(self.unwrap(wrapped, uid), uid)

    def unwrap(self, wrapped: bytes, uid: str) -> bytes:
        """Return the data key, or raise Unreadable."""
        master = self.masters.get(wrapped[:KEY_ID].decode("ascii", "replace"))
        if master is None:
            raise Unreadable("wrapped by a master key that is not here")
        return _decrypt(master, wrapped[KEY_ID:], f"data_key:{uid}")


class DataKey(Named, Model):
    """A person's own key; without `wrapped` all that it sealed is gone for ever."""

    __tablename__ = "data_key"
    __table_args__ = (key_index("data_key"),)

    wrapped: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    destroyed_at: Mapped[datetime | None]

    def destroy(self, now: datetime) -> None:
        """Have all that it sealed be gone for ever."""
        self.wrapped, self.destroyed_at = None, now


@dataclass(frozen=True, slots=True, kw_only=True)
class WrappedKey:
    """A data key as a list reads it, without its row."""

    uid: str
    wrapped: bytes | None


def init_app(app: Flask, *, master_keys: tuple[str, ...], index_key: str) -> None:
    """Give the app its keyring."""
    app.extensions["keyring"] = Keyring.of(master_keys, index_key)


def keyring() -> Keyring:
    """Return the keyring of the running app."""
    ring: Keyring = current_app.extensions["keyring"]
    return ring


def new_data_key(now: datetime) -> DataKey:
    """Return a fresh data key, not yet added to a session."""
    row = DataKey(created_at=now)
    row.wrapped = keyring().wrap(secrets.token_bytes(32), row.uid)
    return row


def seal(key: DataKey, plain: bytes, place: str) -> bytes:
    """Return the ciphertext of bytes, bound to `place` ("table:column:uid")."""
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(_raw(key)).encrypt(nonce, plain, place.encode())


def unseal(key: DataKey | WrappedKey, sealed: bytes, place: str) -> bytes:
    """Return the bytes that were sealed at this very place, or raise Unreadable."""
    return _decrypt(_raw(key), sealed, place)


def seal_for_browser(plain: bytes, place: str) -> str:
    """Return bytes as text that only this deployment can open, for a hidden field of a form.

    Bound to `place`, which says whose form it is; it does not outlive the master key.
    """
    ring, nonce = keyring(), secrets.token_bytes(NONCE)
    key = _browser_key(ring.masters[ring.current])
    sealed = nonce + AESGCM(key).encrypt(nonce, plain, place.encode())
    return base64.urlsafe_b64encode(sealed).decode()


def unseal_from_browser(text: str, place: str) -> bytes:
    """Return the bytes that were sealed for this place, or raise Unreadable."""
    try:
        sealed = base64.urlsafe_b64decode(text.encode("ascii"))
    except ValueError:
        raise Unreadable(place) from None
    for master in keyring().masters.values():
        try:
            return _decrypt(_browser_key(master), sealed, place)
        except Unreadable:
            continue  # A form may have been open since before the master key was changed.
    raise Unreadable(place)


def _browser_key(master: bytes) -> bytes:
    return hmac.new(master, b"hidden field", hashlib.sha256).digest()


def _raw(key: DataKey | WrappedKey) -> bytes:
    if key.wrapped is None:
        raise Unreadable("the data key was destroyed")
    return keyring().unwrap(key.wrapped, key.uid)


def _decrypt(key: bytes, sealed: bytes, place: str) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], place.encode())
    except (InvalidTag, ValueError):
        raise Unreadable(place) from None


def keyed_hash(purpose: str, text: str) -> str:
    """Return a 128-bit keyed hash in hex for look-ups; the purpose keeps kinds apart."""
    message = f"{purpose}\x00{text}".encode()
    return hmac.new(keyring().index_key, message, hashlib.sha256).hexdigest()[:32]


def new_digits(length: int) -> str:
    """Return so many digits that nobody guesses, zeros in front included."""
    return f"{secrets.randbelow(10**length):0{length}}"


def is_looked_at() -> bool:
    """Return whether a page is made that only shows, outside of transaction()."""
    if not has_request_context() or request.method not in ("GET", "HEAD"):
        return False
    return not db.session.info.get("boundary")


def cannot_be_read() -> str:
    """Return what stands on a page in the place of a text that cannot be opened."""
    return gettext("(cannot be read)")


class Sealed(Generic[Value]):
    """A descriptor for a JSON value that lives encrypted in a column `sealed_<name>`.

    The row needs a `uid` and a `data_key` before it is written to. Reading a value that cannot
    be opened raises Unreadable; reading one never written returns None. Where `instead` is given,
    a page that is only looked at shows what that returns, and the log says which value it was:
    one damaged row must not take a list away. Whatever writes still gets Unreadable, so that
    nothing is stored in the place of what may yet be restored.
    """

    def __init__(self, instead: Callable[[], Value] | None = None) -> None:
        self._instead = instead

    def __set_name__(self, owner: type, name: str) -> None:
        self.column = f"sealed_{name}"

    @overload
    def __get__(self, row: None, owner: type) -> "Sealed[Value]": ...
    @overload
    def __get__(self, row: object, owner: type) -> Value | None: ...
    def __get__(self, row: object | None, owner: type) -> Any:
        # Any: the overloads above are what callers see.
        if row is None:
            return self
        sealed = getattr(row, self.column)
        if sealed is None:
            return None
        try:
            return json.loads(unseal(row.data_key, sealed, self._place(row)))  # type: ignore[attr-defined]
        except Unreadable:
            if self._instead is None or not is_looked_at():
                raise
            logger.error("sealed value cannot be read", extra={"place": self._place(row)})
            return self._instead()

    def __set__(self, row: object, value: Value | None) -> None:
        if value is None:
            setattr(row, self.column, None)
            return
        plain = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        setattr(row, self.column, seal(row.data_key, plain, self._place(row)))  # type: ignore[attr-defined]

    def _place(self, row: Any) -> str:
        # Any: every model that has this descriptor has both names.
        return f"{row.__tablename__}:{self.column}:{row.uid}"
