"""What the settings say of an HTTP gateway: what it is sent, and how its answers are read.

Nothing of a provider is code: method, address, headers and body are templates in which `{to}`,
`{text}` and `{key}` are filled in; where its id and its errors stand are paths into its JSON.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote_plus, urlsplit

from app.core import callbacks
from app.core.text import is_unreadable
from app.notifications.rules import Reply, Result, Said
from config import SHORTEST_SECRET, SettingsError

SLOT = re.compile(r"\{(to|text|key)\}")
NAME = re.compile(r"[a-z0-9-]{1,32}")
LONGEST_ID = 128
MOST_AT_ONCE = 500
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
LONGEST_WAIT_S = 24 * 3600
Part = TypeVar("Part")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is sent; a template of an address or of headers knows the key alone."""

    url: str
    body: str
    method: str = "POST"
    kind: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """How many messages are sent in one call, each under its key, and where its answers stand.

    Each answer is read as Answer says; whose it is says the key that it names.
    """

    url: str
    item: str
    """One message; what stands for `{items}` in the body, with commas between them."""
    answers: str
    key: str
    body: str = "[{items}]"
    size: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Where an answer says what it says: paths such as "messages.0.id" into its JSON."""

    id: str
    error: str = ""
    refused: Sequence[str] = ()
    """Errors that say that this message will never be taken."""
    taken: Sequence[str] = ()
    """Errors that say that it has the message already."""
    later: Sequence[str] = ()
    """Errors that say that it did not take the message and may later."""
    busy: Sequence[str] = ()
    shut_out: Sequence[str] = ()
    gone: Sequence[str] = ()
    """Errors that say that there is no such number (any more)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Where a receipt says what it says; `signature` and `time` are names of headers.

    It is signed by HMAC-SHA-256 over the time in seconds since 1970, a dot and the body, in hex.
    """

    secret: str
    signature: str
    time: str
    status: str
    id: str = ""
    key: str = ""
    """Where our own key stands, for providers that give it back."""
    event: str = ""
    """What names this receipt; without it, the same body is the same receipt."""
    delivered: Sequence[str] = ()
    failed: Sequence[str] = ()
    gone: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a receipt says, and of which message."""

    event_id: str
    reference: str
    key: str
    said: Said | None


class Forged(Exception):
    """A receipt does not come from its provider, or cannot be read."""


