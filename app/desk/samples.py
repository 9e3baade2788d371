"""The collection of sample pictures: what a post shows its citizens beside a paper."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import FileField, StringField
from wtforms.validators import InputRequired

from app.catalogue import queries, samples
from app.core.actor import Role
from app.core.errors import Invalid
from app.documents import services as documents
from app.web import idempotency, typed_texts
from app.web.access import acting, staff
from app.web.forms import REQUIRED, KeyedForm

PATH = "/admin/samples"
bp = Blueprint("samples", __name__)

LONGEST = 200
FORMATS = ("jpeg", "png")


class SampleForm(KeyedForm):
    """A picture, its key and what it shows."""

    name = StringField(_l("Key, by which papers name the picture"), [InputRequired(REQUIRED)])
    file = FileField(_l("Picture"))


@bp.route("", methods=["GET", "POST"])
@staff(Role.ADMIN)
def index() -> ResponseReturnValue:
    """Show the pictures, and take another one."""
    form = SampleForm()
    says, wrong = _says() if form.is_submitted() else ({}, {})
    if form.validate_on_submit() and not wrong:
        try:
            location = _keep(form, says)
            flash(_("The picture can be named by papers now."), "success")
            return redirect(location)
        except Invalid as refusal:
            _note(form, refusal)
    return _page(form, says, wrong), 422 if form.errors or wrong else 200


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say beside the field that the file is too large."""
    form = SampleForm(formdata=None)
    form.file.errors = [_("The file is too large.")]
    return _page(form, {}, {}), 413


def _says() -> tuple[dict[str, str], dict[str, str]]:
    required = queries.get_current_post().languages
    return typed_texts.read("says", required=required, longest=LONGEST)


def _keep(form: SampleForm, says: dict[str, str]) -> str:
    post, key = queries.get_current_post(), str(form.name.data).strip()
    samples.check_key(post.id, key)
    image = documents.picture_of(form.file.data, formats=FORMATS)

    def effect() -> str:
        kept = {code: text for code, text in says.items() if text}
        samples.keep(queries.get_current_post(), key, says=kept, image=image, actor=acting())
        return url_for(".index")

    return idempotency.once(form.idempotency_key(), effect)


def _note(form: SampleForm, refusal: Invalid) -> None:
    field = form.name if refusal.field == "key" else form.file
    field.errors = [*field.errors, refusal.sentence()]


def _page(form: SampleForm, says: dict[str, str], wrong: dict[str, str]) -> str:
    return render_template(
        "catalogue/samples.html",
        form=form,
        says=says,
        wrong=wrong,
        says_errors=[(f"says-{code}", text) for code, text in wrong.items()],
        states=typed_texts.states(says),
        pictures=samples.list_pictures(queries.get_current_post().id),
    )
