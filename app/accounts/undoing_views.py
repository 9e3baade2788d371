"""The page of the link that takes a change of address or phone back; no signing in is asked."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.accounts import undoing
from app.accounts.undoing import LinkSpent, TakenMeanwhile
from app.core.db import transaction
from app.web.access import public

PATH = "/account/stop"
bp = Blueprint("undoing", __name__)


@bp.get("/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """Ask whether it is meant: programs that look for danger follow links, too."""
    if undoing.find(token) is None:
        return _spent(token)
    return _page()


@bp.post("/<token>")
@public
def stop(token: str) -> ResponseReturnValue:
    """Stop the change."""
    try:
        with transaction():
            undoing.stop(token)
    except LinkSpent:
        return _spent(token)
    except TakenMeanwhile as refusal:
        return _page(refusal.sentence()), refusal.status
    return redirect(url_for(".done"))


@bp.get("/done")
@public
def done() -> ResponseReturnValue:
    """Say what was done, to whoever asks: nothing of it belongs to anybody."""
    return render_template("accounts/change_stopped.html", days=undoing.WEEK.days)


def _page(refusal: str = "") -> str:
    return render_template("accounts/change_stop.html", refusal=refusal, days=undoing.WEEK.days)


def _spent(token: str) -> ResponseReturnValue:
    page = render_template(
        "accounts/change_link_spent.html", days=undoing.WEEK.days, used_at=undoing.used_at(token)
    )
    return page, 410
