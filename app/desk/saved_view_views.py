"""The buttons by which a look at the queue is kept and given up."""

from functools import partial

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import BooleanField, StringField

from app.core.actor import Actor
from app.core.errors import Invalid
from app.desk import saved_views
from app.desk.forms import LookForm
from app.desk.queue_filters import queue_url, sent_look
from app.desk.views import REVIEWERS
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm, only_text

PATH = "/desk/views"
bp = Blueprint("desk_views", __name__)


class SaveViewForm(LookForm):
    """A name for the look at the queue that the hidden fields describe."""

    name = StringField(filters=[only_text])
    shared = BooleanField()


@bp.post("")
@staff(*REVIEWERS)
def save() -> ResponseReturnValue:
    """Keep a look at the queue under a name and lead to it."""
    form = SaveViewForm()
    if not form.validate_on_submit():
        abort(400)
    look = sent_look()
    actor = acting()
    try:
        where = idempotency.once(form.content_key(), partial(_save, form, look, actor))
    except Invalid as refusal:
        flash(refusal.sentence(), "error")
        return redirect(queue_url(look))
    return redirect(where)


def _save(form: SaveViewForm, look: dict[str, list[str]], actor: Actor) -> str:
    view = saved_views.save(
        form.name.data or "", look, is_shared=bool(form.shared.data), actor=actor
    )
    flash(_("The view has been kept."), "success")
    return queue_url(look, view=view.uid)


@bp.post("/<uid>/remove")
@staff(*REVIEWERS)
def remove(uid: str) -> ResponseReturnValue:
    """Give up a view."""
    form = KeyedForm()
    if not form.validate_on_submit():
        abort(400)
    actor = acting()

    def give_up() -> str:
        saved_views.remove(uid, actor=actor)
        flash(_("The view has been removed."), "success")
        return url_for("desk.queue")

    return redirect(idempotency.once(form.idempotency_key(), give_up))
