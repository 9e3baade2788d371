"""What may be written: neither nothing nor too much."""

from flask_babel import lazy_gettext as _l

from app.cases.talk import rules
from app.core.errors import Invalid
from app.core.text import UnreadableText, clean_text


def checked(text: str, *, field: str = "text") -> str:
    """Return a text as it was meant; Invalid when it is empty, too long or unreadable."""
    try:
        text = clean_text(text)
    except UnreadableText:
        raise Invalid(_l("This text holds signs that cannot be read."), field=field) from None
    if not text:
        raise Invalid(_l("Write something first."), field=field)
    if len(text) > rules.LONGEST_TEXT:
        raise Invalid(
            _l("This text is too long: it may have %(most)s signs."),
            field=field,
            most=rules.LONGEST_TEXT,
        )
    return text
