"""At the counter: a visitor without an account wants a request of theirs erased."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from app.core import i18n
from app.core.errors import Conflict, Invalid, NotFound
from app.desk.views import REVIEWERS
from app.reporting.wishes import services
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm, only_text

PATH = "/desk/erasure/visitor"
bp = Blueprint("desk_erasure_visitor", __name__)


class VisitorWishForm(KeyedForm):
    """Which request, where the answer goes, and that the right person asks."""

    reference = StringField(
        _l("Number of the request"),
        filters=[only_text],
        validators=[DataRequired(_l("Enter the number that stands on the slip.")), Length(max=100)],
    )
    address = StringField(
        _l("E-mail address or mobile phone for the answer"),
        filters=[only_text],
        validators=[Optional(), Length(max=254)],
    )
    is_seen = BooleanField(
        _l("I have compared a paper of the person with photograph with the details in the request"),
        validators=[InputRequired(_l("Without it, somebody else could have the data erased."))],
    )


@bp.route("", methods=["GET", "POST"])
@staff(*REVIEWERS)
def record() -> ResponseReturnValue:
    """Take the wish, which two of the post then answer as any other."""
    form = VisitorWishForm()
    if not form.validate_on_submit():
        return _page(form, 422 if form.errors else 200)
    try:
        return redirect(idempotency.once(form.content_key(), lambda: _record(form)))
    except NotFound:
        form.reference.errors = [_("No request of this post has this number.")]
    except Conflict as refusal:
        form.reference.errors = [refusal.sentence()]
    except Invalid as refusal:
        form.address.errors = [refusal.sentence()]
    return _page(form, 422)


def _record(form: VisitorWishForm) -> str:
    wish = services.record_for_visitor(
        form.reference.data or "", form.address.data or "", actor=acting()
    )
    until = i18n.short_day(wish.due_on)
    flash(_("It was recorded, and is to be answered by %(day)s.", day=until), "success")
    return url_for("desk_erasure.show", uid=wish.uid)


def _page(form: VisitorWishForm, status: int) -> ResponseReturnValue:
    return render_template("desk/erasure_visitor.html", form=form), status
