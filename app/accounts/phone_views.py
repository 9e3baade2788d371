"""The phone of one's own account: entering it, confirming it by a code, removing it."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.accounts import confirming, contact_pages, securing, texting
from app.accounts.contact_pages import Pages
from app.accounts.forms import PhoneForm
from app.accounts.models import ContactKind
from app.web.access import signed_in

PATH = "/account/phone"
bp = Blueprint("phone", __name__)

PAGES = Pages(
    kind=ContactKind.PHONE,
    form=PhoneForm,
    name="phone",
    send=confirming.ask_phone,
    confirmed=_l("The phone is confirmed."),
    removed=_l("The phone is removed."),
)


@bp.route("", methods=["GET", "POST"])
@signed_in
@securing.confirmed
def ask() -> ResponseReturnValue:
    """Ask for a phone to which a code is sent."""
    if not texting.is_offered():
        abort(404)
    return contact_pages.ask(PAGES)


@bp.route("/code", methods=["GET", "POST"])
@signed_in
def code() -> ResponseReturnValue:
    """Ask for the code that was sent to the phone."""
    return contact_pages.code(PAGES)


@bp.post("/remove")
@signed_in
@securing.confirmed
def remove() -> ResponseReturnValue:
    """Forget the phone."""
    return contact_pages.remove(PAGES)
