"""What somebody typed as their address: one of mail or, where codes go by text, a phone."""

from flask_babel import lazy_gettext as _l

from app.accounts import rules, texting
from app.core.errors import Invalid


def read(typed: str) -> str:
    """Return a normalised mail address, or a phone as E.164; raise Invalid for neither."""
    if texting.is_offered() and rules.is_like_phone(typed):
        return texting.read_phone(typed, field="address")
    return read_mail(typed)


def read_mail(typed: str) -> str:
    """Return a normalised mail address; raise Invalid for what is none."""
    address = rules.find_address(typed)
    if address is None:
        raise Invalid(
            _l("The address is not complete. It looks like this: name@example.org.")
            if rules.is_cut_short(typed)
            else _l("Enter an e-mail address in Latin letters, such as name@example.org."),
            field="address",
        )
    return address


def find(typed: str) -> str | None:
    """Return a normalised mail address or phone, None for what is neither."""
    try:
        return read(typed)
    except Invalid:
        return None
