"""What is printed of a case: the receipt of a hand-over, and the whole file."""

from collections.abc import Sequence

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases import looking, receipts
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.rules import State
from app.core import clock
from app.desk import handing, headline, review_page
from app.desk.review_page import Look
from app.desk.views import READERS, REVIEWERS
from app.documents import issued as documents
from app.documents.models import IssuedDocument, IssuedState
from app.web import printing
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_print", __name__)


@bp.get("/<reference>/receipt")
@staff(*REVIEWERS)
def receipt(reference: str) -> ResponseReturnValue:
    """Show the receipt to print: empty lines to sign before the hand-over, who came after it."""
    actor = acting()
    case = cases.get_case(reference, actor)
    looking.note(looking.CASE, case.uid, actor)
    # Of a request that was opened again the next receipt is to be signed.
    handed = handing.of(case) if case.state is State.COMPLETED else None
    return printing.sheet(
        "desk/receipt.html",
        lambda: {
            "case": case,
            "head": headline.of(case),
            "service": cases.definition(case),
            "handed": handed,
            "sheet": handed.sheet if handed else receipts.sheet_of(case),
            "documents": _valid(case),
        },
        language=case.language,
        back=url_for("desk_case.show", reference=reference),
    )


def _valid(case: Case) -> Sequence[IssuedDocument]:
    return [row for row in documents.list_of(case.id) if row.state is IssuedState.VALID]


@bp.get("/<reference>/file")
@staff(*READERS)
def case_file(reference: str) -> ResponseReturnValue:
    """Show the whole file to print; identity numbers stay covered as on the page of the case."""
    actor = acting()
    case = cases.get_case(reference, actor)
    looking.note(looking.CASE, case.uid, actor)
    return render_template(
        "desk/case_file.html",
        view=review_page.build(case, actor, Look()),
        now=clock.now(),
    )
