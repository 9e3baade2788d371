"""A canned answer, put into the note of one item of the review; nothing is saved by it."""

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from app.cases import looking
from app.cases.services import Verdict
from app.cases.talk import canned
from app.desk import acting_on_cases, forms
from app.desk.review_page import Look
from app.desk.views import REVIEWERS
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_words", __name__)


@bp.post("/<reference>/words")
@staff(*REVIEWERS)
def put(reference: str) -> ResponseReturnValue:
    """Show the case as it is marked, with an answer in the citizen's language in one note."""
    if not forms.ActForm().validate_on_submit():
        abort(400)
    case, uid = looking.opened(reference, acting()), request.form.get("put", "")[:32]
    typed = MultiDict(request.form)
    words = canned.words(case, typed.get(f"words-{uid}", "")[:32], case.language)
    if words:
        stands = typed.get(f"note-{uid}", "").strip()
        typed[f"note-{uid}"] = "\n".join(part for part in (stands, words) if part)
        typed[f"verdict-{uid}"] = Verdict.REJECTED.value
    look = Look(
        paper=typed.get("paper", "")[:32], page=request.form.get("page", 1, type=int), typed=typed
    )
    return acting_on_cases.page(reference, look)
