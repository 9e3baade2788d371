"""An officer's counter: opened for today, calling whoever comes next, ending and sending on."""

from collections.abc import Callable

from flask import Blueprint, flash, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.appointments import queries as seats
from app.appointments.day import asking, calling, presenting, queries
from app.appointments.day.forms import ActForm, NoteForm, OpenCounterForm, SendForm
from app.appointments.day.models import Counter, Ticket
from app.catalogue.models import Site
from app.core.actor import Role
from app.web.access import Audience, acting, staff
from app.web.forms import KeyedForm
from app.web.navigation import Place, enter

PATH = "/desk/counter"
bp = Blueprint("counters", __name__)

AT_COUNTERS = (Role.OFFICER, Role.HEAD)

enter(Place.HEAD, Audience.STAFF, 32, "counters.index", _l("Counter"))


@bp.get("")
@staff(*AT_COUNTERS)
def index() -> ResponseReturnValue:
    """Show the officer's counter with who is at it and who waits, or open one."""
    counter = queries.find_counter(acting().id or 0, acting().post_id or 0)
    if counter is None:
        site = asking.site()
        return _opening(site, _open_form(site, formdata=False))
    return _counter(counter)


def _open_form(site: Site, *, formdata: bool = True) -> OpenCounterForm:
    form = OpenCounterForm() if formdata else OpenCounterForm(formdata=None)
    form.offer(queries.pools_of(site))
    return form


def _opening(site: Site, form: OpenCounterForm) -> str:
    return render_template(
        "day/counter_open.html",
        site=site,
        form=form,
        places=asking.places(site, queries.list_halls(site.post_id)),
        counters=queries.list_counters(site),
        present=presenting,
    )


def _counter(counter: Counter) -> str:
    site, ticket = counter.site, queries.called_to(counter)
    shown = queries.list_shown_waiting(site)
    own = [one for one in shown if calling.may_call(counter, one.as_waiting)]
    others = [one for one in queries.list_counters(site) if one.id != counter.id]
    send = SendForm(formdata=None, ticket=ticket.uid if ticket else "")
    send.offer(others, queries.pools_of(site))
    return render_template(
        "day/counter.html",
        counter=counter,
        row=presenting.rows([ticket])[0] if ticket else None,
        waiting=presenting.rows(own),
        elsewhere=len(shown) - len(own),
        act_form=ActForm(formdata=None),
        send_form=send,
        note_form=NoteForm(formdata=None),
        present=presenting,
    )


@bp.post("")
@staff(*AT_COUNTERS)
def open_counter() -> ResponseReturnValue:
    """Open a counter for today."""
    site = asking.site()
    form = _open_form(site)
    if not form.validate():
        return _opening(site, form), 422

    def act() -> str:
        pool = next((one for one in queries.pools_of(site) if one.code == form.pool.data), None)
        calling.open_counter(site, form.number.data, pool, actor=acting())
        return _("The counter is open.")

    return _done(form, act)


@bp.post("/<uid>/next")
@staff(*AT_COUNTERS)
def call_next(uid: str) -> ResponseReturnValue:
    """Call whoever comes next, or the number that was chosen."""
    form = ActForm()
    chosen = form.ticket.data or ""
    if chosen:
        return _done(form, lambda: calling.call(uid, chosen, actor=acting()))
    return _done(form, lambda: _say_if_nobody(calling.call_next(uid, actor=acting())))


def _say_if_nobody(ticket: Ticket | None) -> None:
    if ticket is None:
        flash(_("Nobody waits for this counter."))


@bp.post("/<uid>/finish")
@staff(*AT_COUNTERS)
def finish(uid: str) -> ResponseReturnValue:
    """End the visit, complete that of an appointment, and call the next when that is wished."""
    form = ActForm()

    def act() -> str:
        key = form.idempotency_key()
        ticket = calling.finish(
            uid, seen=form.seen.data, key=key, actor=acting(), meant=form.ticket.data or ""
        )
        if form.then.data == "next":
            _say_if_nobody(calling.call_next(uid, actor=acting()))
        return presenting.about(_("The visit of %(number)s has ended."), ticket.label)

    return _done(form, act)


_ACTS: dict[str, tuple[Callable[..., Ticket], object]] = {
    "recall": (calling.recall, _l("%(number)s is called once more.")),
    "unsettled": (
        calling.finish_unsettled,
        _l("The visit of %(number)s has ended. Its request stays where it is."),
    ),
    "missed": (calling.miss, _l("%(number)s did not come. The reception can put it back.")),
    "back": (calling.put_back, _l("%(number)s waits again.")),
}


@bp.post("/<uid>/<any(recall,unsettled,missed,back):act>")
@staff(*AT_COUNTERS)
def do(uid: str, act: str) -> ResponseReturnValue:
    """Do with who was called what needs no more than their number."""
    carry_out, sentence = _ACTS[act]
    form = ActForm()

    def said() -> str:
        ticket = carry_out(uid, actor=acting(), meant=form.ticket.data or "")
        return presenting.about(sentence, ticket.label)

    return _done(form, said)


@bp.post("/<uid>/send")
@staff(*AT_COUNTERS)
def send(uid: str) -> ResponseReturnValue:
    """Send who was called on to another counter, or to the counters of a pool."""
    site = queries.get_counter(acting().post_id or 0, uid).site
    form = SendForm()
    form.offer(queries.list_counters(site), queries.pools_of(site))
    kind, _sep, where = (form.to.data or "").partition(":")
    meant = form.ticket.data or ""

    def act() -> str:
        if kind == "counter":
            ticket = calling.send_to_counter(uid, where, actor=acting(), meant=meant)
        else:
            pool = seats.get_pool(site.post_id, site=site.code, code=where)
            ticket = calling.send_to_pool(uid, pool, actor=acting(), meant=meant)
        return presenting.about(_("%(number)s was sent on."), ticket.label)

    return _done(form, act)


@bp.post("/<uid>/close")
@staff(*AT_COUNTERS)
def close(uid: str) -> ResponseReturnValue:
    """Close a counter; the head may close that of somebody who forgot it."""

    def act() -> str:
        calling.close_counter(uid, actor=acting())
        return _("The counter is closed.")

    return _done(KeyedForm(), act)


def _done(form: KeyedForm, act: Callable[[], object]) -> ResponseReturnValue:
    return asking.carry_out(form, act, url_for(".index"))
