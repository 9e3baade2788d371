"""The free days of a place once more, for a page of times to which its reader comes back."""

import json

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.appointments import choosing, glance, presenting
from app.cases import queries as cases
from app.core import clock, i18n
from app.web.access import acting, signed_in

PATH = "/requests/<reference>/book/days"
bp = Blueprint("still_free", __name__)


@bp.get("")
@signed_in
def show(reference: str) -> ResponseReturnValue:
    """Return what the page of times says of each day that has free times, as JSON."""
    site = request.args.get("site", "")
    days = glance.free_days(reference, site=site, actor=acting(), now=clock.now())
    if days is None:
        days = choosing.free_days(cases.get_row(reference, acting()), site)
    language = i18n.language()
    said = {day.isoformat(): presenting.times_said(times, language) for day, times in days.items()}
    return Response(json.dumps(said, ensure_ascii=False), mimetype="application/json")
