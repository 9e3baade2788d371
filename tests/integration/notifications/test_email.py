"""How a real conversation with a mail server ends, whatever the server does."""

from email.message import EmailMessage

import pytest

from app.notifications.channels.email import Line, Server
from app.notifications.channels.protocol import Unreached
from app.notifications.rules import Result
from tests.integration.notifications.rude_server import rude
from tests.servers import MailServer, free_port


def letter(text: str = "one\n.two\n..three\n") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@example.org", "b@example.org", "s"
    made.set_content(text)
    return made


def outcome(url: str) -> Result:
    line = Line(url)
    line.ready()
    try:
        return line.send(letter()).result
    finally:
        line.close()


@pytest.mark.parametrize(
    ("answers", "result", "taken"),
    [
        ({}, Result.ACCEPTED, 1),
        ({"MAIL": "299 fine too"}, Result.ACCEPTED, 1),
        ({"MAIL": "451 later"}, Result.DEFERRED, 0),
        ({"MAIL": "421 too many"}, Result.BUSY, 0),
        ({"MAIL": "530 5.7.0 authentication required"}, Result.SHUT_OUT, 0),
        ({"MAIL": "550 5.7.60 you may not send as that"}, Result.SHUT_OUT, 0),
        ({"RCPT": "251 will be forwarded"}, Result.ACCEPTED, 1),
        ({"RCPT": "252 not verified, but taken"}, Result.ACCEPTED, 1),
        ({"RCPT": "550 no such address"}, Result.REFUSED, 0),
        ({"RCPT": "450 greylisted"}, Result.DEFERRED, 0),
        ({"RCPT": None}, Result.DEFERRED, 0),
        ({"DATA": "250 fine"}, Result.DEFERRED, 0),
        ({"DATA": "554 no"}, Result.REFUSED, 0),
        ({"DATA": None}, Result.DEFERRED, 0),
        ({"DOT": "250 taken"}, Result.ACCEPTED, 1),
        ({"DOT": "452 disk full"}, Result.BUSY, 1),
        ({"DOT": "550 looks like spam"}, Result.REFUSED, 1),
        ({"DOT": None}, Result.AMBIGUOUS, 1),
        ({"DOT": "scanned and fine"}, Result.AMBIGUOUS, 1),
        ({"DOT": "354 go on"}, Result.AMBIGUOUS, 1),
    ],
)
def test_each_reply_is_told_apart(
    answers: dict[str, str | None], result: Result, taken: int
) -> None:
    with rude(**answers) as server:
        assert outcome(server.url) is result
        assert len(server.taken) == taken


@pytest.mark.parametrize(
    ("reply", "is_gone"),
    [
        ("550 no such address", True),
        ("550 5.1.1 user unknown", True),
        ("550 5.2.1 mailbox is shut", True),
        ("550 5.7.1 relaying denied", False),
        ("550 5.7.54 unable to relay", False),
        ("550 5.1.11 of no kind that is known", False),
        ("554 5.1.1 not one of the replies that say so", False),
    ],
)
def test_an_address_is_gone_only_where_the_server_says_that_of_the_recipient(
    reply: str, is_gone: bool
) -> None:
    """A relay that does not send for us any more says 550 of everybody."""
    with rude(RCPT=reply) as server:
        line = Line(server.url)
        line.ready()
        answer = line.send(letter())
        line.close()

    assert (answer.result, answer.is_gone) == (Result.REFUSED, is_gone)


@pytest.mark.parametrize(
    "subject",
    [
        "Your request needs something",
        "الطلب \u2066JM-FT15-RPQR-1\u2069 يحتاج إلى استكمال قبل يوم السبت 5 كانون الأول 2026",
        "По заявлению JM-FT15-RPQR-1 требуются уточнения до субботы, 5 декабря 2026 года",
    ],
)
def test_a_long_subject_keeps_its_spaces_on_the_line(
    session_mail: MailServer, subject: str
) -> None:
    session_mail.received.clear()
    line = Line(session_mail.url)
    line.ready()
    sent = letter()
    sent.replace_header("Subject", subject)

    assert line.send(sent).result is Result.ACCEPTED

    line.close()
    assert session_mail.received[0][1]["Subject"] == subject


def test_lines_that_begin_with_a_dot_arrive_whole(session_mail: MailServer) -> None:
    session_mail.received.clear()
    assert outcome(session_mail.url) is Result.ACCEPTED
    received = session_mail.received[0][1].get_content()
    assert received.splitlines() == ["one", ".two", "..three"]


def test_several_messages_use_one_conversation_and_a_broken_one_is_opened_again() -> None:
    with rude(DOT=None) as server:
        line = Line(server.url)
        for _ in range(2):
            line.ready()
            assert line.send(letter()).result is Result.AMBIGUOUS
        line.close()
        assert len(server.taken) == 2


@pytest.mark.parametrize("answers", [{"HELLO": "554 go away"}, {"HELLO": None}])
def test_a_server_that_does_not_want_to_talk_is_unreached(
    answers: dict[str, str | None],
) -> None:
    with rude(**answers) as server, pytest.raises(Unreached):
        Line(server.url).ready()


def test_nobody_there_is_unreached() -> None:
    with pytest.raises(Unreached):
        Line(f"smtp://127.0.0.1:{free_port()}").ready()


def test_a_password_is_not_sent_without_encryption(session_mail: MailServer) -> None:
    url = session_mail.url.replace("//", "//user:secret@")
    with pytest.raises(Unreached):
        Line(url).ready()


@pytest.mark.parametrize(
    ("url", "port", "at_once", "required"),
    [
        ("smtp://mail.example.org", 587, False, False),
        ("smtp://mail.example.org:25", 25, False, False),
        ("smtp+tls://mail.example.org", 587, False, True),
        ("smtps://u%40x:p%2Fw@mail.example.org", 465, True, True),
        ("smtp://u:p@mail.example.org", 587, False, True),
    ],
)
def test_the_url_says_how(url: str, port: int, at_once: bool, required: bool) -> None:
    server = Server.of(url)
    assert (server.port, server.at_once, server.required) == (port, at_once, required)


def test_user_and_password_may_hold_any_sign() -> None:
    server = Server.of("smtps://u%40x:p%2Fw@mail.example.org")
    assert (server.user, server.password) == ("u@x", "p/w")
