"""The mail address of one's own account: adding or changing it, confirming it, removing it."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.accounts import confirming, contact_pages, securing
from app.accounts.contact_pages import Pages
from app.accounts.forms import AddressForm
from app.accounts.models import ContactKind
from app.web.access import signed_in

PATH = "/account/address"
bp = Blueprint("address", __name__)

PAGES = Pages(
    kind=ContactKind.EMAIL,
    form=AddressForm,
    name="address",
    send=confirming.ask_address,
    confirmed=_l("The address is confirmed. You sign in with it from now on."),
    removed=_l("The address is removed."),
)


@bp.route("", methods=["GET", "POST"])
@signed_in
@securing.confirmed
def ask() -> ResponseReturnValue:
    """Ask for an address to which a code is sent."""
    return contact_pages.ask(PAGES)


@bp.route("/code", methods=["GET", "POST"])
@signed_in
def code() -> ResponseReturnValue:
    """Ask for the code that was sent to the address."""
    return contact_pages.code(PAGES)


@bp.post("/remove")
@signed_in
@securing.confirmed
def remove() -> ResponseReturnValue:
    """Forget the address."""
    return contact_pages.remove(PAGES)
