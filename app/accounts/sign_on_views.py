"""Signing on as staff with the ministry's identity provider; nothing of it is there without one."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.accounts import entering, rules, sessions, sign_on, sign_on_client
from app.accounts.sign_on import SignOnRefused
from app.core import i18n
from app.core.db import db, transaction
from app.web.access import current_actor, public

PATH = "/sign-on"
bp = Blueprint("sign_on", __name__)

KEY = "sign_on"
LONGEST_NEXT = 500


@bp.get("/start/<language>")
@public
def start(language: str) -> ResponseReturnValue:
    """Lead to the provider, which asks anew: signing on counts as showing who one is.

    Otherwise whoever finds a desk left alone would sign out and on again without being asked.
    """
    if not sign_on_client.is_offered() or language not in i18n.LANGUAGES:
        abort(404)
    g.lang, actor = language, current_actor()
    session[KEY] = {
        "next": request.args.get("next", "")[:LONGEST_NEXT],
        "language": language,
        "ends": actor.session_id if actor else None,
    }
    db.session.rollback()  # Nothing stays open while another server is asked.
    try:
        return sign_on_client.ask(_callback_url())
    except SignOnRefused as refusal:
        return _refuse(refusal)


@bp.get("/back")
@public
def back() -> ResponseReturnValue:
    """Take what the provider says of who comes back."""
    if not sign_on_client.is_offered():
        abort(404)
    kept = session.pop(KEY, None) or {}
    language = g.lang = kept.get("language", i18n.language())
    db.session.rollback()
    try:
        named = sign_on.Named.of(sign_on_client.claims())
        return _enter(named, kept, language)
    except SignOnRefused as refusal:
        return _refuse(refusal)


def _enter(named: sign_on.Named, kept: dict[str, Any], language: str) -> ResponseReturnValue:
    """Sign in who is named; a second factor that the provider did not ask for is asked here.

    The session of before ends by its number: its cookie does not come with who comes back from
    another site. (Any: what start() kept.)
    """
    target = kept.get("next") or f"/{language}/desk"
    levels = current_app.config["SETTINGS"].oidc_levels
    with transaction():
        staff = sign_on.find_staff(named)
        sign_on.record(staff)
        sessions.end(kept.get("ends") or 0)
        if rules.has_two_factors(named.methods, named.level, levels):
            token, step = entering.begin(staff), ""
        else:
            token, step = entering.begin_first(staff)
    if not step:
        return entering.lead_on(staff, token, target)
    return entering.lead_to_second(token, step, target, language)


def _refuse(refusal: SignOnRefused) -> ResponseReturnValue:
    flash(refusal.sentence(), "error")
    return redirect(url_for("staff_accounts.sign_in"))


def _callback_url() -> str:
    base: str = current_app.config["SETTINGS"].base_url
    return base + url_for(".back")
