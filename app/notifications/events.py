"""The events that are told, what each message needs to know, and how it is carried."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.catalogue.definition.elements import NoticeEvent
from app.notifications.preferences.rules import is_near
from app.notifications.rules import Topic

NOW, SOON, NEWS, BULK = 1, 3, 5, 9
"""In this order messages go: codes and warnings, visits that are near, news, announcements."""
SIGN_IN_CODE, CONTACT_CODE = "sign_in_code", "contact_code"
WAY_ADDED = "way_added"
SECURITY_CHANGED = "security_changed"
CONTACT_LEFT = "contact_left"
PASSWORD_LINK, PASSWORD_NONE = "password_link", "password_none"
ASKED_BY_ANYBODY = frozenset({SIGN_IN_CODE, CONTACT_CODE, PASSWORD_LINK, PASSWORD_NONE})
"""What goes to an address because somebody typed it who had not signed in: it can be asked for
anew, and where it fails it says of the sending and of our work nothing."""
ANNOUNCEMENT = "announcement"
"""The event, and in its payload the uid of what is announced."""
CASE = frozenset({"reference"})
OWN_PATH = frozenset({"path"})
"""For readers who have no account, or whose account the case is not: a page of their own."""
AT_CASE = "/requests/{reference}"
TO_MEND, TO_THREAD = f"{AT_CASE}/mend", f"{AT_CASE}/messages"
TO_PAYMENT, AT_DRAW = f"{AT_CASE}/payment", f"{AT_CASE}/draw/{{draw}}"
TO_MISSED = f"{AT_CASE}/missed"
TO_VISIT, TO_BOOK = f"{AT_CASE}/appointment", f"{AT_CASE}/book"
TO_WAITING = f"{AT_CASE}/waiting"
"""Where the case shows what is asked of the citizen, what was written about it, what is paid."""
BOOKING = CASE | {"uid", "sequence", "starts_at", "zone", "minutes"}

DRAW = CASE | {"draw"}
KEPT = CASE | {"starts_at", "zone", "until_at"}
DRAWN = DRAW | {"starts_at", "zone", "until_on"}


class Calendar(StrEnum):
    """What the calendar part of a mail asks of the reader's calendar (RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One kind of message; its texts are in templates/email/<name>/ and templates/notifications/.

    Payload values are texts: `reference` of the case; `others`, the references of which the same
    is told, with blanks between; `path` where the message leads, without the
    language (default: the case); `until_on` and `on` ISO dates; `starts_at` and `until_at` ISO
    moments with offset; `version` the key of a version of a service whose notice is added, `days`
    what it promises; `uid`, `sequence` and `minutes` of a booking; `draw`, the uid of one;
    `site_id` (or `site`, a text) where it is; `code`; `was_at`, the moment at which a visit was to
    be, `why` it is no more, a key of wording.WHYS, and `is_first` for who now goes first on the
    waiting list; `late` and `soon`, how many cases are; `announcement`,
    the uid of one; `stop`, where staff choose whether they get such mails; `trouble`, a
    key of wording.TROUBLES, `change`, one of wording.SECURITY_CHANGES, and `rights`, one of
    wording.RIGHTS_CHANGES.
    """

    name: str
    needs: frozenset[str] = CASE
    priority: int = NEWS
    calendar: Calendar | None = None
    path: str = AT_CASE
    life: timedelta | None = None
    """After this it is worth nothing any more."""

    notice: NoticeEvent | None = None
    """At which event a service may add words of its own."""
    twice_rather_than_never: bool = False
    """When nobody knows whether it went out, it is sent once more by itself; it has to name its
    request or say nothing that is wrong when it is read twice."""

    topic: Topic | None = None
    """Under what it may be unsubscribed; None for what is essential."""
    is_warning: bool = False
    """It warns of what happens to the account, and goes by rules.WARNED_BY."""
    in_every_language: bool = False
    """Its mail says all of it again in each other language, by the template `again`."""

    @property
    def is_timely(self) -> bool:
        """Return whether its end is that of what it tells: a code's life, a visit's time."""
        return self.life is not None or "starts_at" in self.needs

    def is_urgent(self, payload: Mapping[str, str], due_at: datetime) -> bool:
        """Return whether it is told at any hour: a code, or news of a visit that is near."""
        if self.priority <= NOW:
            return True
        moments = [payload[key] for key in ("starts_at", "was_at") if key in payload]
        if self.topic is not None or "uid" not in self.needs:
            return False
        return any(is_near(datetime.fromisoformat(one), due_at) for one in moments)

    def rank(self, payload: Mapping[str, str], due_at: datetime) -> int:
        """Return before which others it goes: of a visit that is near, before all other news."""
        starts_at = payload.get("starts_at")
        is_soon = starts_at and is_near(datetime.fromisoformat(starts_at), due_at)
        return SOON if is_soon and self.priority == NEWS else self.priority


_ALL = (
    Event(
        name=SIGN_IN_CODE,
        needs=frozenset({"code"}),
        priority=NOW,
        path="",
        life=timedelta(minutes=15),
    ),
    Event(
        name=CONTACT_CODE,
        needs=frozenset({"code"}),
        priority=NOW,
        path="",
        life=timedelta(minutes=15),
    ),
    Event(
        name="sign_in_new_device",
        needs=frozenset(),
        priority=NOW,
        path="/account",
        twice_rather_than_never=True,
        is_warning=True,
    ),
    Event(
        name=WAY_ADDED,
        needs=frozenset(),
        priority=NOW,
        path="/account/messages",
        twice_rather_than_never=True,
        is_warning=True,
    ),
    Event(
        name=SECURITY_CHANGED,
        needs=frozenset({"change"}),
        priority=NOW,
        path="/account/security",
        twice_rather_than_never=True,
        is_warning=True,
    ),
    Event(
        name=CONTACT_LEFT,
        needs=OWN_PATH | {"change"},
        priority=NOW,
        path="",
        life=timedelta(days=7),
        twice_rather_than_never=True,
        is_warning=True,
        in_every_language=True,
    ),
    Event(name=PASSWORD_LINK, needs=OWN_PATH, priority=NOW, life=timedelta(minutes=30)),
    Event(name=PASSWORD_NONE, needs=OWN_PATH, priority=NOW, life=timedelta(minutes=30)),
    Event(name="case_submitted", notice=NoticeEvent.SUBMITTED),
    Event(name="correction_asked", needs=CASE | {"until_on"}, path=TO_MEND),
    Event(
        name="correction_reminder",
        needs=CASE | {"until_on"},
        path=TO_MEND,
        topic=Topic.REMINDERS,
    ),
    Event(name="correction_extended", needs=CASE | {"until_on"}, path=TO_MEND),
    Event(name="correction_received"),
    Event(name="correction_revoked"),
    Event(name="case_accepted", notice=NoticeEvent.ACCEPTED),
    Event(name="case_consigned", needs=CASE | {"on"}),
    Event(name="case_returned", needs=CASE | {"on"}),
    Event(name="case_sent_back", needs=CASE | {"on"}),
    Event(name="case_not_returned", needs=CASE | {"on"}),
    Event(name="case_refused", notice=NoticeEvent.REFUSED),
    Event(name="case_ready", notice=NoticeEvent.READY),
    Event(name="case_completed", notice=NoticeEvent.COMPLETED),
    Event(name="case_withdrawn"),
    Event(name="case_lapsed"),
    Event(name="erasure_announced", needs=CASE | {"until_on"}),
    Event(name="draft_old", needs=CASE | {"until_on"}),
    Event(name="account_idle", needs=frozenset({"until_on"}), path="/account"),
    Event(name="erasure_asked", needs=frozenset({"until_on"}), path="/account/erasure"),
    Event(name="erasure_withdrawn", needs=frozenset(), path="/account/erasure"),
    Event(name="erasure_refused", needs=frozenset(), path="/account/erasure"),
    Event(name="erasure_done", needs=frozenset(), path="/account/erasure"),
    Event(name="account_erased", needs=frozenset(), path=""),
    Event(name="visitor_erasure", needs=OWN_PATH | {"step"}, path=""),
    Event(name="case_revived", needs=CASE | {"until_on"}, path=TO_MEND),
    Event(name="document_issued"),
    Event(name="document_replaced"),
    Event(name="document_revoked"),
    Event(name="waiver_granted"),
    Event(name="waiver_revoked"),
    Event(name="note_mention", path="/desk/cases/{reference}/notes", life=timedelta(days=3)),
    Event(name="case_reopened"),
    Event(name="case_transferred"),
    Event(name="appeal_received"),
    Event(name="appeal_dismissed", path=f"{AT_CASE}/appeal"),
    Event(name="authority_refused"),
    Event(name="consent_asked", needs=OWN_PATH | {"until_on"}, path=""),
    Event(name="consent_reminder", needs=OWN_PATH | {"until_on"}, path=""),
    Event(
        name="consent_code",
        needs=OWN_PATH | {"code"},
        priority=NOW,
        path="",
        life=timedelta(minutes=15),
    ),
    Event(name="consent_signed"),
    Event(name="consent_declined"),
    Event(name="principal_confirm", needs=OWN_PATH, path=""),
    Event(name="principal_replaced", needs=OWN_PATH, path=""),
    Event(name="principal_filed", needs=CASE | OWN_PATH, path=""),
    Event(name="principal_decided", needs=CASE | OWN_PATH, path=""),
    Event(name="principal_received", needs=CASE | OWN_PATH, path=""),
    Event(name="thread_message", path=TO_THREAD),
    Event(name="thread_question", path=TO_THREAD),
    Event(name="payment_due", path=TO_PAYMENT),
    Event(name="payment_received", path=TO_PAYMENT),
    Event(name="payment_voided", path=TO_PAYMENT),
    Event(name="slip_refused", path=TO_PAYMENT),
    Event(name="booking_confirmed", needs=BOOKING, calendar=Calendar.REQUEST),
    Event(name="booking_moved", needs=BOOKING, calendar=Calendar.REQUEST),
    Event(name="booking_cancelled", needs=BOOKING, calendar=Calendar.CANCEL),
    Event(
        name="booking_moved_by_post",
        needs=BOOKING | {"was_at", "why"},
        calendar=Calendar.REQUEST,
        path=TO_VISIT,
    ),
    Event(name="booking_clocks", needs=BOOKING, calendar=Calendar.REQUEST, path=TO_VISIT),
    Event(
        name="booking_called_off",
        needs=BOOKING | {"why", "until_on"},
        calendar=Calendar.CANCEL,
        path=TO_BOOK,
    ),
    Event(name="draw_entered", needs=DRAW | {"until_on"}, path=AT_DRAW),
    Event(name="draw_offered", needs=DRAWN, path=AT_DRAW),
    Event(name="draw_lapsing", needs=DRAWN, path=AT_DRAW),
    Event(name="draw_nothing", needs=DRAW, path=AT_DRAW),
    Event(name="draw_called_off", needs=DRAW, path=AT_DRAW),
    Event(name="waiting_offered", needs=KEPT, path=TO_WAITING),
    Event(name="waiting_lapsing", needs=KEPT, path=TO_WAITING),
    Event(name="waiting_confirm", needs=CASE | OWN_PATH | {"until_on"}, path=""),
    Event(name="waiting_removed", needs=CASE | OWN_PATH | {"until_on"}, path=""),
    Event(name="visit_missed", needs=CASE | {"on"}, path=TO_MISSED),
    Event(name="missed_decided", path=TO_MISSED),
    Event(
        name="late_digest",
        needs=frozenset({"late", "soon"}),
        path="/desk/queue?tab=late",
        life=timedelta(hours=20),
    ),
    Event(name="clocks_changed", path="/admin/clocks", needs=frozenset()),
    Event(name="rights_asked", needs=OWN_PATH, path="", life=timedelta(days=3)),
    Event(name="rights_changed", needs=frozenset({"rights"}), path="/desk"),
    Event(
        name="sending_trouble",
        path="/desk/messages/figures",
        needs=frozenset({"trouble"}),
        life=timedelta(hours=20),
    ),
    Event(
        name="record_head",
        needs=frozenset({"code"}),
        path="",
        twice_rather_than_never=True,
    ),
    Event(
        name=ANNOUNCEMENT,
        needs=frozenset({ANNOUNCEMENT}),
        priority=BULK,
        path="/inbox",
        life=timedelta(days=3),
        topic=Topic.ANNOUNCEMENTS,
    ),
    Event(
        name="booking_reminder",
        needs=CASE | {"starts_at", "zone"},
        twice_rather_than_never=True,
        topic=Topic.REMINDERS,
    ),
)
EVENTS = {event.name: event for event in _ALL}


def get(name: str, given: frozenset[str]) -> Event:
    """Return an event; raise ValueError when it is unknown or its message would lack something."""
    event = EVENTS.get(name)
    if event is None:
        raise ValueError(f"no such event: {name}")
    missing = event.needs - given
    if missing:
        raise ValueError(f"{name} lacks {', '.join(sorted(missing))}")
    return event


def may_repeat(name: str) -> bool:
    """Return whether a message is rather sent twice than not at all; False for an unknown event."""
    event = EVENTS.get(name)
    return event is not None and event.twice_rather_than_never
