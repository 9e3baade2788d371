"""What was told about a case: to whom by what way, when, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core import i18n
from app.notifications import queries, recipients, rules, wording
from app.notifications.models import Channel, Message, MessageAttempt, MessageState

MOST = 200
"""So many messages are shown of a case, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a provider; when, whose, and how it ended."""

    at: datetime
    provider: str
    outcome: Any
    """A lazy string (Any: it has no public type), and so are the words below."""
    code: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A message as staff see it on the case; it shows no whole address and nothing of its text."""

    event: Any
    channel: Any
    recipient: Any
    address: str
    """Covered; empty where an account stands behind it."""
    language: str
    text: Any
    """Whose words it says, and of which version of them."""
    text_release: str
    """Of which release a shipped text is, see templates.shipped; empty for one of the post."""
    status: tuple[str, Any]
    reason: Any
    """Why it stands so, empty where the state says it all."""
    told_at: datetime
    due_at: datetime | None
    """When it goes, or is tried again; None for what is over."""
    ended_at: datetime | None
    calls: Sequence[Call]
    is_open: bool
    """Staff have to decide about it."""


def list_of_case(case_id: int, *, filed_by: int | None) -> list[Told]:
    """Return what was told about a case, the newest first, with the evidence of each call."""
    found = queries.list_about_case(case_id, limit=MOST)
    calls = queries.attempts_of([message.id for message in found])
    return [_told(message, calls.get(message.id, []), filed_by) for message in found]


def _told(message: Message, attempts: Sequence[MessageAttempt], filed_by: int | None) -> Told:
    waits = message.state in rules.WAITING
    is_over = message.state not in rules.UNDER_WAY
    version = _version(message)
    return Told(
        event=wording.EVENTS.get(message.event, message.event),
        channel=wording.CHANNELS[message.channel],
        recipient=recipients.role_of(message, filed_by=filed_by),
        address=recipients.masked_address(message),
        language=i18n.LANGUAGES[message.language],
        text=wording.own_text(version) if version else wording.SHIPPED_TEXT,
        text_release="" if version else message.text_release or "",
        status=_status(message),
        reason=_reason(message),
        told_at=message.created_at,
        due_at=message.due_at if waits else None,
        ended_at=message.updated_at if is_over and message.channel is not Channel.PORTAL else None,
        calls=[_call(attempt) for attempt in attempts],
        is_open=message.state in rules.TROUBLED and not message.is_passed_on,
    )


def _version(message: Message) -> int | None:
    """Return which version of the post's text a message says; None for the shipped one.

    A text of the post that has no words in a language leaves that to the shipped one.
    """
    text = message.template
    return text.number if text is not None and message.language in text.words else None


def _reason(message: Message) -> Any:
    error = message.last_error
    if error is None or message.state in rules.UNDER_WAY:
        return ""
    reason = wording.REASONS.get(error, wording.OTHER_REASON)
    is_left_in_doubt = message.state is MessageState.CANCELLED and message.in_doubt
    return f"{reason} {wording.MAYBE_BROUGHT}" if is_left_in_doubt else reason


def _status(message: Message) -> tuple[str, Any]:
    if message.channel is Channel.PORTAL:
        return wording.READ if message.read_at else wording.IN_INBOX
    return wording.PASSED_ON if message.is_passed_on else wording.STATES[message.state]


def _call(attempt: MessageAttempt) -> Call:
    return Call(
        at=attempt.started_at,
        provider=attempt.provider or "",
        outcome=wording.OUTCOMES.get(attempt.outcome or "", wording.OTHER_OUTCOME),
        code=attempt.code,
    )
