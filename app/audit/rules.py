"""The chain over the record: what a seal says of an entry, and what is wrong where it does not."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache
from json.encoder import encode_basestring_ascii as _quoted
from typing import Any

BEGINNING = bytes(32)
"""What stands before the first entry."""
LONGEST_TRANSACTION = timedelta(hours=1)
"""Numbers are given before a transaction commits: so long a lower one may still turn up."""
PATIENCE = timedelta(seconds=60)
"""After this an entry has to be sealed."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of the seals by their ids; the current one seals, all of them verify."""

    known: Mapping[str, bytes]
    current: str

    @classmethod
    def of(cls, keys: tuple[str, ...]) -> "Keys":
        """Return the keys for base64 texts, of which the first one seals."""
        raws = [base64.b64decode(key) for key in keys]
        ids = [hashlib.sha256(b"audit-key-id" + raw).hexdigest()[:8] for raw in raws]
        return cls(dict(zip(ids, raws, strict=True)), ids[0] if ids else "")


Columns = tuple[Any, ...]
"""Number, moment, kind and number of who acted, post, action, kind and uid of the object, fields as
JSON, request (Any: columns of a row, as models.SEALED names them)."""

_NULL = "null"
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def mac_of(key: bytes, previous: bytes, seq: int, entry: Columns) -> bytes:
    """Return the seal of an entry at its place: HMAC-SHA-256 over it and the seal before.

    The same on every engine and release: a list in JSON, in ASCII, with the fields as a text of
    JSON with sorted names.
    """
    seal = _keyed(key).copy()
    seal.update(previous + line_of(seq, entry).encode("ascii"))
    return seal.digest()


def line_of(seq: int, entry: Columns) -> str:
    """Return what is sealed of an entry, as the encoder of JSON writes such a list.

    Put together by hand, as a record of millions is verified line by line.
    """
    number, at, kind, actor, post, action, object_kind, uid, fields, request = entry
    words = f"{_quoted(at.isoformat())},{_quoted(kind)},{_number(actor)},{_number(post)}"
    about = f"{_quoted(action)},{_quoted(object_kind)},{_quoted(uid)},{_quoted(_canonical(fields))}"
    return f"[{seq},{number},{words},{about},{_NULL if request is None else _quoted(request)}]"


def _number(value: int | None) -> int | str:
    return _NULL if value is None else value


@lru_cache(maxsize=8)
def _keyed(key: bytes) -> hmac.HMAC:
    """Return the beginning of every seal of a key, of which each takes a copy."""
    return hmac.new(key, digestmod="sha256")


@lru_cache(maxsize=4096)
def _canonical(fields: str) -> str:
    """Return JSON as a text that does not depend on how an engine keeps it."""
    return _encode(json.loads(fields))


class Wrong(StrEnum):
    """What may be wrong with a place of the chain."""

    CHANGED = "changed"
    """The entry is not the one that was sealed here: edited, or put in another's place."""
    DELETED = "deleted"
    UNSEALED = "unsealed"
    """A seal of the chain is missing."""
    UNKNOWN_KEY = "unknown_key"
    INSERTED = "inserted"
    """An entry stands between sealed ones and was never sealed."""
    CUT = "cut"
    """The chain ends before a head that was anchored outside."""
    REPLACED = "replaced"
    """The chain passes an anchored head with another seal: a copy was restored and gone on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The first bad row: what is wrong, at which seal, and which entry it is about."""

    wrong: Wrong
    seq: int
    entry_id: int | None = None


@dataclass(frozen=True, slots=True)
class Seal:
    """One place of the chain with the entry that is found there (None for none)."""

    seq: int
    entry_id: int
    kid: str
    mac: bytes
    entry: Columns | None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of the chain that somebody keeps outside of the database."""

    seq: int
    mac: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.mac.hex()}"

    @classmethod
    def parse(cls, text: str) -> "Anchor":
        """Return the anchor that a text such as 17:9f…, says; raise ValueError for any other."""
        seq, _, mac = text.strip().partition(":")
        if not (seq.isascii() and seq.isdigit()) or len(mac) != 64:
            raise ValueError(text)
        return cls(int(seq), bytes.fromhex(mac))


@dataclass(slots=True)
class Walk:
    """A walk along the chain from its beginning; it stops at the first bad row."""

    keys: Keys
    anchors: Mapping[int, frozenset[bytes]]
    seq: int = 0
    mac: bytes = BEGINNING
    finding: Finding | None = field(default=None)

    def go_on(self, seals: Iterable[Seal]) -> Finding | None:
        """Verify the next seals in their order; return the first that is bad, or None."""
        for seal in seals:
            wrong = self._verdict(seal)
            if wrong is not None:
                at = self.seq + 1 if wrong is Wrong.UNSEALED else seal.seq
                entry = None if wrong is Wrong.UNSEALED else seal.entry_id
                self.finding = Finding(wrong=wrong, seq=at, entry_id=entry)
                return self.finding
            self.seq, self.mac = seal.seq, seal.mac
        return None

    def _verdict(self, seal: Seal) -> Wrong | None:
        if seal.seq != self.seq + 1:
            return Wrong.UNSEALED
        if seal.entry is None:
            return Wrong.DELETED
        key = self.keys.known.get(seal.kid)
        if key is None:
            return Wrong.UNKNOWN_KEY
        if mac_of(key, self.mac, seal.seq, seal.entry) != seal.mac:
            return Wrong.CHANGED
        anchored = self.anchors.get(seal.seq)
        return Wrong.REPLACED if anchored and anchored != {seal.mac} else None

    def end(self) -> Finding | None:
        """Return what is wrong with where the chain ends, or None."""
        beyond = [seq for seq in self.anchors if seq > self.seq]
        if beyond:
            self.finding = Finding(wrong=Wrong.CUT, seq=self.seq + 1)
        return self.finding


def by_place(anchors: Iterable[Anchor]) -> dict[int, frozenset[bytes]]:
    """Return anchors by the place that they are for."""
    found: dict[int, frozenset[bytes]] = {}
    for anchor in anchors:
        found[anchor.seq] = found.get(anchor.seq, frozenset()) | {anchor.mac}
    return found


def read_anchors(lines: Iterable[str]) -> Iterator[Anchor]:
    """Yield the heads of a file of anchors: the last word of each line; raise ValueError."""
    for line in lines:
        if line.strip():
            yield Anchor.parse(line.split()[-1])
