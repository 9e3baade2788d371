"""What every way of signing in ends with: a session, word of a strange device, the way on."""

from flask import current_app, flash, redirect, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app.accounts import (
    codes,
    devices,
    enrolling,
    factors,
    passkeys,
    queries,
    regaining,
    sessions,
    telling,
)
from app.accounts.codes import Entered
from app.accounts.models import Account, ContactKind, Owner, StaffMember
from app.accounts.passkeys import Site
from app.accounts.rules import SecurityChange
from app.core.actor import ActorKind
from app.core.errors import Invalid
from app.web.access import current_actor, safe_next

CONTESTED = "app_begun_twice"
"""Where the browser's own session keeps that another browser was setting up an app as well."""


class AnotherAccount(Invalid):
    """Who is signed in was asked once more who they are, and answered as somebody else."""

    message = _l(
        "This belongs to another account than the one that is open here. Use your own, or sign out"
        " first."
    )


def site() -> Site:
    """Return for whom passkeys are made here, by the settings and not by the request."""
    return passkeys.site_of(current_app.config["SETTINGS"].base_url)


def count_password(name: str, owner: Owner | None, *, network: str | None) -> None:
    """Count a try before it is judged, in a transaction that commits; raise TooMany.

    A browser in which the owner has been before has tries of its own.
    """
    if owner is not None and devices.knows(owner):
        factors.count_known_password_try(name, owner)
    else:
        factors.count_password_try(name, owner, network=network)


def forgive_password(name: str, owner: Owner, *, network: str | None) -> None:
    """Take back what was counted of who turned out to be the owner, and nothing besides.

    Otherwise one's own sign-ins from a known browser would give a network back its tries at others.
    """
    if devices.knows(owner):
        factors.forgive_known_password_try(name)
    else:
        factors.forgive_password_try(name, network=network)


def check_is_same(owner: Owner | None) -> None:
    """Raise AnotherAccount unless it is nobody, or this very one, who is signed in here.

    Who is signed in comes to a way of signing in to show once more who they are.
    """
    actor = current_actor()
    if actor is None or (owner is not None and owner.kind is not actor.kind):
        return
    if owner is None or owner.id != actor.id:
        raise AnotherAccount()


def begin(owner: Owner, *, is_new: bool = False) -> str:
    """Begin a whole session in the caller's transaction and return its token.

    Whoever was here before is told when the browser was not.
    """
    if not is_new and not devices.knows(owner):
        _warn(owner)
    if isinstance(owner, Account):
        regaining.stop(owner)
    return sessions.begin_for(owner)


def begin_first(owner: Owner, *, is_new: bool = False) -> tuple[str, str]:
    """Begin the session of who gave a first factor; return its token and the step that is next.

    Whole, and an empty step, for a citizen of whom no second factor is asked.
    """
    step = factors.next_step(owner)
    if not step:
        return begin(owner, is_new=is_new), ""
    sessions.end_current()
    if step == enrolling.PENDING and isinstance(owner, StaffMember):
        session[CONTESTED] = enrolling.end_others(owner)
    return sessions.begin_for(owner, pending=step), step


def begin_by_code(entered: Entered) -> tuple[str, str]:
    """As begin_first; without a token where the code is not enough (doors.is_enough)."""
    if not entered.is_enough:
        return "", ""
    return begin_first(entered.account, is_new=entered.is_new)


def _warn(owner: Owner) -> None:
    if isinstance(owner, Account):
        codes.tell_of_new_device(owner)
    else:
        telling.tell(owner, SecurityChange.SIGNED_IN)


def lead_on(owner: Owner, token: str, target: str | None) -> Response:
    """Hand the token to the browser and lead on; what its own cookie held is over."""
    session.clear()
    response = redirect(safe_next(target, default=home_of(owner)))
    sessions.set_cookie(response, token, owner.kind)
    devices.remember(response, owner)
    if isinstance(owner, Account) and queries.has_bounced(owner.id, ContactKind.EMAIL):
        flash(_("Messages to your e-mail address came back. Please look at My account."), "error")
    return response


def lead_to_second(token: str, step: str, target: str, language: str) -> Response:
    """Hand the token of staff half signed in to the browser and lead to what is asked next."""
    is_contested = session.get(CONTESTED)
    session.clear()
    session["staff_next"] = target
    if is_contested:
        flash(
            _(
                "Another browser was setting up an app with your password, and was stopped. If"
                " that was not you, somebody knows your password: tell the head of section, and"
                " change it as soon as you are signed in."
            ),
            "error",
        )
    page = "staff_accounts.code" if step == "totp" else "staff_accounts.set_up"
    response = redirect(url_for(page, lang=language))
    sessions.set_cookie(response, token, ActorKind.STAFF)
    return response


def home_of(owner: Owner) -> str:
    """Return where an owner begins the day."""
    return url_for("portal.start") + ("requests" if owner.is_citizen else "desk")
