"""Where a member of staff is mailed: giving an address, confirming it by a code, removing it."""

from flask_babel import lazy_gettext as _l

from app.accounts import confirming, contact_pages, staff_mail
from app.accounts.contact_pages import Pages
from app.accounts.forms import AddressForm
from app.accounts.models import ContactKind
from app.core.actor import Role
from app.web.access import staff

PATH = "/desk/account/address"

bp = contact_pages.blueprint(
    Pages(
        kind=ContactKind.EMAIL,
        form=AddressForm,
        name="staff_address",
        field="address",
        guard=staff(*Role),
        known=staff_mail.given_by,
        send=confirming.ask_mail,
        confirm=staff_mail.confirm,
        remove=staff_mail.remove,
        confirmed=_l("The address is confirmed. Warnings are sent there from now on."),
        removed=_l("The address is removed."),
        layout="staff_base.html",
        home="staff_security.show",
    )
)
