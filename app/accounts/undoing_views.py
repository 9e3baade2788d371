"""The page of the link that takes a change of address or phone back; no signing in is asked."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.accounts import freeing, undoing
from app.accounts.undoing import LinkSpent
from app.core.actor import ActorKind
from app.core.db import transaction
from app.core.errors import Conflict
from app.web.access import current_actor, public

PATH = "/account/stop"
bp = Blueprint("undoing", __name__)


@bp.get("/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """Ask whether it is meant: programs that look for danger follow links, too."""
    change = undoing.find(token)
    if change is None:
        return _spent(token)
    return _page(may_free=freeing.may_free(_signed_in_to(), change.former))


@bp.post("/<token>")
@public
def stop(token: str) -> ResponseReturnValue:
    """Stop the change; whoever is signed in to the account that has the address may free it."""
    freed_by = _signed_in_to() if request.form.get("free") else None
    try:
        with transaction():
            undoing.stop(token, freed_by=freed_by)
    except LinkSpent:
        return _spent(token)
    except Conflict as refusal:
        return _page(refusal.sentence()), refusal.status
    return redirect(url_for(".done"))


@bp.get("/done")
@public
def done() -> ResponseReturnValue:
    """Say what was done, to whoever asks: nothing of it belongs to anybody."""
    return render_template("accounts/change_stopped.html", days=undoing.WEEK.days)


def _signed_in_to() -> int | None:
    actor = current_actor()
    return actor.id if actor is not None and actor.kind is ActorKind.CITIZEN else None


def _page(refusal: str = "", *, may_free: bool = False) -> str:
    return render_template(
        "accounts/change_stop.html", refusal=refusal, may_free=may_free, days=undoing.WEEK.days
    )


def _spent(token: str) -> ResponseReturnValue:
    page = render_template(
        "accounts/change_link_spent.html", days=undoing.WEEK.days, used_at=undoing.used_at(token)
    )
    return page, 410
