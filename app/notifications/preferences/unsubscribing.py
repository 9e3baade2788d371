"""Unsubscribing by a link of a mail, without signing in.

For every link that we signed the answer is the same: it shows nothing about anybody, not even
whether there is such an account. One that we did not sign is said to be none.
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
    return _page(is_done=False, is_good=links.read(token) is not None)


@bp.post("/<token>")
@public
def do(token: str) -> ResponseReturnValue:
    """Unsubscribe."""
    return _page(is_done=True, is_good=unsubscribe(token))


def _page(*, is_done: bool, is_good: bool) -> ResponseReturnValue:
    page = render_template("notifications/unsubscribe.html", is_done=is_done, is_good=is_good)
    return page, 200 if is_good else 404


def unsubscribe(token: str) -> bool:
    """Have an account be sent nothing of the topic that a link names; false for no link of ours."""
    found = links.read(token)
    if found is None:
        return False
    uid, topic = found
    with transaction():
        account = accounts.find_account(uid)
        if account is not None:
            services.unsubscribe(account, topic)
    return True
