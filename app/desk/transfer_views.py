"""Passing a case on to another post: where to, why, and what becomes of it."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.validators import DataRequired

from app.cases import originals, transferring
from app.cases import queries as cases
from app.cases.models import Case
from app.core import i18n
from app.core.actor import Role
from app.core.errors import Conflict, Invalid, InvalidTransition
from app.desk import acting_on_cases, forms, headline
from app.web import idempotency
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_transfer", __name__)


PASSED_ON = acting_on_cases.News(
    told=_l("The request is at the other post now. The citizen has been told."),
    alone=_l("The request is at the other post now."),
)


class TransferForm(forms.GroundForm):
    """To which post, and why."""

    post = SelectField(
        _l("Post"), validators=[DataRequired(_l("Choose a post that offers this service."))]
    )

    def offer(self, case: Case) -> None:
        """Let those posts be chosen that offer the service."""
        targets = [(one.code, i18n.text_in(one.name)) for one in transferring.list_targets(case)]
        self.post.choices = [("", _("Choose a post")), *targets]


@bp.route("/<reference>/transfer", methods=["GET", "POST"])
@staff(Role.HEAD)
def transfer(reference: str) -> ResponseReturnValue:
    """Ask where a case is to go and why, and pass it on."""
    form = TransferForm()
    done = idempotency.led_to(form.idempotency_key()) if form.is_submitted() else None
    if done is not None:
        return redirect(done)
    case = cases.get_case(reference, acting())
    form.offer(case)
    if form.validate_on_submit():
        try:
            return redirect(
                idempotency.once(form.idempotency_key(), lambda: _transfer(reference, form))
            )
        except (Conflict, InvalidTransition) as refusal:
            return acting_on_cases.overtaken(reference, form, refusal)
        except Invalid as refusal:
            form[refusal.field].errors = [refusal.sentence()]
    elif not form.is_submitted():
        if not transferring.may_transfer(case, acting()):
            raise InvalidTransition()
        form.seen.data = str(case.version)
    page = render_template(
        "desk/transfer.html",
        head=headline.of(case),
        form=form,
        held=originals.count_held(case.id),
    )
    return page, 422 if form.errors else 200


def _transfer(reference: str, form: TransferForm) -> str:
    case = transferring.transfer(
        reference,
        form.post.data,
        ground=form.ground.data or "",
        actor=acting(),
        seen=form.seen_version(),
        key=form.idempotency_key(),
    )
    flash(acting_on_cases.in_words(PASSED_ON, case), "success")
    return url_for("desk.queue")
