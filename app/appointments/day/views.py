"""What stands in a hall and on the visitor's phone: board, kiosk, and how far a number is.

None of these pages knows a name. A board and a kiosk are known by the secret in their address, a
number by its code.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

from flask import Blueprint, Response, json, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import pgettext

from app.accounts import throttle
from app.appointments import presenting as words
from app.appointments.day import presenting, queries, rules, services
from app.appointments.day.forms import KioskForm
from app.appointments.day.models import Device, Ticket
from app.appointments.day.refusals import NoSuchAppointment, WrongTooOften
from app.appointments.day.rules import DeviceKind
from app.catalogue.models import Site
from app.core import clock, i18n
from app.core.db import transaction
from app.core.errors import DomainError, TooMany
from app.extensions import csrf
from app.notifications import calendars, letters
from app.web.access import public

PATH = "/hall"
bp = Blueprint("hall_public", __name__)

WRONG_AT_KIOSK = throttle.Limit(name="kiosk", most=40, window=timedelta(minutes=10))
SHOWN_ON_BOARD = 5
SPOKEN = 2
Word = TypeVar("Word")


@bp.get("/board/<address>")
@public
def board(address: str) -> ResponseReturnValue:
    """Show which number is called to which counter, in the languages of the post."""
    site = queries.device_of(address, DeviceKind.BOARD).site
    spoken = _languages(site)
    return render_template(
        "day/board.html",
        site=site,
        now=clock.local(clock.now(), site.zone),
        calls=[_Call(ticket, spoken) for ticket in queries.list_called(site, most=SHOWN_ON_BOARD)],
        said=_in_each(spoken, _words_of_board),
        names=_in_each(spoken, lambda: i18n.text_in(site.name)),
        days=_in_each(spoken, lambda: i18n.day(queries.today(site))),
    )


def _languages(site: Site) -> list[str]:
    """Return the languages of a board: that of its address, and the post's first others."""
    others = [code for code in site.post.languages if code != i18n.language()]
    return [i18n.language(), *others][:SPOKEN]


def _in_each(spoken: Sequence[str], write: Callable[[], Word]) -> list[tuple[str, Word]]:
    """Return what is written in each of some languages, with the language."""
    found = []
    for code in spoken:
        with i18n.speaking(code):
            found.append((code, write()))
    return found


def _words_of_board() -> dict[str, str]:
    return {
        "call": _("Please go to the counter"),
        "number": pgettext("column", "Number"),
        "counter": _("Counter"),
        "nobody": _("Nobody is being called at the moment"),
        "wait": _("Please wait until your number appears, and have your papers ready."),
        "lost": _("The connection is lost. Numbers may have changed: ask at the reception."),
        "sound": _("Turn the sound on"),
    }


class _Call:
    """A number that is called, as a board shows and says it."""

    def __init__(self, ticket: Ticket, spoken: Sequence[str]) -> None:
        self.label = ticket.label
        self.counter = ticket.counter.number if ticket.counter else 0
        rung = ticket.rung_at.timestamp() if ticket.rung_at else 0
        self.key = f"{self.label}-{self.counter}-{rung:.0f}"
        self.said = json.dumps(_in_each(spoken, self._sentence), ensure_ascii=False)

    def _sentence(self) -> str:
        # The letter apart from the figures: otherwise a voice reads "A07" as a word.
        number = f"{self.label[0]} {int(self.label[1:])}"
        return _("Number %(number)s, counter %(counter)d", number=number, counter=self.counter)


@bp.route("/kiosk/<address>", methods=["GET", "POST"])
@public
def kiosk(address: str) -> ResponseReturnValue:
    """Give a number for the reference that was typed or scanned, and forget it.

    The number is shown in the answer itself: no address leads back to it.
    """
    device = queries.device_of(address, DeviceKind.KIOSK)
    form = KioskForm()
    if not form.is_submitted():
        return _kiosk(device, address, None, "")
    try:
        ticket = _take_in(device, (form.reference.data or "")[:200])
    except DomainError as refusal:
        return _kiosk(device, address, None, refusal.sentence()), refusal.status
    return _kiosk(device, address, ticket, "")


# Whoever can send this knows the secret; a token would end with the hours of a session.
csrf.exempt(kiosk)


def _take_in(device: Device, typed: str) -> Ticket:
    """Return the number of who stands at a kiosk; only numbers of nobody are counted as wrong."""
    uid = device.uid
    try:
        with transaction():
            throttle.count(WRONG_AT_KIOSK, uid)
    except TooMany:
        raise WrongTooOften() from None
    try:
        with transaction():
            ticket = services.check_in_at(device, typed)
    except NoSuchAppointment:
        raise
    except DomainError:
        _forgive(uid)
        raise
    _forgive(uid)
    return ticket


def _forgive(uid: str) -> None:
    with transaction():
        throttle.forgive(WRONG_AT_KIOSK, uid)


def _kiosk(device: Device, address: str, ticket: Ticket | None, error: str) -> str:
    site = device.site
    followed = url_for(".ticket", code=ticket.code, _external=True) if ticket else ""
    return render_template(
        "day/kiosk.html",
        site=site,
        # Whoever comes next is greeted in the first language of the post.
        home=url_for(".kiosk", address=address, lang=site.post.languages[0]),
        places=[
            (code, url_for(".kiosk", address=address, lang=code)) for code in site.post.languages
        ],
        form=KioskForm(formdata=None),
        action=url_for(".kiosk", address=address),
        ticket=ticket,
        qr=words.qr(followed) if followed else "",
        error=error,
        hours=rules.EARLIEST // timedelta(hours=1),
    )


@bp.get("/calendar/<address>.ics")
@public
def calendar(address: str) -> ResponseReturnValue:
    """Return the visits of a place for officers' calendars: times and references, no names."""
    site = queries.site_of_calendar(address)
    place = i18n.text_in(site.name)
    visits = [
        calendars.Appointment(
            uid=letters.calendar_uid(booking.uid),
            sequence=booking.sequence,
            starts_at=booking.starts_at,
            minutes=booking.minutes,
            summary=booking.case.reference,
            place=place,
            link=url_for("desk_case.show", reference=booking.case.reference, _external=True),
        )
        for booking in queries.list_visits(site)
    ]
    return Response(calendars.feed(visits, now=clock.now()), mimetype="text/calendar")


@bp.get("/number/<code>")
@public
def ticket(code: str) -> ResponseReturnValue:
    """Show how far a number is, to whoever has its code; whose it is stands nowhere."""
    found = queries.get_by_code(code[:22])
    return render_template(
        "day/ticket.html",
        ticket=found,
        outlook=presenting.outlook(found),
        now=clock.local(clock.now(), found.site.zone),
    )
