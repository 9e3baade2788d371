"""What is sent at the reception besides the number of a request."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import InputRequired

from app.web.forms import KeyedForm

LONGEST_NAME = 100


class NameForm(KeyedForm):
    """Beginnings of words of a name; sent by POST, because names do not belong in addresses."""

    name = StringField(_l("Name, or the beginning of it"))


class GiveForm(KeyedForm):
    """The time that the post gives; its place and kind of seats stand in the address."""

    at = StringField(_l("Time"), [InputRequired(_l("Please choose one of the times."))])
