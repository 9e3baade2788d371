"""Who a message is for, in words for staff: the part in a request, and a covered address."""

from flask_babel import lazy_pgettext

from app.core.crypto import Unreadable
from app.notifications.models import Message
from app.notifications.wording import Lazy

APPLICANT: Lazy = lazy_pgettext("recipient", "Applicant")
OTHER_PARENT: Lazy = lazy_pgettext("recipient", "Other parent")
PRINCIPAL: Lazy = lazy_pgettext("recipient", "Principal")
ACCOUNT: Lazy = lazy_pgettext("recipient", "Another account")
COLLEAGUE: Lazy = lazy_pgettext("recipient", "Colleague")

_OTHER_PARENT = frozenset({"consent_asked", "consent_reminder", "consent_code"})
_PRINCIPAL = frozenset(
    {
        "principal_confirm",
        "principal_replaced",
        "principal_filed",
        "principal_decided",
        "principal_received",
    }
)
"""What is told to nobody but these, with an account or without."""
COVER = "•••"


def role_of(message: Message, *, filed_by: int | None = None) -> Lazy:
    """Return who a message is for, by its event and by the account that filed the request."""
    if message.event in _OTHER_PARENT:
        return OTHER_PARENT
    if message.event in _PRINCIPAL:
        return PRINCIPAL
    if message.account_id is None:
        return COLLEAGUE
    return APPLICANT if filed_by in (None, message.account_id) else ACCOUNT


def masked_address(message: Message) -> str:
    """Return a bare address of which the most is covered; empty where an account stands behind it.

    An account's address may have changed since, and stands with the account.
    """
    try:
        address = str((message.payload or {}).get("to", ""))
    except Unreadable:
        return ""
    return masked(address)


def masked(address: str) -> str:
    """Return the first sign of a mail address and its host, or the last two digits of a phone."""
    local, at, host = address.rpartition("@")
    if at:
        return f"{local[:1]}{COVER}@{host}"
    return f"{COVER}{address[-2:]}" if address else ""
