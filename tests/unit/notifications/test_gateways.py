"""How the settings describe a gateway, and what its answers say."""

import json
import re
import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core import callbacks
from app.demo import gateway as demo
from app.notifications import gateways
from app.notifications.gateways import Word
from app.notifications.rules import Reply, Result, Said, count_parts
from config import SettingsError

BODY = '{"to": "{to}", "text": "{text}", "ref": "{key}"}'


def described(**changes: Any) -> str:  # Any: what a file may hold
    """Return settings of one gateway, changed."""
    one: dict[str, Any] = {
        "name": "first",
        "key_hours": 24,
        "request": {"url": "https://sms.example/send", "body": BODY},
        "answer": {
            "id": "messages.0.id",
            "error": "messages.0.error",
            "refused": ["bad"],
            "taken": ["23"],
            "later": ["full"],
            "busy": ["fast"],
            "shut_out": ["poor"],
        },
    }
    return json.dumps({"gateway": [{**one, **changes}]})


def reply(status: int, content: bytes, retry_after: str = "") -> Reply:
    (gateway,) = gateways.read(described())
    return gateway.reply(status, content, retry_after)


def said(**message: object) -> bytes:
    return json.dumps({"messages": [message]}).encode()


@pytest.mark.parametrize(
    ("status", "content", "result"),
    [
        (201, said(id="m1"), Result.ACCEPTED),
        (200, said(id=77), Result.ACCEPTED),
        (200, said(error="23"), Result.ACCEPTED),
        (409, said(error="23"), Result.ACCEPTED),
        (200, said(error="bad"), Result.REFUSED),
        (200, said(error="full"), Result.DEFERRED),
        (200, said(error="fast"), Result.BUSY),
        (200, said(error="poor"), Result.SHUT_OUT),
        # A success that names nothing, or that names an error nobody knows, proves nothing.
        (200, said(), Result.AMBIGUOUS),
        (200, said(id=True), Result.AMBIGUOUS),
        (200, said(id="m1", error="odd"), Result.AMBIGUOUS),
        (200, b"", Result.AMBIGUOUS),
        (200, b"\xff<html>", Result.AMBIGUOUS),
        (204, b"[" * 100_000, Result.AMBIGUOUS),
        (400, b"", Result.REFUSED),
        (404, b"", Result.SHUT_OUT),
        (405, b"", Result.SHUT_OUT),
        (410, b"", Result.SHUT_OUT),
        (404, said(error="bad"), Result.REFUSED),
        (401, b"", Result.SHUT_OUT),
        (403, b"", Result.SHUT_OUT),
        (429, b"", Result.BUSY),
        (503, b"", Result.DEFERRED),
        (500, b"", Result.FAILED),
        (502, b"", Result.FAILED),
        (302, b"", Result.FAILED),
    ],
)
@pytest.mark.proves("queue-007")
def test_an_answer_is_an_outcome(status: int, content: bytes, result: Result) -> None:
    assert reply(status, content).result is result


BATCH = {
    "url": "https://sms.example/many",
    "item": BODY,
    "body": '{"all": [{items}]}',
    "answers": "all",
    "key": "ref",
}
INNER = {"id": "id", "error": "error", "refused": ["bad"], "taken": ["23"]}


def replies(status: int, content: object, *keys: str) -> list[Result]:
    (gateway,) = gateways.read(described(answer=INNER, batch=BATCH))
    found = gateway.replies(keys, status, json.dumps(content).encode())
    return [reply.result for reply in found]


def test_a_batch_is_one_call_with_each_message_under_its_key() -> None:
    (gateway,) = gateways.read(described(answer=INNER, batch=BATCH))
    target, body = gateway.batch_of([("+7", 'a"b', "k1"), ("+8", "{key}", "k2")])

    assert target == "/many"
    assert json.loads(body) == {
        "all": [
            {"to": "+7", "text": 'a"b', "ref": "k1"},
            {"to": "+8", "text": "{key}", "ref": "k2"},
        ]
    }


def test_of_a_batch_each_is_what_is_said_under_its_key() -> None:
    said = [{"ref": "k3", "error": "bad"}, {"ref": "k1", "id": "m1"}, {"ref": "k4", "error": "23"}]

    assert replies(200, {"all": said}, "k1", "k2", "k3", "k4") == [
        Result.ACCEPTED,
        Result.AMBIGUOUS,
        Result.REFUSED,
        Result.ACCEPTED,
    ]


