"""The mail address of one's own account: adding or changing it, confirming it, removing it."""

from flask_babel import lazy_gettext as _l

from app.accounts import confirming, contact_pages, queries, undoing
from app.accounts.contact_pages import Pages
from app.accounts.forms import AddressForm
from app.accounts.models import ContactKind

PATH = "/account/address"

bp = contact_pages.blueprint(
    Pages(
        kind=ContactKind.EMAIL,
        form=AddressForm,
        name="address",
        field="address",
        known=lambda owner: queries.address_of(owner.id),
        refusal=undoing.refusal,
        send=confirming.ask_address,
        confirmed=_l("The address is confirmed. You sign in with it from now on."),
        removed=_l("The address is removed."),
    )
)
