"""Signing in and out as a citizen, and the account itself."""

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import codes, entering, phone_views, queries, services, sessions
from app.accounts.forms import AddressForm, CodeForm, LanguageForm
from app.accounts.models import ContactKind, OneTimeCode
from app.core import i18n
from app.core.db import transaction
from app.core.errors import Invalid
from app.web import navigation
from app.web.access import Audience, acting, current_actor, public, safe_next, signed_in

PATH = "/account"
bp = Blueprint("accounts", __name__)

LONGEST_NEXT = 500

navigation.enter(navigation.Place.ACCOUNT, Audience.PUBLIC, 10, "accounts.sign_in", _l("Sign in"))
navigation.enter(navigation.Place.ACCOUNT, Audience.CITIZEN, 10, "accounts.show", _l("My account"))


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for an address to which a code is sent."""
    if current_actor() is not None and not request.args.get("again"):
        return redirect(safe_next(request.args.get("next"), default=_home()))
    form = AddressForm(data={"next": request.args.get("next")})
    if form.validate_on_submit():
        try:
            with transaction():
                code = codes.ask_code(
                    form.address.data or "", i18n.language(), network=request.remote_addr
                )
                uid = code.uid
        except Invalid as refusal:
            form.address.errors = [refusal.sentence()]
        else:
            session["sign_in"] = {"code": uid, "next": (form.next.data or "")[:LONGEST_NEXT]}
            return redirect(url_for(".code"))
    page = render_template("accounts/sign_in.html", form=form, again=current_actor() is not None)
    return page, _status(form)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """Ask for the code that was sent."""
    sent = _sent_code()
    if sent is None:
        flash(_("Enter your address first: a code is good for 10 minutes."))
        return redirect(url_for(".sign_in"))
    address = sent.address
    form = CodeForm()
    if form.validate_on_submit():
        try:
            return _redeem(sent.uid, form.code.data)
        except Invalid as refusal:
            form.code.errors = [refusal.sentence()]
    page = render_template("accounts/code.html", form=form, address=address)
    return page, _status(form)


@bp.post("/sign-in/code/again")
@public
def send_again() -> ResponseReturnValue:
    """Send another code to the same address."""
    pending = session.get("sign_in") or {}
    try:
        with transaction():
            code = codes.ask_again(
                pending.get("code", ""), i18n.language(), network=request.remote_addr
            )
            uid = code.uid
    except (codes.CodeSpent, codes.AskedTooSoon) as refusal:
        flash(refusal.sentence(), "error")
        return redirect(url_for(".code"))
    session["sign_in"] = {**pending, "code": uid}
    flash(_("A new code is on its way. Only the newest one is good."), "success")
    return redirect(url_for(".code"))


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session, whatever state it is in."""
    with transaction():
        sessions.end_current()
    session.clear()
    flash(_("You are signed out."), "success")
    response = redirect(url_for("portal.start"))
    sessions.clear_cookie(response)
    return response


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """Show address, languages, people and sessions."""
    account_id = acting().id or 0
    return render_template(
        "accounts/show.html",
        address=queries.address_of(account_id),
        phone=queries.phone_of(account_id),
        has_bounced=queries.has_bounced(account_id, ContactKind.EMAIL),
        phone_url=url_for("phone.ask") if phone_views.is_offered() else "",
        form=LanguageForm(data={"language": g.account.language}),
    )


@bp.post("/language")
@signed_in
def set_language() -> ResponseReturnValue:
    """Choose the language of messages."""
    form = LanguageForm()
    if form.validate_on_submit():
        with transaction():
            services.set_language(acting().id or 0, form.language.data)
        flash(_("Saved. Messages will be written in this language."), "success")
    else:
        flash(_("Choose one of the languages."), "error")
    return redirect(url_for(".show"))


def _redeem(uid: str, typed: str) -> ResponseReturnValue:
    """Sign in with a code: the try is committed before it is judged."""
    with transaction():
        tried = codes.spend_try(uid, network=request.remote_addr)
    with transaction():
        entered = codes.redeem_code(tried, typed, language=i18n.language())
        token = entering.begin(entered.account, is_new=entered.is_new)

    target = (session.get("sign_in") or {}).get("next")
    response = entering.lead_on(entered.account, token, target)
    flash(_("You are signed in."), "success")
    return response


def _sent_code() -> OneTimeCode | None:
    pending = session.get("sign_in") or {}
    sent = queries.find_code(pending.get("code", ""))
    return sent if sent is not None and codes.is_recent(sent) else None


def _home() -> str:
    return url_for("portal.start") + "requests"


def _status(form: AddressForm | CodeForm) -> int:
    return 422 if form.errors else 200
