"""The phone of one's own account: entering it, confirming it by a code, removing it."""

from flask_babel import lazy_gettext as _l

from app.accounts import confirming, contact_pages, queries, texting, undoing
from app.accounts.contact_pages import Pages
from app.accounts.forms import PhoneForm
from app.accounts.models import ContactKind

PATH = "/account/phone"

bp = contact_pages.blueprint(
    Pages(
        kind=ContactKind.PHONE,
        form=PhoneForm,
        name="phone",
        field="phone",
        known=lambda owner: queries.phone_of(owner.id),
        refusal=undoing.refusal,
        send=confirming.ask_phone,
        confirmed=_l("The phone is confirmed."),
        removed=_l("The phone is removed."),
        is_offered=texting.is_offered,
    )
)
