"""Signing in and out as a citizen, and the account itself."""

from typing import TypeVar

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import (
    addresses,
    codes,
    devices,
    entering,
    factors,
    queries,
    regaining_views,
    second_steps,
    services,
    sessions,
    texting,
)
from app.accounts.forms import (
    AddressForm,
    AddressPasswordForm,
    CodeForm,
    LanguageForm,
    SecondFactorForm,
)
from app.accounts.models import ContactKind, OneTimeCode, Owner
from app.accounts.one_time import CodeSpent
from app.core import i18n
from app.core.actor import ActorKind
from app.core.db import transaction
from app.core.errors import Invalid, TooMany
from app.web import navigation
from app.web.access import (
    Audience,
    acting,
    citizen_pending,
    current_actor,
    public,
    safe_next,
    signed_in,
)

PATH = "/account"
bp = Blueprint("accounts", __name__)

LONGEST_NEXT = 500
AnAddressForm = TypeVar("AnAddressForm", bound=AddressForm)

navigation.enter(navigation.Place.ACCOUNT, Audience.PUBLIC, 10, "accounts.sign_in", _l("Sign in"))
navigation.enter(navigation.Place.ACCOUNT, Audience.CITIZEN, 10, "accounts.show", _l("My account"))


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for an address to which a code is sent."""
    if current_actor() is not None and not request.args.get("again"):
        return redirect(safe_next(request.args.get("next"), default=_home()))
    form, status = _address_form(AddressForm), 422
    again = current_actor() is not None
    _fill_in_own(form)
    if form.validate_on_submit():
        try:
            with transaction():
                typed = form.address.data or ""
                _check_is_own(typed)
                by = devices.counting(addresses.find(typed), request.remote_addr)
                code = codes.ask_code(typed, i18n.language(), network=by.network, apart=by.apart)
                uid = code.uid
        except (Invalid, TooMany) as refusal:
            form.address.errors, status = [refusal.sentence()], refusal.status
        else:
            session["sign_in"] = {"code": uid, "next": (form.next.data or "")[:LONGEST_NEXT]}
            return redirect(url_for(".code"))
    by_text = texting.is_offered()
    page = render_template("accounts/sign_in.html", form=form, again=again, by_text=by_text)
    return page, status if form.errors else 200


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """Ask for the code that was sent."""
    sent = _sent_code()
    if sent is None or sent.address is None:
        flash(_("Enter your address first: a code is good for 10 minutes."))
        return redirect(url_for(".sign_in"))
    address = sent.address
    form = CodeForm()
    if form.validate_on_submit():
        try:
            return _redeem(sent.uid, form.code.data)
        except Invalid as refusal:
            form.code.errors = [refusal.sentence()]
    by_text = codes.is_phone(address)
    page = render_template("accounts/code.html", form=form, address=address, by_text=by_text)
    return page, _status(form)


@bp.post("/sign-in/code/again")
@public
def send_again() -> ResponseReturnValue:
    """Send another code to the same address."""
    pending = session.get("sign_in") or {}
    try:
        with transaction():
            earlier = pending.get("code", "")
            by = devices.counting(_address_of(earlier), request.remote_addr)
            code = codes.ask_again(earlier, i18n.language(), network=by.network, apart=by.apart)
            uid = code.uid
    except (CodeSpent, TooMany) as refusal:
        flash(refusal.sentence(), "error")
        return redirect(url_for(".code"))
    session["sign_in"] = {**pending, "code": uid}
    flash(_("A new code is on its way. Only the newest one is good."), "success")
    return redirect(url_for(".code"))


@bp.route("/sign-in/password", methods=["GET", "POST"])
@public
def sign_in_with_password() -> ResponseReturnValue:
    """Ask for address and password, of the few who have one."""
    form = _address_form(AddressPasswordForm)
    if form.validate_on_submit():
        try:
            return _take_password(form)
        except (factors.WrongPassword, entering.AnotherAccount) as refusal:
            form.address.errors = [refusal.sentence()]
    page = render_template(
        "accounts/sign_in_password.html", form=form, by_text=texting.is_offered()
    )
    return page, 422 if form.errors else 200


@bp.route("/sign-in/second", methods=["GET", "POST"])
@citizen_pending("totp")
def second() -> ResponseReturnValue:
    """Ask for a code of the authenticator app, of those who wanted to be asked."""
    form = SecondFactorForm()
    if form.validate_on_submit():
        try:
            return _take_second_factor(form)
        except Invalid as refusal:
            form.code.errors = [refusal.sentence()]
    page = render_template("accounts/second.html", form=form)
    return page, 422 if form.errors else 200


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
        phone_url=url_for("phone.ask") if texting.is_offered() else "",
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
        address = _address_of(uid)
        by = devices.counting(address, request.remote_addr)
        tried = codes.spend_try(uid, network=by.network, apart=by.apart)
    target = (session.get("sign_in") or {}).get("next")
    with transaction():
        entered = codes.redeem_code(tried, typed, language=i18n.language())
        token, step = entering.begin_by_code(entered)
    if not token:
        flash(_("Your account has a passkey, so a code by text is not enough. Use the passkey."))
        return redirect(url_for("passkeys.show", next=target or None))
    response = _go_on(entered.account, token, step, target)
    if step and address is not None and not codes.is_phone(address):
        session[regaining_views.BY_MAIL] = sessions.mark_of(token)
    return response


def _take_password(form: AddressPasswordForm) -> ResponseReturnValue:
    address, network = addresses.find(form.address.data or "") or "", request.remote_addr
    name = f"citizen:{address}"
    with transaction():
        account = queries.find_account_by_address(address)
        entering.count_password(name, account, network=network)
    # Looked up anew, known or not: a known one would be read again by itself after the commit.
    account = queries.find_account_by_address(address)
    if not factors.check_password(account, form.password.data) or account is None:
        raise factors.WrongAddressOrPassword()
    entering.check_is_same(account)
    with transaction():
        entering.forgive_password(name, account, network=network)
        token, step = entering.begin_first(account)
    return _go_on(account, token, step, form.next.data)


def _take_second_factor(form: SecondFactorForm) -> ResponseReturnValue:
    account = second_steps.half_signed_in(g.actor)
    second_steps.count_try(account)
    with transaction():
        factors.pass_second_factor(account, form.code.data, network=request.remote_addr)
        token = entering.begin(account)
    return _go_on(account, token, "", session.get("next"))


def _go_on(account: Owner, token: str, step: str, target: str | None) -> ResponseReturnValue:
    """Lead on to what was asked for, or before that to the second factor."""
    if not step:
        response = entering.lead_on(account, token, target)
        flash(_("You are signed in."), "success")
        return response
    session.clear()
    session["next"] = (target or "")[:LONGEST_NEXT]
    response = redirect(url_for(".second"))
    sessions.set_cookie(response, token, ActorKind.CITIZEN)
    return response


def _address_form(kind: type[AnAddressForm]) -> AnAddressForm:
    """Return a form that takes an address, and a phone too where codes go by text."""
    form = kind(data={"next": request.args.get("next")})
    if texting.is_offered():
        form.address.label.text = _("E-mail address or mobile phone")
    return form


def _fill_in_own(form: AddressForm) -> None:
    """Fill in the address of a citizen who is signed in: no other one is taken."""
    actor = current_actor()
    if actor is not None and actor.kind is ActorKind.CITIZEN and not form.is_submitted():
        form.address.data = queries.address_of(actor.id or 0) or queries.phone_of(actor.id or 0)


def _check_is_own(typed: str) -> None:
    """Raise AnotherAccount for an address of somebody else than who is signed in.

    Looked up for them alone: for anybody else the work is the same for any address.
    """
    if current_actor() is not None:
        entering.check_is_same(queries.find_account_by_address(addresses.find(typed) or ""))


def _sent_code() -> OneTimeCode | None:
    pending = session.get("sign_in") or {}
    sent = queries.find_code(pending.get("code", ""))
    return sent if sent is not None and codes.is_recent(sent) else None


def _address_of(uid: str) -> str | None:
    """Return where a code was sent to."""
    sent = queries.find_code(uid)
    return sent.address if sent is not None else None


def _home() -> str:
    return url_for("portal.start") + "requests"


def _status(form: CodeForm) -> int:
    return 422 if form.errors else 200
