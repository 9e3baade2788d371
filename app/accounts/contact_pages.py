"""The pages on which an address or a phone is entered, confirmed by a code, and removed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import (
    Blueprint,
    abort,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from app.accounts import confirming, queries, securing
from app.accounts.forms import CodeForm
from app.accounts.models import ContactKind, OneTimeCode
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, TooMany
from app.web.access import acting, signed_in
from app.web.forms import Form

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The pages of one kind of contact (Any: lazy strings)."""

    kind: ContactKind
    form: Callable[[], Form]
    name: str
    """Of the blueprint and of the template."""
    field: str
    """The only one of the form."""
    send: Callable[..., OneTimeCode]
    confirmed: Any
    removed: Any
    is_offered: Callable[[], bool] = lambda: True
    """Whether a new one may be entered; an old one can be removed all the same."""
    guard: Callable[[View], View] = signed_in
    """Who may open them."""
    known: Callable[..., str | None] = lambda owner: None
    """What is confirmed already."""
    refusal: Callable[..., str] = lambda owner: ""
    """Why a new one is not taken now; empty where it is."""
    confirm: Callable[..., None] = confirming.confirm
    remove: Callable[..., None] = confirming.remove
    layout: str = "base.html"
    home: str = "accounts.show"
    """Where the pages are left for, and where they are come from."""

    def url(self, page: str) -> str:
        """Return the address of one of the pages."""
        return url_for(f"{self.name}.{page}")


def blueprint(pages: Pages) -> Blueprint:
    """Return the views, each with who may open it."""
    bp = Blueprint(pages.name, __name__)

    @bp.route("", methods=["GET", "POST"])
    @pages.guard
    @securing.confirmed
    def ask() -> ResponseReturnValue:
        return _ask(pages)

    @bp.route("/code", methods=["GET", "POST"])
    @pages.guard
    def code() -> ResponseReturnValue:
        return _code(pages)

    @bp.post("/remove")
    @pages.guard
    @securing.confirmed
    def remove() -> ResponseReturnValue:
        return _remove(pages)

    return bp


def _ask(pages: Pages) -> ResponseReturnValue:
    """Ask for an address or a phone to which a code is sent."""
    if not pages.is_offered():
        abort(404)
    form = pages.form()
    field, status = form[pages.field], 422
    if form.validate_on_submit():
        try:
            with transaction():
                sent = pages.send(securing.owner(), field.data or "", network=request.remote_addr)
                session[pages.name] = sent.uid
        except (Invalid, TooMany, Conflict) as refusal:
            field.errors, status = [refusal.sentence()], refusal.status
        else:
            return redirect(pages.url("code"))
    known, frozen = pages.known(securing.owner()), pages.refusal(securing.owner())
    page = render_template(f"accounts/{pages.name}.html", form=form, known=known, refusal=frozen)
    return page, status if form.errors else 200


def _code(pages: Pages) -> ResponseReturnValue:
    """Ask for the code that was sent."""
    sent = queries.find_code(session.get(pages.name, ""))
    if sent is None or sent.address is None:
        return redirect(pages.url("ask"))
    address, form = sent.address, CodeForm()
    if form.validate_on_submit():
        try:
            return _confirm(pages, sent.uid, form.code.data or "")
        except (Invalid, Conflict) as refusal:
            form.code.errors = [refusal.sentence()]
    page = render_template(
        "accounts/contact_code.html",
        form=form,
        address=address,
        is_phone=pages.kind is ContactKind.PHONE,
        again=pages.url("ask"),
        layout=pages.layout,
    )
    return page, 422 if form.errors else 200


def _remove(pages: Pages) -> ResponseReturnValue:
    """Forget the address or the phone, unless it is the last way in."""
    try:
        with transaction():
            pages.remove(securing.owner(), pages.kind, actor=acting())
    except Conflict as refusal:
        flash(refusal.sentence(), "error")
        return redirect(pages.url("ask"))
    flash(pages.removed, "success")
    return redirect(url_for(pages.home))


def _confirm(pages: Pages, uid: str, typed: str) -> ResponseReturnValue:
    """Take one try, and commit that before the code is compared."""
    with transaction():
        confirming.spend_try(uid)
    with transaction():
        pages.confirm(securing.owner(), uid, typed, actor=acting())
    session.pop(pages.name, None)
    flash(pages.confirmed, "success")
    return redirect(url_for(pages.home))