class Garbled(Forged):
    """It is signed, and names no message that there could be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """One provider of short messages."""

    name: str
    request: Request
    answer: Answer
    batch: Batch | None = None
    weight: int = 1
    receipt: Receipt | None = None
    key_hours: float = 0
    """How long it knows an idempotency key; 0 for one that knows none."""

    @property
    def key_life(self) -> timedelta | None:
        """Return how long it knows a key, None without keys."""
        return timedelta(hours=self.key_hours) if self.key_hours else None

    def body(self, **values: str) -> bytes:
        """Return what is sent, with each value written as its kind of content asks."""
        encode = quote_plus if self.request.kind == FORM else _in_json
        return _filled(self.request.body, encode, values).encode()

    def headers(self, key: str) -> dict[str, str]:
        """Return what is sent before the body."""
        own = {name: SLOT.sub(key, text) for name, text in self.request.headers.items()}
        return {"Content-Type": self.request.kind, "Accept": JSON, **own}

    def target(self, key: str) -> str:
        """Return the path that is asked for."""
        return _path(SLOT.sub(key, self.request.url))

    def batch_of(self, letters: Iterable[tuple[str, str, str]]) -> tuple[str, bytes]:
        """Return where phones, texts and keys are sent in one call, and what is sent."""
        if self.batch is None:
            raise ValueError(f"{self.name} takes one at a time")
        items = [
            _filled(self.batch.item, _in_json, {"to": to, "text": text, "key": key})
            for to, text, key in letters
        ]
        return _path(self.batch.url), self.batch.body.replace("{items}", ",".join(items)).encode()

    def replies(
        self, keys: Sequence[str], status: int, content: bytes, retry_after: str = ""
    ) -> list[Reply]:
        """Return what the answer to a call with many messages says of each, by its key."""
        said = parsed(content)
        listed = within(said, self.batch.answers) if self.batch else None
        named = listed if isinstance(listed, list) else []
        answers = {at(one, self.batch.key): one for one in named} if self.batch else {}
        wait = timedelta(seconds=seconds(retry_after))
        whole = self._reply(status, said, wait)
        if whole.result is Result.ACCEPTED or 200 <= status < 300:
            # What names the call, or says of it that it was taken, proves nothing of a message.
            whole = Reply(result=Result.AMBIGUOUS, code=status)
        return [
            self._reply(status, answers[key], wait) if key in answers else whole for key in keys
        ]

    def reply(self, status: int, content: bytes, retry_after: str = "") -> Reply:
        """Return what an answer says of the message."""
        return self._reply(status, parsed(content), timedelta(seconds=seconds(retry_after)))

    def _reply(self, status: int, said: object, wait: timedelta) -> Reply:
        reference, error = at(said, self.answer.id), at(said, self.answer.error)
        result = self._result(status, error, is_named=bool(reference))
        if len(reference) > LONGEST_ID:
            reference = ""
        is_gone = result is Result.REFUSED and error in self.answer.gone
        return Reply(result=result, code=status, reference=reference, wait=wait, is_gone=is_gone)

    def word(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Word:
        """Return what a receipt says; raise Forged for what the provider did not sign just now.

        Garbled where it did, and what stands there names nothing.
        """
        if self.receipt is None:
            raise Forged
        by_name = {name.casefold(): value for name, value in headers.items()}
        at_moment = by_name.get(self.receipt.time.casefold(), "")
        signature = by_name.get(self.receipt.signature.casefold(), "")
        secret = self.receipt.secret
        if not callbacks.is_genuine(secret, at_moment, body, signature, now=now):
            raise Forged
        return _word(self.receipt, parsed(body), body)

    def _result(self, status: int, error: str, *, is_named: bool) -> Result:
        said = {
            Result.ACCEPTED: self.answer.taken,
            Result.REFUSED: (*self.answer.refused, *self.answer.gone),
            Result.SHUT_OUT: self.answer.shut_out,
            Result.BUSY: self.answer.busy,
            Result.DEFERRED: self.answer.later,
        }
        for result, errors in said.items():
            if error and error in errors:
                return result
        if 200 <= status < 300:
            # A success that does not name the message proves nothing.
            return Result.ACCEPTED if is_named and not error else Result.AMBIGUOUS
        return result_of_status(status)


def _word(receipt: Receipt, said: object, body: bytes) -> Word:
    reference, key = at(said, receipt.id), at(said, receipt.key)
    event_id = at(said, receipt.event) or hashlib.sha256(body).hexdigest()
    if not (reference or key) or max(len(reference), len(event_id)) > LONGEST_ID or len(key) > 48:
        raise Garbled
    kinds = {
        Said.GONE: receipt.gone,
        Said.FAILED: receipt.failed,
        Said.DELIVERED: receipt.delivered,
    }
    status = at(said, receipt.status)
    found = next((kind for kind, words in kinds.items() if status in words), None)
    return Word(event_id=event_id, reference=reference, key=key, said=found)


def result_of_status(status: int) -> Result:
    """Return what an HTTP status says of a message, where its answer says nothing else."""
    if status in (401, 402, 403, 404, 405, 407, 410):
        # We may not, or nobody is where we ask: no fault of the message.
        return Result.SHUT_OUT
    if status == 429:
        return Result.BUSY
    if status in (408, 425, 503):
        return Result.DEFERRED
    if 400 <= status < 500:
        return Result.REFUSED
    return Result.FAILED


def parsed(content: bytes) -> object:
    """Return the JSON of an answer, None for anything else."""
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return found


def within(said: object, path: str) -> object:
    """Return what stands at a path such as "messages.0.id"; None where there is nothing."""
    for step in path.split(".") if path else ():
        if isinstance(said, Mapping):
            said = said.get(step)
        elif isinstance(said, list) and step.isdecimal() and int(step) < len(said):
            said = said[int(step)]
        else:
            return None
    return said


def at(said: object, path: str) -> str:
    """Return the text or number at a path; empty where there is none that can be kept."""
    said = within(said, path)
    if isinstance(said, bool) or not (path and isinstance(said, str | int)):
        return ""
    return "" if is_unreadable(text := str(said)) else text


def _path(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _filled(template: str, encode: Callable[[str], str], values: Mapping[str, str]) -> str:
    """Return a template with each slot replaced by its value, as its kind of content asks."""
    return SLOT.sub(lambda slot: encode(values[slot[1]]), template)


def _in_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def seconds(text: str) -> int:
    """Return the seconds of a Retry-After; a date in it is not read."""
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    return min(int(text), LONGEST_WAIT_S) if is_number else 0


@lru_cache(maxsize=8)
def read(text: str) -> tuple[Gateway, ...]:
    """Return the gateways that the settings name; raise SettingsError in one sentence."""
    if not text:
        return ()
    found = [_gateway(one) for one in json.loads(text).get("gateway", ())]
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise SettingsError("SMS_GATEWAYS: two gateways have the same name.")
    return tuple(found)


def _gateway(described: Mapping[str, Any]) -> Gateway:
    # Any: what stands in the file.
    parts: dict[str, object] = {
        "request": _part(Request, described.get("request", {}), "request"),
        "answer": _part(Answer, described.get("answer", {}), "answer"),
    }
    if "receipt" in described:
        parts["receipt"] = _part(Receipt, described["receipt"], "receipt")
    if "batch" in described:
        parts["batch"] = _part(Batch, described["batch"], "batch")
    found = _part(Gateway, {**described, **parts}, "gateway")
    _check(found)
    return found


def _part(kind: type[Part], described: Mapping[str, Any], name: str) -> Part:
    known = {one.name for one in fields(kind)}  # type: ignore[arg-type]  # (a dataclass each)
    unknown = sorted(set(described) - known)
    if unknown:
        raise SettingsError(f"SMS_GATEWAYS: {name} has no {', '.join(unknown)}.")
    try:
        return kind(**described)
    except TypeError:
        raise SettingsError(f"SMS_GATEWAYS: {name} lacks something.") from None


def _check(gateway: Gateway) -> None:
    """Refuse what could not work, or would show a phone where addresses are written down."""
    where = f"SMS_GATEWAYS: {gateway.name}"
    if not NAME.fullmatch(gateway.name):
        raise SettingsError("SMS_GATEWAYS: a name has small Latin letters, digits and hyphens.")
    if not isinstance(gateway.weight, int) or gateway.weight < 1:
        raise SettingsError(f"{where}: the weight is a whole number from 1.")
    receipt = gateway.receipt
    if receipt and (len(receipt.secret) < SHORTEST_SECRET or not (receipt.id or receipt.key)):
        raise SettingsError(f"{where}: a receipt has a long secret, and an id or a key.")
    _check_request(gateway, where)


def _check_request(gateway: Gateway, where: str) -> None:
    request = gateway.request
    if urlsplit(request.url).scheme not in ("http", "https"):
        raise SettingsError(f"{where}: the url is none.")
    if {"to", "text"} - set(SLOT.findall(request.body)):
        raise SettingsError(f"{where}: the body needs {{to}} and {{text}}.")
    outside = SLOT.findall(request.url + " ".join(request.headers.values()))
    if set(outside) - {"key"}:
        raise SettingsError(f"{where}: phone and text stand in the body only.")
    if request.kind not in (JSON, FORM):
        raise SettingsError(f"{where}: the kind is {JSON} or {FORM}.")
    if gateway.key_hours and "key" not in {*outside, *SLOT.findall(request.body)}:
        raise SettingsError(f"{where}: it knows keys and is given none.")
    if gateway.batch is not None:
        _check_batch(gateway.batch, request, where, knows_keys=bool(gateway.key_hours))


def _check_batch(batch: Batch, request: Request, where: str, *, knows_keys: bool) -> None:
    """Refuse a batch in which a message could go twice or be taken for another."""
    if not knows_keys or request.kind != JSON:
        raise SettingsError(f"{where}: only who knows keys and speaks JSON gets a batch.")
    if urlsplit(batch.url)[:2] != urlsplit(request.url)[:2] or SLOT.search(batch.url):
        raise SettingsError(f"{where}: a batch goes to the same host, and its url has no slots.")
    if set(SLOT.findall(batch.item)) != {"to", "text", "key"} or "{items}" not in batch.body:
        raise SettingsError(f"{where}: a batch has {{items}}; each has {{to}}, {{text}}, {{key}}.")
    if not (batch.key and isinstance(batch.size, int) and 1 <= batch.size <= MOST_AT_ONCE):
        raise SettingsError(f"{where}: a batch has 1 to {MOST_AT_ONCE}; its answers name a key.")
