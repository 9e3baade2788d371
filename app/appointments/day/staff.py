"""The hall of a place: numbers for walk-ins, who waits and why in this order, who did not come."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.appointments import presenting as words
from app.appointments.day import asking, presenting, queries, services
from app.appointments.day.forms import GroundForm, NoteForm, WalkInForm
from app.appointments.day.models import Ticket
from app.appointments.day.rules import Ground
from app.catalogue import queries as catalogue
from app.catalogue.models import Site
from app.core.actor import Role
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm
from app.web.navigation import may_open

PATH = "/desk/hall"
bp = Blueprint("hall", __name__)

RECEPTION = (Role.RECEPTIONIST, Role.OFFICER, Role.HEAD)


@bp.get("")
@staff(*RECEPTION)
def index() -> ResponseReturnValue:
    """Show who waits, who is at a counter, and a form for who has no appointment."""
    site = asking.site()
    return _page(site, _walk_in_form(site, formdata=False))


def _walk_in_form(site: Site, *, formdata: bool = True) -> WalkInForm:
    form = WalkInForm() if formdata else WalkInForm(formdata=None)
    form.offer(catalogue.list_published(site.post), queries.pools_of(site))
    return form


def _page(site: Site, form: WalkInForm) -> str:
    return render_template(
        "day/hall.html",
        site=site,
        day=queries.today(site),
        places=asking.places(site, queries.list_halls(site.post_id)),
        form=form,
        waiting=presenting.rows(queries.list_shown_waiting(site)),
        called=queries.list_called(site, most=queries.MOST_SHOWN),
        missed=queries.list_missed(site),
        counters=queries.list_counters(site),
        act_form=KeyedForm(formdata=None),
        may_manage=may_open("hall_devices.index"),
        may_work=may_open("counters.index"),
        present=presenting,
    )


@bp.post("")
@staff(*RECEPTION)
def give() -> ResponseReturnValue:
    """Give a number to somebody without an appointment."""
    site = asking.site()
    form = _walk_in_form(site)
    if not form.validate():
        return _page(site, form), 422

    def effect() -> str:
        ticket = services.give_walk_in(site, _wish(site, form), actor=acting())
        return url_for(".ticket", uid=ticket.uid)

    return redirect(idempotency.once(form.content_key(), effect))


def _wish(site: Site, form: WalkInForm) -> services.WalkIn:
    code = form.service.data or ""
    return services.WalkIn(
        ground=Ground(form.ground.data) if form.ground.data else None,
        service=queries.find_service(site.post_id, code) if code else None,
        pool=next((pool for pool in queries.pools_of(site) if pool.code == form.pool.data), None),
        note=form.note.data or "",
    )


@bp.get("/tickets/<uid>")
@staff(*RECEPTION)
def ticket(uid: str) -> ResponseReturnValue:
    """Show a number large, with the code by which its owner follows it."""
    found = queries.get_ticket(acting().post_id or 0, uid)
    ground = GroundForm(formdata=None, ground=found.ground.value if found.ground else "")
    ground.offer()
    row = presenting.rows([found])[0]
    return render_template(
        "day/ticket_staff.html",
        row=row,
        state=presenting.STATES[found.state],
        address=follow_address(found),
        qr=words.qr(follow_address(found)),
        ground_form=ground,
        note_form=NoteForm(formdata=None, note=row.note),
    )


def follow_address(found: Ticket) -> str:
    """Return the whole address at which the owner of a ticket sees how far it is."""
    return url_for("hall_public.ticket", code=found.code, _external=True)


@bp.post("/tickets/<uid>/note")
@staff(*RECEPTION)
def note(uid: str) -> ResponseReturnValue:
    """Keep a note on a ticket until the day is over."""
    form = NoteForm()
    text = form.note.data or ""

    def act() -> str:
        services.write_note(uid, text, actor=acting())
        return _("Saved. It is forgotten at the end of the day.")

    return asking.carry_out(form, act, url_for(".ticket", uid=uid))


@bp.post("/tickets/<uid>/ground")
@staff(*RECEPTION)
def ground(uid: str) -> ResponseReturnValue:
    """Let somebody wait less, or like everybody else."""
    form = GroundForm()
    form.offer()
    wanted = Ground(form.ground.data) if form.validate() and form.ground.data else None

    def act() -> str:
        services.set_ground(uid, wanted, actor=acting())
        return _("Saved. The order follows at once.")

    return asking.carry_out(form, act, url_for(".ticket", uid=uid))


@bp.post("/tickets/<uid>/back")
@staff(*RECEPTION)
def back(uid: str) -> ResponseReturnValue:
    """Let somebody wait again who did not come when called."""

    def act() -> str:
        services.bring_back(uid, actor=acting())
        return _("The number waits again.")

    return asking.carry_out(KeyedForm(), act, _hall_of(uid))


@bp.post("/tickets/<uid>/gone")
@staff(*RECEPTION)
def gone(uid: str) -> ResponseReturnValue:
    """Note that somebody who waited has gone."""

    def act() -> str:
        services.leave(uid, actor=acting())
        return _("The number does not wait any more.")

    return asking.carry_out(KeyedForm(), act, _hall_of(uid))


def _hall_of(uid: str) -> str:
    site = queries.get_ticket(acting().post_id or 0, uid).site
    return url_for(".index", site=site.code)
