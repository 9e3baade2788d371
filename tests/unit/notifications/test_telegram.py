"""What the Bot API answers, and what its bot listens to."""

import json
from datetime import timedelta
from typing import Any

import pytest

from app.notifications.rules import Reply, Result
from app.notifications.telegram import rules
from app.notifications.telegram.rules import Told


def error(status: int, text: str, **more: object) -> bytes:
    return json.dumps({"ok": False, "error_code": status, "description": text, **more}).encode()


@pytest.mark.parametrize(
    ("status", "content", "result", "is_gone"),
    [
        (200, b'{"ok": true, "result": {"message_id": 7}}', Result.ACCEPTED, False),
        (200, b'{"ok": true, "result": {}}', Result.AMBIGUOUS, False),
        (200, b'{"ok": false}', Result.AMBIGUOUS, False),
        (200, b"<html>blocked</html>", Result.AMBIGUOUS, False),
        (400, error(400, "Bad Request: chat not found"), Result.REFUSED, True),
        (400, error(400, "Bad Request: message is too long"), Result.REFUSED, False),
        (403, error(403, "Forbidden: bot was blocked by the user"), Result.REFUSED, True),
        (401, error(401, "Unauthorized"), Result.SHUT_OUT, False),
        (404, error(404, "Not Found"), Result.SHUT_OUT, False),
        (500, b"", Result.FAILED, False),
        (502, b"<html>", Result.FAILED, False),
    ],
)
def test_each_answer_is_told_apart(
    status: int, content: bytes, result: Result, is_gone: bool
) -> None:
    found = rules.reply(status, content, "")

    assert (found.result, found.is_gone, found.code) == (result, is_gone, status)


def test_it_is_left_in_peace_for_as_long_as_it_asks() -> None:
    content = error(429, "Too Many Requests: retry after 35", parameters={"retry_after": 35})

    found = rules.reply(429, content, "")

    assert (found.result, found.wait) == (Result.BUSY, timedelta(seconds=35))


def message(text: str, *, chat: object = 77, kind: str = "private") -> dict[str, Any]:
    # Any: what JSON holds.
    return {"message": {"chat": {"id": chat, "type": kind}, "text": text}}


def member(status: str) -> dict[str, Any]:
    chat = {"id": 77, "type": "private"}
    return {"my_chat_member": {"chat": chat, "new_chat_member": {"status": status}}}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (message("/start abc-D_1"), Told(chat="77", code="abc-D_1")),
        (message("/start@post_bot abc"), Told(chat="77", code="abc")),
        (message("/stop"), Told(chat="77", wants_to_stop=True)),
        (member("kicked"), Told(chat="77", wants_to_stop=True)),
        (member("member"), None),
        (message("/start"), None),
        (message("/start " + "a" * 65), None),
        (message("/start a b"), None),
        (message("hello"), None),
        (message("/start abc", chat=-77, kind="group"), None),
        (message("/start abc", kind="group"), None),
        (message("/start abc", chat="7; DROP"), None),
        (message("/start abc", chat=True), None),
        ({}, None),
        ({"message": "x"}, None),
        ([], None),
    ],
)
def test_the_bot_listens_to_little(said: object, told: Told | None) -> None:
    assert rules.told(json.dumps(said).encode()) == told


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 5000])
def test_what_cannot_be_read_is_nothing(content: bytes) -> None:
    assert rules.told(content) is None


@pytest.mark.parametrize("name", ["\ud800", "n\0ul"])
def test_a_name_that_cannot_be_kept_proves_nothing(name: str) -> None:
    said = json.dumps({"ok": True, "result": {"message_id": name}}).encode()

    assert rules.reply(200, said, "") == Reply(result=Result.AMBIGUOUS, code=200)
