"""Whether a document is genuine and still valid: for everybody, with the least that helps."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.accounts import throttle
from app.catalogue import queries as catalogue
from app.core.db import transaction
from app.core.errors import TooMany
from app.documents import issued
from app.documents.forms import VerifyForm
from app.documents.models import IssuedDocument, IssuedState
from app.web import navigation
from app.web.access import Audience, public

PATH = "/verify"
bp = Blueprint("verification", __name__)

NETWORK = throttle.Limit(name="verify:network", most=60, window=timedelta(hours=1))

# Any: lazy strings of Flask-Babel have no public type.
STATES: Mapping[IssuedState, tuple[str, Any, Any]] = {
    IssuedState.VALID: (
        "done",
        lazy_pgettext("document", "Valid"),
        _l("The post issued this document, and it is valid. Compare it with what stands here."),
    ),
    IssuedState.SUPERSEDED: (
        "stopped",
        lazy_pgettext("document", "Superseded"),
        _l(
            "The post issued this document and replaced it later by another one. It is not valid "
            "any more."
        ),
    ),
    IssuedState.REVOKED: (
        "stopped",
        lazy_pgettext("document", "Revoked"),
        _l("The post issued this document and revoked it. It is not valid any more."),
    ),
}

navigation.enter(
    navigation.Place.FOOT, Audience.PUBLIC, 40, "verification.ask", _l("Verify a document")
)


@bp.route("", methods=["GET", "POST"])
@public
def ask() -> ResponseReturnValue:
    """Ask for the code that stands on a document, and say what it is worth."""
    form = VerifyForm()
    if not form.validate_on_submit():
        return _asked(form, 422 if form.errors else 200)
    try:
        with transaction():
            throttle.count_network(NETWORK, request.remote_addr)
    except TooMany as refusal:
        form.form_errors.append(refusal.sentence())
        return _asked(form, refusal.status)
    found = issued.find_by_code(form.code.data)
    if found is None:
        return _unknown(form)
    with transaction():
        throttle.forgive_network(NETWORK, request.remote_addr)
    return _show(found)


@bp.get("/<code>/<key_id>/<signature>")
@public
def scanned(code: str, key_id: str, signature: str) -> ResponseReturnValue:
    """Say what a document is worth whose code was scanned.

    Nobody can guess a signature, so nothing is counted; without a genuine one the answer is that
    to an unknown code, for the same work.
    """
    is_signed = issued.is_signed(code, key_id=key_id, signature=signature)
    found = issued.find_by_code(code if is_signed else "")
    return _show(found) if found else _unknown(VerifyForm(formdata=None))


def _asked(form: VerifyForm, status: int) -> ResponseReturnValue:
    return render_template("documents/verify.html", form=form), status


def _unknown(form: VerifyForm) -> ResponseReturnValue:
    form.form_errors.append(
        _("No document has this code. Compare every sign with the paper, then try once more.")
    )
    form.code.data = ""
    return _asked(form, 404)


def _show(found: IssuedDocument) -> str:
    kind, word, said = STATES[found.state]
    definition = catalogue.definition_of(found.version)
    return render_template(
        "documents/verified.html",
        document=found,
        kind=kind,
        word=word,
        said=said,
        ending=issued.ending_of(found),
        title=definition.issues or definition.title,
        post_name=found.version.service.post.name,
    )
