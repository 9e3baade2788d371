"""Which accounts a browser has been in before, so that its owner is told of any other one.

A cookie of its own holds keyed marks of accounts; it lets nobody in.
"""

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, request
from werkzeug.wrappers import Response

from app.accounts import queries
from app.accounts.models import Owner
from app.core.crypto import keyed_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """From where something is tried: for a browser of before by the name alone, and apart."""

    network: str | None
    apart: str


KEPT_FOR = timedelta(days=365)
MOST_ACCOUNTS = 5


def knows(owner: Owner) -> bool:
    """Return whether this browser has been in the account before."""
    return _mark(owner) in _marks()


def counting(address: str | None, network: str | None) -> Counting:
    """Return how what is tried for an address is counted; the work is the same for any."""
    account = queries.find_account_by_address(address or "")
    if account is not None and knows(account):
        return Counting(network=None, apart=":known")
    return Counting(network=network, apart="")


def remember(response: Response, owner: Owner) -> None:
    """Have the browser keep the account's mark, the newest of a few in front."""
    mark = _mark(owner)
    marks = [mark, *(m for m in _marks() if m != mark)][:MOST_ACCOUNTS]
    response.set_cookie(
        cookie_name(),
        ".".join(marks),
        max_age=KEPT_FOR,
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        samesite="Lax",
        path="/",
    )


def cookie_name() -> str:
    """Return the cookie's name; `__Host-` where the site is served over TLS."""
    return "__Host-jaliya-seen" if current_app.config["SESSION_COOKIE_SECURE"] else "jaliya-seen"


def _marks() -> list[str]:
    return [m for m in request.cookies.get(cookie_name(), "")[:200].split(".") if m]


def _mark(owner: Owner) -> str:
    return keyed_hash("device", owner.uid)
