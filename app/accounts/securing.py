"""The pages about the security of an account, the same for citizens and for staff.

The views of both say who may open them and whose account it is; here is what they do.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

from flask import (
    Flask,
    Response,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import doors, entering, passkeys, queries, services, sessions, step_up
from app.accounts.forms import PasskeyNameForm
from app.accounts.models import Account, Owner
from app.accounts.passkeys import PasskeyRefused, Purpose
from app.core.actor import ActorKind
from app.core.db import transaction
from app.web.access import acting, page_behind

View = TypeVar("View", bound=Callable[..., Any])

KEY = "passkey_add"
UNDONE = "undone"
"""In an address: its reader pressed a button there, and was asked first who they are."""
BUTTON_ON = {"security.remove_password": "security.show"}
"""Where a button stands whose address does not continue that of its page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where the pages of citizens, or those of staff, are."""

    blueprint: str
    layout: str
    account: str
    """The endpoint of the page of the account itself."""

    def url(self, name: str = "show", **values: Any) -> str:
        """Return the address of one of the pages (Any: parts of addresses)."""
        return url_for(f"{self.blueprint}.{name}", **values)


OF_CITIZENS = Pages(blueprint="security", layout="base.html", account="accounts.show")
OF_STAFF = Pages(
    blueprint="staff_security", layout="staff_base.html", account="staff_accounts.show"
)


def pages() -> Pages:
    """Return the pages of who is signed in."""
    return OF_CITIZENS if acting().kind is ActorKind.CITIZEN else OF_STAFF


def owner() -> Owner:
    """Return whose account is open."""
    actor = acting()
    if actor.kind is ActorKind.CITIZEN:
        return queries.get_account(actor.id or 0)
    return queries.get_staff(actor.id or 0)


def confirmed(view: View) -> View:
    """Have a view opened only by who showed a moment ago who they are; others show it first."""

    @wraps(view)
    def guarded(*args: Any, **values: Any) -> Any:
        if step_up.is_fresh(acting()):
            return view(*args, **values)
        if request.accept_mimetypes.best == "application/json":
            return jsonify(confirm=door(pages().url())), 403
        return redirect(door(_way_back()))

    return cast(View, guarded)


def _way_back() -> str:
    """Return the page that was asked for, or that of the button which was pressed.

    What was pressed has not happened, and cannot happen by being led there: the page says so.
    """
    if request.method in ("GET", "HEAD"):
        return request.full_path.rstrip("?")
    page = BUTTON_ON.get(request.endpoint or "")
    return f"{url_for(page) if page else page_behind()}?{UNDONE}=1"


def init_app(app: Flask) -> None:
    """Say on the page of a button, once its reader is back, that it has to be pressed again."""

    @app.before_request
    def remind() -> ResponseReturnValue | None:
        endpoint = request.endpoint
        if request.method != "GET" or UNDONE not in request.args or endpoint is None:
            return None
        flash(_("What you pressed has not been done yet. Please press it once more."), "error")
        # Built and not repeated: a path as it was typed may lead to another host.
        return redirect(url_for(endpoint, **(request.view_args or {})))


def door(target: str) -> str:
    """Return where who is signed in shows once more who they are, and is led on from there."""
    if acting().kind is ActorKind.STAFF:
        return url_for("staff_accounts.confirm", next=target)
    return url_for("accounts.sign_in", again=1, next=target)


def new_passkey() -> ResponseReturnValue:
    """Show what a passkey is, and the button that makes one."""
    try:
        doors.check_may_add_passkey(owner())
    except doors.PasskeyNeedsAddress as refusal:
        flash(refusal.sentence(), "error")
        return redirect(pages().url())
    form = PasskeyNameForm(data={"name": sessions.device_of(request)})
    return render_template(
        "accounts/passkey_new.html", form=form, pages=pages(), origin=entering.site().origin
    )


def passkey_options() -> ResponseReturnValue:
    """Give the script of the page a challenge for a new passkey."""
    one = owner()
    with transaction():
        asked = passkeys.ask_to_add(one, entering.site(), shown_as=shown_as(one))
    session[KEY] = asked.uid
    return Response(asked.options, mimetype="application/json")


def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that was made."""
    form = PasskeyNameForm()
    try:
        with transaction():
            taken = passkeys.take(session.pop(KEY, ""), Purpose.ADD)
        with transaction():
            name = _name_in(form)
            answer, actor = form.credential.data or "", acting()
            passkeys.add(owner(), taken, answer, name=name, site=entering.site(), actor=actor)
    except PasskeyRefused as refusal:
        flash(refusal.sentence(), "error")
        return redirect(pages().url("new_passkey"))
    flash(_("The passkey was added. From now on it is enough to sign in."), "success")
    return redirect(pages().url())


def show_passkey(uid: str) -> ResponseReturnValue:
    """Show one passkey, to call it otherwise or to remove it."""
    one = passkeys.get(owner(), uid)
    form = PasskeyNameForm(data={"name": one.name})
    if form.validate_on_submit():
        with transaction():
            passkeys.rename(owner(), uid, _name_in(form))
        flash(_("Saved."), "success")
        return redirect(pages().url())
    page = render_template("accounts/passkey.html", form=form, passkey=one, pages=pages())
    return page, 422 if form.errors else 200


def remove_passkey(uid: str) -> ResponseReturnValue:
    """Forget a passkey."""
    with transaction():
        passkeys.remove(owner(), uid, actor=acting())
    flash(_("The passkey was removed. It lets nobody in any more."), "success")
    return redirect(pages().url())


def end_other_sessions() -> ResponseReturnValue:
    """End the sessions on all other devices."""
    with transaction():
        services.end_other_sessions(actor=acting())
    flash(_("All other sessions were ended. Whoever used them has to sign in again."), "success")
    return redirect(pages().url())


def _name_in(form: PasskeyNameForm) -> str:
    typed = (form.name.data or "")[: passkeys.LONGEST_NAME]
    return typed or sessions.device_of(request) or _("Passkey")


def shown_as(one: Owner) -> str:
    """Return how the reader's own device lists the account: it holds the address anyway."""
    if not isinstance(one, Account):
        return one.login
    return queries.address_of(one.id) or queries.phone_of(one.id) or passkeys.RP_NAME
