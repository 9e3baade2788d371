"""Unsubscribing by a link of a mail, without signing in.

Whatever the link says, the answer is the same: it shows nothing about anybody, not even whether
there is such an account.
"""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.accounts import queries as accounts
from app.core.db import transaction
from app.notifications.preferences import links, services
from app.web.access import public

PATH = "/unsubscribe"
bp = Blueprint("unsubscribing", __name__)


@bp.get("/<token>")
@public
def ask(token: str) -> ResponseReturnValue:
    """Ask whether it is meant: programs that look for danger follow links, too."""
    return render_template("notifications/unsubscribe.html", is_done=False)


@bp.post("/<token>")
@public
def do(token: str) -> ResponseReturnValue:
    """Unsubscribe."""
    unsubscribe(token)
    return render_template("notifications/unsubscribe.html", is_done=True)


def unsubscribe(token: str) -> None:
    """Have an account be sent nothing of the topic that a link names; nothing for a forged one."""
    found = links.read(token)
    if found is None:
        return
    uid, topic = found
    with transaction():
        account = accounts.find_account(uid)
        if account is not None:
            services.unsubscribe(account, topic)
