"""What the pages of the hall say of tickets and counters, in the words of the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import Markup

from app.accounts import rules as persons
from app.appointments import presenting
from app.appointments.day import queries, rules
from app.appointments.day.models import Counter, Ticket
from app.appointments.day.rules import Ground, Reason, TicketState
from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.core.crypto import Unreadable
from app.core.db import Texts

GROUNDS = {
    Ground.ELDERLY: _l("Elderly person"),
    Ground.INFANT: _l("With an infant, or pregnant"),
    Ground.DISABILITY: _l("Disability or illness"),
    Ground.EMERGENCY: _l("Emergency"),
}
REASONS = {
    Reason.EMERGENCY: _l("Emergency"),
    Reason.SENT: _l("Sent on to a counter"),
    Reason.TIME_CAME: _l("The time of the appointment has come"),
    Reason.PRIORITY: _l("Priority"),
    Reason.WAITED: _l("Has waited for an hour"),
    Reason.FILLS_GAP: _l("Without appointment, fills a gap"),
    Reason.LATE: _l("Came too late for the appointment"),
    Reason.EARLY: _l("Came early for the appointment"),
}
STATES = {
    TicketState.WAITING: ("waits", _l("Waits")),
    TicketState.CALLED: ("work", _l("Is at a counter")),
    TicketState.SERVED: ("done", _l("Served")),
    TicketState.MISSED: ("stopped", _l("Did not come when called")),
    TicketState.LEFT: ("stopped", _l("Has gone")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRow:
    """A ticket as the staff of the hall see it."""

    ticket: Ticket
    titles: Mapping[int, Texts]

    @property
    def name(self) -> str:
        """The name of who has an appointment; empty for everybody else."""
        if self.ticket.booking is None:
            return ""
        details = persons.Details.from_json(self.ticket.booking.case.person.details or {})
        return persons.display_name(details, i18n.language())

    @property
    def latin(self) -> str:
        """The name as it stands in the passport."""
        if self.ticket.booking is None:
            return ""
        details = persons.Details.from_json(self.ticket.booking.case.person.details or {})
        return persons.latin_name(details)

    @property
    def reference(self) -> str:
        """The number of the request that the visit is for."""
        return self.ticket.booking.case.reference if self.ticket.booking else ""

    @property
    def service(self) -> str:
        """What they come for."""
        if self.ticket.booking is not None:
            definition = catalogue.definition_of(self.ticket.booking.case.pinned)
            return i18n.text_in(definition.title)
        return i18n.text_in(self.titles.get(self.ticket.service_id or 0, {}))

    @property
    def note(self) -> str:
        """What staff wrote for each other."""
        try:
            return self.ticket.note or ""
        except Unreadable:
            return ""

    @property
    def booked(self) -> Markup | str:
        """The time of the appointment."""
        at = self.ticket.booked_at
        return presenting.time_in(at, self.ticket.site.zone) if at else ""

    @property
    def arrived(self) -> Markup:
        """The time at which they came."""
        return presenting.time_in(self.ticket.arrived_at, self.ticket.site.zone)

    @property
    def reason(self) -> str:
        """Why they stand where they do in the order."""
        return str(REASONS[rules.reason(self.ticket.as_waiting, clock.now())])

    @property
    def ground(self) -> str:
        """Why they do not wait like the others; empty for most."""
        return str(GROUNDS[self.ticket.ground]) if self.ticket.ground else ""

    @property
    def waits(self) -> str:
        """How long they have waited."""
        return time_since(self.ticket.arrived_at)


def rows(tickets: Sequence[Ticket]) -> list[TicketRow]:
    """Return tickets as the staff see them; one query for the titles of all."""
    walk_ins = [ticket.service_id for ticket in tickets if ticket.booking_id is None]
    titles = queries.titles_of(walk_ins)
    return [TicketRow(ticket=ticket, titles=titles) for ticket in tickets]


def about(sentence: object, label: str) -> Markup:
    """Return a sentence about a number, which keeps its direction (a lazy string, or a text)."""
    return Markup.escape(str(sentence)) % {"number": presenting.isolated(label)}


def time_since(moment: datetime) -> str:
    """Return how long ago something was, as span_in_words says it."""
    return span_in_words(clock.now() - moment)


def span_in_words(span: timedelta | None) -> str:
    """Return a span in hours and whole minutes, a dash for none."""
    if span is None:
        return "–"
    hours, minutes = divmod(round(span.total_seconds() / 60), 60)
    if not hours and not minutes:
        return _("less than a minute")
    in_minutes = ngettext("%(num)d minute", "%(num)d minutes", minutes)
    if not hours:
        return in_minutes
    in_hours = ngettext("%(num)d hour", "%(num)d hours", hours)
    return _("%(hours)s %(minutes)s", hours=in_hours, minutes=in_minutes) if minutes else in_hours


def about_so_long(minutes: int) -> str:
    """Return a wait that nobody knows exactly, in hours and minutes."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return ngettext("about %(num)d minute", "about %(num)d minutes", minutes)
    in_hours = ngettext("about %(num)d hour", "about %(num)d hours", hours)
    if not rest:
        return in_hours
    in_minutes = ngettext("%(num)d minute", "%(num)d minutes", rest)
    return _("%(hours)s %(minutes)s", hours=in_hours, minutes=in_minutes)


