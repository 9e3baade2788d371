"""A citizen's own copy of everything that is kept about the account."""

from flask import (
    Blueprint,
    Response,
    flash,
    redirect,
    render_template,
    stream_with_context,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import securing, step_up
from app.core import i18n
from app.core.db import transaction
from app.reporting import built
from app.reporting.copies import services
from app.web import idempotency
from app.web.access import acting, signed_in
from app.web.forms import KeyedForm

PATH = "/account/data"
bp = Blueprint("my_data", __name__)


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    """Say what a copy holds, how far one is, and where it is fetched."""
    actor = acting()
    return render_template(
        "portal/my_data.html",
        copy=services.find_copy(actor),
        is_fresh=step_up.is_fresh(actor),
        door=securing.door(url_for(".show")),
        form=KeyedForm(formdata=None),
    )


@bp.post("")
@signed_in
@securing.confirmed
def order() -> ResponseReturnValue:
    """Have a copy be built, for who signed in a moment ago."""
    actor, form = acting(), KeyedForm()

    def effect() -> str:
        services.order(actor, i18n.language())
        flash(_("Your copy is being put together."), "success")
        return url_for(".show")

    return redirect(idempotency.once(form.content_key(), effect))


@bp.get("/<uid>/file")
@signed_in
def fetch(uid: str) -> ResponseReturnValue:
    """Hand the file out to its owner, on record, soon after signing in only."""
    actor = acting()
    copy = services.get_copy(uid, actor)
    if not step_up.is_fresh(actor):
        return redirect(url_for(".show"))
    with transaction():
        services.note_fetched(copy, actor)
    copy = services.get_copy(uid, actor)
    response = Response(stream_with_context(built.read(copy)), mimetype="application/zip")
    response.headers["Content-Length"] = str(copy.size)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = f'attachment; filename="{copy.file_name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
