"""For staff: what was told about a case, and what became of it."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.cases import looking
from app.desk import headline
from app.desk.views import READERS
from app.notifications import told
from app.web import navigation
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_told", __name__)


@bp.get("/<reference>/told")
@staff(*READERS)
def show(reference: str) -> ResponseReturnValue:
    """List what was told, the newest first, with each call of a provider."""
    case = looking.opened(reference, acting())
    return render_template(
        "desk/told.html",
        case=case,
        head=headline.of(case),
        rows=told.list_of_case(case.id, filed_by=case.account_id),
        may_decide=navigation.may_open("staff_messages.show"),
    )
