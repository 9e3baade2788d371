"""What the one who gave a power of attorney reads of it, without signing in."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.cases import queries as cases
from app.cases import wording as case_wording
from app.cases.mandates import principals, queries, wording
from app.cases.mandates.models import Mandate
from app.cases.mandates.rules import STANDING
from app.core import i18n
from app.core.db import transaction
from app.web.access import public
from app.web.forms import Form

PATH = "/in-my-name"
bp = Blueprint("principal", __name__)


@bp.get("/<uid>/<token>")
@public
def show(uid: str, token: str) -> ResponseReturnValue:
    """Say that somebody acts in the reader's name, and what they did once the reader confirmed."""
    mandate = principals.get(uid, token)
    return render_template(
        "portal/principal.html",
        mandate=mandate,
        uid=uid,
        token=token,
        is_asked=principals.is_asked(mandate),
        awaits=queries.awaits_principal(mandate),
        status=wording.STATES[mandate.state],
        stands=mandate.state in STANDING,
        until=i18n.short_day(mandate.valid_until) if mandate.valid_until else "",
        requests=_requests(mandate) if mandate.principal_confirmed_at else [],
    )


def _requests(mandate: Mandate) -> list[tuple[str, object, case_wording.Status]]:
    """Return reference, title and state of what was filed; nothing that was answered in it."""
    return [
        (case.reference, cases.definition(case).title, case_wording.STATES[case.state])
        for case in principals.list_cases(mandate)
    ]


@bp.post("/<uid>/<token>/confirm")
@public
def confirm(uid: str, token: str) -> ResponseReturnValue:
    """Have the reader told from now on."""
    if Form().validate_on_submit():
        with transaction():
            principals.confirm(uid, token)
        flash(_("Thank you. You are told of what is done in your name."), "success")
    return redirect(url_for(".show", uid=uid, token=token))


@bp.route("/<uid>/<token>/revoke", methods=["GET", "POST"])
@public
def revoke(uid: str, token: str) -> ResponseReturnValue:
    """Ask before an authority is revoked, then revoke it."""
    principals.get(uid, token)
    form = Form()
    if form.validate_on_submit():
        with transaction():
            principals.revoke(uid, token)
        flash(_("The authority is revoked. Nothing new can be filed by it."), "success")
        return redirect(url_for(".show", uid=uid, token=token))
    return render_template("portal/principal_revoke.html", form=form, uid=uid, token=token)