@pytest.mark.parametrize(
    ("status", "content", "result"),
    [
        # What names the whole call proves nothing of its messages.
        (200, {"id": "b1"}, Result.AMBIGUOUS),
        (409, {"error": "23"}, Result.AMBIGUOUS),
        (200, {"all": "none"}, Result.AMBIGUOUS),
        (429, {}, Result.BUSY),
        (401, {}, Result.SHUT_OUT),
        (500, None, Result.FAILED),
        (400, {}, Result.REFUSED),
    ],
)
def test_where_a_batch_names_none_all_share_the_outcome(
    status: int, content: object, result: Result
) -> None:
    assert replies(status, content, "k1", "k2") == [result] * 2


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"batch": {**BATCH, "url": "https://other.example/many"}}, "same host"),
        ({"batch": {**BATCH, "item": "{to}{text}"}}, "each has"),
        ({"batch": {**BATCH, "body": "[]"}}, "each has"),
        ({"batch": {**BATCH, "key": ""}}, "name a key"),
        ({"batch": {**BATCH, "size": 5000}}, "1 to 500"),
        ({"batch": BATCH, "key_hours": 0}, "only who knows keys"),
        ({"batch": {"url": "https://sms.example/many"}}, "lacks"),
    ],
)
def test_a_batch_in_which_one_could_be_taken_for_another_is_refused(
    changes: dict[str, Any], word: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(word)):
        gateways.read(described(**{"answer": INNER, **changes}))


def test_the_name_of_a_message_is_kept_unless_it_is_too_long() -> None:
    assert reply(201, said(id="m1")).reference == "m1"
    assert reply(201, said(id="m" * 129)).reference == ""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30), ("", 0), ("-5", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("999999", 86_400)],
)
@pytest.mark.proves("queue-007")
def test_a_gateway_may_ask_for_patience_up_to_a_day(header: str, seconds: int) -> None:
    assert reply(429, b"", header).wait == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("kind", "body", "sent"),
    [
        (gateways.JSON, '{"t": "{text}"}{to}', '{"t": "a\\"b\\n"}+7'),
        (gateways.FORM, "t={text}&to={to}", "t=a%22b%0A&to=%2B7"),
        (gateways.FORM, "t={text}&x={other}&to={to}", "t=a%22b%0A&x={other}&to=%2B7"),
    ],
)
def test_values_are_written_as_the_kind_of_content_asks(kind: str, body: str, sent: str) -> None:
    request = {"url": "https://sms.example/send", "body": body, "kind": kind}
    (gateway,) = gateways.read(described(request=request, key_hours=0))

    assert gateway.body(to="+7", text='a"b\n', key="k") == sent.encode()


def test_the_key_may_stand_in_the_address_and_in_headers() -> None:
    request = {"url": "https://sms.example/{key}?v=1", "body": BODY, "headers": {"K": "<{key}>"}}
    (gateway,) = gateways.read(described(request=request))

    assert gateway.target("k1") == "/k1?v=1"
    assert gateway.headers("k1")["K"] == "<k1>"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"name": "First!"}, "small Latin letters"),
        ({"color": "red"}, "color"),
        ({"weight": 0}, "weight"),
        ({"request": {"url": "https://sms.example"}}, "lacks"),
        ({"request": {"url": "ftp://sms.example", "body": BODY}}, "url"),
        ({"request": {"url": "https://sms.example/{to}", "body": BODY}}, "body only"),
        (
            {"request": {"url": "https://a.example", "body": BODY, "headers": {"To": "{to}"}}},
            "body only",
        ),
        ({"request": {"url": "https://a.example", "body": "{to}"}}, "needs {to} and {text}"),
        ({"request": {"url": "https://a.example", "body": BODY, "kind": "text/xml"}}, "kind"),
        ({"request": {"url": "https://a.example", "body": "{to}{text}"}}, "knows keys"),
        (
            {"receipt": {"secret": "short", "signature": "S", "time": "T", "status": "s"}},
            "long secret",
        ),
    ],
)
def test_a_mistake_in_the_settings_is_told_in_a_sentence(
    changes: dict[str, Any], word: str
) -> None:
    with pytest.raises(SettingsError, match=word):
        gateways.read(described(**changes))


