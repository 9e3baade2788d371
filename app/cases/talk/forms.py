"""What is filled in to write to each other about a case."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FileField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.cases.talk import rules
from app.web.forms import KeyedForm, one_file, only_text

FORMATS = ("jpeg", "png", "pdf")
MOST_PAGES = 20


def text_field(label: Any) -> TextAreaField:
    """Return a field for a text that must be there (Any: a lazy string)."""
    return TextAreaField(
        label,
        filters=[only_text],
        validators=[InputRequired(_l("Write something first.")), Length(max=rules.LONGEST_TEXT)],
    )


class ThreadForm(KeyedForm):
    """A message to the other side."""

    text = text_field(_l("Your message"))
    file = FileField(_l("File"), validators=[one_file, Optional()])
    expects_answer = BooleanField(_l("I need an answer"))