def counter_name(counter: Counter) -> str:
    """Return what a counter is called: its number and whom it serves."""
    if counter.pool is None:
        return _("Counter %(number)d", number=counter.number)
    pool = i18n.text_in(counter.pool.name)
    return _("Counter %(number)d: %(pool)s", number=counter.number, pool=pool)


def staff_name(counter: Counter) -> str:
    """Return who works at a counter."""
    return i18n.text_in(counter.staff.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the owner of a ticket may know: where it stands and what that means."""

    ticket: Ticket
    ahead: int | None
    """How many are called first; None for a ticket that does not wait."""
    minutes: int | None

    @property
    def is_waiting(self) -> bool:
        """Whether the turn is still to come."""
        return self.ahead is not None

    @property
    def headline(self) -> str:
        """The one sentence that matters."""
        if self.ticket.counter is not None:
            return _("Please go to counter %(number)d", number=self.ticket.counter.number)
        if self.ahead is None:
            return str(_ENDS[self.ticket.state])
        if self.ahead == 0:
            return _("You are called next")
        return ngettext(
            "%(num)d person is called before you",
            "%(num)d people are called before you",
            self.ahead,
        )

    @property
    def wait(self) -> str:
        """How long it may take, or that nobody can tell."""
        if not self.ahead:
            return ""
        if self.minutes is None:
            return _("How long it will take cannot be told yet: too few visits were measured.")
        time = about_so_long(self.minutes)
        return _("Expected wait: %(time)s, by how long visits took lately.", time=time)


_ENDS = {
    TicketState.WAITING: _l("This visit has ended"),
    TicketState.CALLED: _l("Please go to the counter"),
    TicketState.SERVED: _l("This visit has ended"),
    TicketState.MISSED: _l("Your number was called. Please ask at the reception."),
    TicketState.LEFT: _l("This number does not count any more"),
}


def outlook(ticket: Ticket) -> Outlook:
    """Return where a ticket stands now."""
    site = ticket.site
    is_today = ticket.on_day == queries.today(site)
    waiting = queries.list_waiting(site) if is_today else []
    mine = next((one for one in waiting if one.id == ticket.id), None)
    if mine is None:
        return Outlook(ticket=ticket, ahead=None, minutes=None)
    before = waiting[: waiting.index(mine)]
    ahead = [one for one in before if _shares_counter(one, mine)]
    counters = queries.count_counters(site, mine.pool_id)
    minutes = rules.expected_wait(
        len(ahead), counters=counters, served=queries.served_lately(site) if ahead else ()
    )
    return Outlook(ticket=ticket, ahead=len(ahead), minutes=minutes)


def _shares_counter(other: rules.Waiting, mine: rules.Waiting) -> bool:
    return None in (other.pool_id, mine.pool_id) or other.pool_id == mine.pool_id