NOW = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)


def heard(said: demo.Callback, *, now: datetime = NOW, **headers: str) -> Word:
    described = tomllib.loads(demo.describe(1))
    (gateway,) = gateways.read(json.dumps(described))
    return gateway.word({**said.headers, **headers}, said.body, now=now)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("delivered", Said.DELIVERED),
        ("undelivered", Said.FAILED),
        ("no_such_number", Said.GONE),
        ("passed on to the network", None),
    ],
)
def test_a_receipt_is_read_as_the_settings_say(status: str, said: Said | None) -> None:
    word = heard(demo.receipt(event="e1", status=status, message="m1", key="k1", at=NOW))

    assert word == Word(event_id="e1", reference="m1", key="k1", said=said)


def test_names_of_headers_are_compared_as_http_does() -> None:
    said = demo.receipt(event="e1", message="m1", at=NOW)
    small = {name.lower(): value for name, value in said.headers.items()}

    assert heard(demo.Callback(body=said.body, headers=small)).reference == "m1"


def test_receipts_without_a_name_are_told_apart_by_what_they_say() -> None:
    one, same, other = (demo.receipt(event="", message=name, at=NOW) for name in ("a", "a", "b"))

    assert heard(one).event_id == heard(same).event_id != heard(other).event_id


def forgeries() -> dict[str, demo.Callback]:
    """Return receipts that no provider signed, by what is wrong with each."""
    right = demo.receipt(event="e1", message="m1", at=NOW)
    at = int(NOW.timestamp())
    signed = callbacks.sign
    return {
        "another body": replace(right, body=right.body + b" "),
        "no signature": replace(right, headers={"X-Time": str(at)}),
        "another secret": replace(
            right,
            headers={"X-Time": str(at), "X-Signature": signed("guessed", at, right.body)},
        ),
        "another time": replace(right, headers={**right.headers, "X-Time": str(at + 1)}),
        "no time": replace(right, headers={**right.headers, "X-Time": "now"}),
        "an old one": demo.receipt(event="e1", message="m1", at=NOW - timedelta(minutes=6)),
        "one of tomorrow": demo.receipt(event="e1", message="m1", at=NOW + timedelta(days=1)),
        "names nothing": demo.receipt(event="e1", at=NOW),
        "too long": demo.receipt(event="e1", message="m" * 200, at=NOW),
    }


@pytest.mark.parametrize("what", list(forgeries()))
def test_what_the_provider_did_not_sign_is_forged(what: str) -> None:
    with pytest.raises(gateways.Forged):
        heard(forgeries()[what])


def test_a_gateway_without_receipts_hears_none() -> None:
    (gateway,) = gateways.read(described())
    said = demo.receipt(event="e1", message="m1", at=NOW)

    with pytest.raises(gateways.Forged):
        gateway.word(dict(said.headers), said.body, now=NOW)


def test_two_gateways_of_one_name_are_refused() -> None:
    twice = json.loads(described())["gateway"] * 2
    with pytest.raises(SettingsError, match="same name"):
        gateways.read(json.dumps({"gateway": twice}))


def test_no_settings_are_no_gateways() -> None:
    assert gateways.read("") == ()


def test_the_gateway_of_the_demonstration_is_described_as_the_settings_want_it() -> None:
    assert "{key}" in demo.describe(1)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ش" * 70, 1),
        ("ش" * 71, 2),
        ("ш" * 134, 2),
        ("ш" * 135, 3),
        ("a" * 69 + "ё", 1),
        ("a" * 70 + "ё", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_short_messages_are_counted_as_providers_count_them(text: str, parts: int) -> None:
    assert count_parts(text) == parts


@pytest.mark.parametrize("name", ["\ud800", "n\0ul"])
def test_an_answer_with_a_name_that_cannot_be_kept_proves_nothing(name: str) -> None:
    (gateway,) = gateways.read(described())

    said = gateway.reply(200, json.dumps({"id": name}).encode())

    assert said == Reply(result=Result.AMBIGUOUS, code=200)
