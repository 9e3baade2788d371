"""How the settings describe a gateway, and what its answers say."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.demo import gateway as demo
from app.notifications import gateways
from app.notifications.rules import Reply, Result, count_parts
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
        (404, b"", Result.REFUSED),
        (401, b"", Result.SHUT_OUT),
        (403, b"", Result.SHUT_OUT),
        (429, b"", Result.BUSY),
        (503, b"", Result.DEFERRED),
        (500, b"", Result.FAILED),
        (502, b"", Result.FAILED),
        (302, b"", Result.FAILED),
    ],
)
def test_an_answer_is_an_outcome(status: int, content: bytes, result: Result) -> None:
    assert reply(status, content).result is result


def test_the_name_of_a_message_is_kept_unless_it_is_too_long() -> None:
    assert reply(201, said(id="m1")).reference == "m1"
    assert reply(201, said(id="m" * 129)).reference == ""


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30), ("", 0), ("-5", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("999999", 86_400)],
)
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
    ],
)
def test_a_mistake_in_the_settings_is_told_in_a_sentence(
    changes: dict[str, Any], word: str
) -> None:
    with pytest.raises(SettingsError, match=word):
        gateways.read(described(**changes))


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
