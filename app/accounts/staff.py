"""Signing in and out as staff: password, then authenticator app."""

from flask import (
    Blueprint,
    flash,
    g,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.accounts import (
    enrolling,
    entering,
    factors,
    queries,
    recovery,
    second_steps,
    sessions,
    sign_on_client,
    step_up,
    vouching,
)
from app.accounts.forms import ConfirmForm, SecondFactorForm, StaffForm
from app.accounts.models import StaffMember
from app.core import i18n
from app.core.actor import ActorKind, Role
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.web import access, navigation
from app.web.access import Audience, acting, current_actor, public, safe_next, staff_pending

PATH = "/desk/account"
bp = Blueprint("staff_accounts", __name__)

LONGEST_NEXT = 500
ROLES = {
    Role.RECEPTIONIST: lazy_pgettext("role", "Reception"),
    Role.CASHIER: lazy_pgettext("role", "Cashier"),
    Role.OFFICER: lazy_pgettext("role", "Officer"),
    Role.SECOND_REVIEWER: lazy_pgettext("role", "Second reviewer"),
    Role.HEAD: lazy_pgettext("role", "Head of section"),
    Role.ADMIN: lazy_pgettext("role", "Administrator"),
    Role.AUDITOR: lazy_pgettext("role", "Auditor"),
    Role.MINISTRY: lazy_pgettext("role", "Ministry"),
}

navigation.enter(
    navigation.Place.ACCOUNT,
    Audience.STAFF,
    10,
    "staff_accounts.show",
    lazy_pgettext("section", "Account"),
)
navigation.enter(
    navigation.Place.FOOT, Audience.PUBLIC, 90, "staff_accounts.sign_in", _l("Staff sign-in")
)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """Ask for login and password."""
    actor = current_actor()
    if actor is not None and actor.kind is ActorKind.STAFF:
        return redirect(safe_next(request.args.get("next"), default=_home()))
    form = StaffForm(data={"next": request.args.get("next")})
    if form.validate_on_submit():
        try:
            return _take_password(form)
        except (factors.WrongPassword, vouching.NotByPassword) as refusal:
            form.login.errors = [refusal.sentence()]
    page = render_template("accounts/staff_sign_in.html", form=form, provider=_provider())
    return page, 422 if form.errors else 200


@bp.route("/sign-in/code", methods=["GET", "POST"])
@staff_pending("totp")
def code() -> ResponseReturnValue:
    """Ask for a code of the authenticator app."""
    form = SecondFactorForm()
    if form.validate_on_submit():
        try:
            return _take_second_factor(form)
        except Invalid as refusal:
            form.code.errors = [refusal.sentence()]
    return render_template("accounts/staff_code.html", form=form), 422 if form.errors else 200


@bp.route("/sign-in/set-up", methods=["GET", "POST"])
@staff_pending("totp_setup")
def set_up() -> ResponseReturnValue:
    """Show the secret for an authenticator app, and ask for a first code of it."""
    form = SecondFactorForm()
    _without_app()
    if form.validate_on_submit():
        try:
            return _take_first_code(form)
        except Invalid as refusal:
            form.code.errors = [refusal.sentence()]
    secret = second_steps.grouped(enrolling.secret_of(g.actor.session_id))
    page = render_template("accounts/staff_set_up.html", form=form, secret=secret)
    return page, 422 if form.errors else 200


@bp.get("/sign-in/set-up.svg")
@staff_pending("totp_setup")
def set_up_picture() -> ResponseReturnValue:
    """Draw the secret as a QR."""
    return second_steps.picture(_without_app(), enrolling.kept_secret(g.actor.session_id))


@bp.route("/confirm", methods=["GET", "POST"])
@access.staff(*Role)
def confirm() -> ResponseReturnValue:
    """Ask for a code once more before something that must not happen at a desk left alone."""
    form, actor = ConfirmForm(data={"next": request.args.get("next")}), acting()
    if form.validate_on_submit():
        second_steps.count_try(queries.get_staff(actor.id or 0))
        try:
            with transaction():
                token = step_up.confirm(actor, form.code.data, network=request.remote_addr)
            response = redirect(safe_next(form.next.data, default=_home()))
            sessions.set_cookie(response, token, actor.kind)
            return response
        except Invalid as refusal:
            form.code.errors = [refusal.sentence()]
    page = render_template("accounts/staff_confirm.html", form=form, provider=_provider())
    return page, 422 if form.errors else 200


@bp.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """End the session, whatever state it is in."""
    with transaction():
        sessions.end_current()
    session.clear()
    flash(_("You are signed out."), "success")
    response = redirect(url_for(".sign_in"))
    sessions.clear_cookie(response)
    return response


@bp.get("")
@access.staff(*Role)
def show() -> ResponseReturnValue:
    """Show who is signed in, and with what rights."""
    actor = acting()
    member = queries.get_staff(actor.id or 0)
    return render_template(
        "accounts/staff_show.html",
        member=member,
        roles=[ROLES[role] for role in Role if actor.has_role(role)],
        may_help=navigation.may_open("colleagues.show"),
        is_told=navigation.may_open("staff_wishes.show"),
    )


def _take_password(form: StaffForm) -> ResponseReturnValue:
    login, network = form.login.data, request.remote_addr
    name = queries.normal_login(login)
    with transaction():
        entering.count_password(name, queries.find_staff(login), network=network)
    staff = factors.get_by_password(login, form.password.data)
    vouching.check_password_alone(staff)
    with transaction():
        entering.forgive_password(name, staff, network=network)
        token, step = entering.begin_first(staff)
    target = (form.next.data or "")[:LONGEST_NEXT]
    return entering.lead_to_second(token, step, target, i18n.language())


def _take_second_factor(form: SecondFactorForm) -> ResponseReturnValue:
    staff = second_steps.half_signed_in(g.actor)
    second_steps.count_try(staff)
    with transaction():
        factors.pass_second_factor(staff, form.code.data, network=request.remote_addr)
        token = entering.begin(staff)
    return entering.lead_on(staff, token, session.get("staff_next"))


def _take_first_code(form: SecondFactorForm) -> ResponseReturnValue:
    """Sign in with the first code of a new app, and lead to the recovery codes."""
    staff, secret = _without_app(), enrolling.kept_secret(g.actor.session_id)
    second_steps.count_try(staff)
    with transaction():
        enrolling.adopt(staff, secret)
        factors.pass_second_factor(staff, form.code.data, network=request.remote_addr)
        sessions.end_all(staff)
        codes = recovery.make(staff)
        token = entering.begin(staff)
    response = entering.lead_on(staff, token, url_for("staff_security.show_codes"))
    second_steps.keep_codes(codes, staff.uid)
    return response


def _without_app() -> StaffMember:
    """Return who is half signed in and has no app yet; NotFound once one was confirmed."""
    staff = second_steps.half_signed_in(g.actor)
    if not isinstance(staff, StaffMember) or staff.has_second_factor:
        raise NotFound()
    return staff


def _provider() -> str:
    """Return what the identity provider is called, empty without one."""
    return sign_on_client.name() if sign_on_client.is_offered() else ""


def _home() -> str:
    return url_for("portal.start") + "desk"
