"""SMTP: one conversation with the server, and how each message of it ended."""

import logging
import re
import smtplib
import ssl
from dataclasses import dataclass
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from app.notifications import bounces, discreet
from app.notifications.channels.protocol import Unreached
from app.notifications.models import Message
from app.notifications.rules import Provider, Reply, Result

logger = logging.getLogger(__name__)

PATIENCE_S = 15.0
NOBODY_THERE = frozenset({550, 551, 553, 556})
"""Replies to RCPT that mean the recipient, not the content (RFC 5321, 7504); see also the words."""
GO_ON = 354
DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Server:
    """Where and how to hand mail over."""

    host: str
    port: int
    user: str
    password: str
    at_once: bool
    """TLS from the first byte; otherwise it is asked for where the server offers it."""
    required: bool
    """No TLS, no mail."""
    bounces: str = ""
    """The mailbox in which mail servers say what became of mails; empty for none."""

    @classmethod
    def of(cls, url: str) -> "Server":
        """Return the server of a URL: smtp:// (TLS if offered), smtp+tls://, smtps://."""
        parts = urlsplit(url)
        at_once = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "localhost",
            port=parts.port or (465 if at_once else 587),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            at_once=at_once,
            # A password never travels in the clear.
            required=parts.scheme == "smtp+tls" or bool(parts.username),
            bounces=parse_qs(parts.query).get("bounces", [""])[0],
        )


class _Wire(EmailPolicy):
    """How a mail is written on the line: a long subject keeps the spaces at which it is folded.

    Python before 3.12.4 leaves a space between two encoded words, where readers drop it
    (RFC 2047, 6.2; CPython gh-92081), so that two words of Arabic run into one.
    """

    def fold_binary(self, name: str, value: Any) -> bytes:
        # Any: as in the class above, a text or a header object.
        if name.lower() == "list-unsubscribe":
            # An address, whole: encoded words are no address to the reader's program (RFC 2369).
            return f"{name}: {value}{self.linesep}".encode("ascii")
        if name.lower() != "subject":
            return super().fold_binary(name, value)
        words = Header(str(value), header_name=name, maxlinelen=75)
        return f"{name}: {words.encode(linesep=self.linesep)}{self.linesep}".encode("ascii")


RETURN = "Return-Path"
"""Kept on a letter until it is handed over; the last server writes the header (RFC 5321, 4.4)."""
WIRE = _Wire(linesep=SMTP.linesep)


class Line:
    """A conversation with an SMTP server, opened when needed and used for several messages."""

    def __init__(self, url: str) -> None:
        self._server = Server.of(url)
        self._client: smtplib.SMTP | None = None

    @property
    def provider(self) -> Provider:
        """Return the mail server; SMTP knows no keys."""
        return Provider(name=bounces.PROVIDER)

    def compose(self, message: Message) -> EmailMessage:
        """Return the mail for a message; raise NoAddress, or Unreadable when its key is gone."""
        letter = discreet.compose(message)
        if self._server.bounces:
            where = bounces.return_address(self._server.bounces, message.uid, message.tries_before)
            letter[RETURN] = where
        return letter

    def ready(self) -> None:
        """Open the conversation unless it is open; raise Unreached when that fails."""
        if self._client is not None:
            return
        try:
            self._client = self._open()
        except (OSError, smtplib.SMTPException) as error:
            logger.warning("mail server not reached", extra={"reason": type(error).__name__})
            raise Unreached from None

    def _open(self) -> smtplib.SMTP:
        server, context = self._server, ssl.create_default_context()
        if server.at_once:
            client: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=PATIENCE_S, context=context
            )
        else:
            client = smtplib.SMTP(server.host, server.port, timeout=PATIENCE_S)
        try:
            client.ehlo_or_helo_if_needed()
            if not server.at_once and (server.required or client.has_extn("starttls")):
                client.starttls(context=context)
                client.ehlo()
            if server.user:
                client.login(server.user, server.password)
        except BaseException:
            client.close()
            raise
        return client

    def send(self, letter: EmailMessage, key: str = "") -> Reply:
        """Hand one message to its one recipient; return how that ended, never raise for it.

        Up to the reply to DATA nothing was sent for sure. From then on a broken line is ambiguous.
        """
        if self._client is None:
            raise RuntimeError("ready() comes first")
        sender = letter[RETURN] or letter["From"].addresses[0].addr_spec
        del letter[RETURN]
        content = DOT.sub(b"..", letter.as_bytes(policy=WIRE))
        try:
            refusal = self._announce(self._client, letter, str(sender))
        except (OSError, smtplib.SMTPException):
            self._drop()
            return Reply(result=Result.DEFERRED)
        if refusal is not None:
            self._start_over()
            return refusal
        return self._hand_over(self._client, content)

    def _announce(self, client: smtplib.SMTP, letter: EmailMessage, sender: str) -> Reply | None:
        """Return why the content is not wanted; None when the server asks for it."""
        code, _ = client.mail(sender)
        if not _is_success(code):
            # Of the recipient nothing was said yet: it is we who may not send.
            result = Result.SHUT_OUT if code >= 500 else _before_content(code)
            return Reply(result=result, code=code)
        code, words = client.rcpt(letter["To"].addresses[0].addr_spec)
        if not _is_success(code):
            is_gone = code in NOBODY_THERE and bounces.names_nobody(words)
            return Reply(result=_before_content(code), code=code, is_gone=is_gone)
        code, _ = client.docmd("DATA")
        return None if code == GO_ON else Reply(result=_before_content(code), code=code)

    def _hand_over(self, client: smtplib.SMTP, content: bytes) -> Reply:
        try:
            client.send(content + (b"" if content.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            code, _ = client.getreply()
        except (OSError, smtplib.SMTPException):
            self._drop()
            return Reply(result=Result.AMBIGUOUS)
        if not (_is_success(code) or 400 <= code < 600):
            # What cannot be read says nothing, and whatever follows may answer something else.
            self._drop()
            return Reply(result=Result.AMBIGUOUS)
        return Reply(result=result_of_reply(code), code=code)

    def _start_over(self) -> None:
        try:
            if self._client is not None:
                self._client.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
        self._client = None

    def close(self) -> None:
        """End the conversation; whatever goes wrong now changes nothing."""
        try:
            if self._client is not None:
                self._client.quit()
        except (OSError, smtplib.SMTPException):
            pass
        finally:
            self._drop()


def result_of_reply(code: int) -> Result:
    """Return what a reply of an SMTP server says about the message (RFC 5321, 4.2)."""
    if _is_success(code):
        return Result.ACCEPTED
    if code in (421, 450, 451, 452):
        return Result.BUSY if code in (421, 452) else Result.DEFERRED
    return Result.REFUSED if code >= 500 else Result.DEFERRED


def _before_content(code: int) -> Result:
    """Return what a reply says before the content went: whatever it calls it, nothing was sent."""
    return Result.DEFERRED if _is_success(code) else result_of_reply(code)


def _is_success(code: int) -> bool:
    # 251 and 252 take the recipient too, and a client goes by the first digit (RFC 5321, 4.2.1).
    return 200 <= code < 300
