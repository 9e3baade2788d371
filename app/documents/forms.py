"""What somebody sends who verifies a document."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.web.forms import REQUIRED, Form, only_text


class VerifyForm(Form):
    """The code that stands on a document."""

    code = StringField(
        _l("Code of the document"),
        filters=[only_text],
        validators=[DataRequired(REQUIRED), Length(max=100)],
    )
