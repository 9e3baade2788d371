"""Before supply is changed its admin sees whom that hits, and chooses what becomes of them."""

from collections.abc import Callable

from flask import render_template, request, url_for
from flask_babel import ngettext

from app.appointments import presenting
from app.appointments.resettling import presenting as resettle_words
from app.appointments.resettling import services as resettling
from app.appointments.resettling.forms import WayForm
from app.appointments.resettling.rules import Ground, Way
from app.appointments.schedule import Impact
from app.catalogue import queries as catalogue
from app.core.actor import Role
from app.web import idempotency
from app.web.access import acting
from app.web.forms import KeyedForm

MOST_SHOWN = 100
"""So many of those who are hit are named; all are counted, and all are settled."""


def is_confirmed() -> bool:
    """Return whether the sender has seen whom the change hits."""
    return bool(request.form.get("confirmed"))


def may_open_cases() -> bool:
    """Return whether the reader may follow the links to the requests."""
    return acting().has_role(Role.OFFICER, Role.HEAD)


def page(impact: Impact, form: KeyedForm, *, back: str) -> str:
    """Return the page that names whom a change hits and asks what becomes of them.

    What was sent comes along, so that the answer carries the change out.
    """
    sent = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in ("csrf_token", "confirmed", "way")
    ]
    kept = sent or [(form.key.name, form.key.data)]
    return render_template(
        "appointments/impact.html",
        impact=impact,
        shown=impact.bookings[:MOST_SHOWN],
        ways=WayForm(formdata=None),
        hints=resettle_words.HINTS,
        may_open=may_open_cases(),
        kept=[*kept, ("confirmed", "1")],
        back=back,
        present=presenting,
        hit=ngettext(
            "%(num)d appointment is hit", "%(num)d appointments are hit", len(impact.bookings)
        ),
    )


def carry_out(
    form: KeyedForm,
    change: Callable[[], object],
    impact: Callable[[], Impact],
    ground: Ground,
    *,
    done: str,
) -> str:
    """Carry a change out with what was chosen for those whom it hits; return where that leads.

    To `done` where nobody is settled. Nothing happens when this very form comes a second time.
    """
    way = WayForm().chosen()

    def effect() -> str:
        hit = impact().bookings if way is not Way.KEEP else ()
        change()
        if not hit:
            return done
        post_id = catalogue.get_current_post().id
        run = resettling.begin(post_id, hit, way, ground, actor=acting())
        return url_for("resettle_admin.show", uid=run.uid)

    return idempotency.once(form.content_key(), effect)
