"""Page images of papers, for officers of the post and for nobody else."""

from flask import Blueprint, Response

from app.cases import looking
from app.cases import queries as cases
from app.desk import papers
from app.desk.views import READERS
from app.documents import viewing
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_papers", __name__)


@bp.get("/<reference>/papers/<item>/<int:number>.jpg")
@staff(*READERS)
def image(reference: str, item: str, number: int) -> Response:
    """Return one page of a paper, when the checks have found it clean; record who looked."""
    actor = acting()
    case = cases.get_case(reference, actor)
    document, page = papers.find_page(case, item, number)
    looking.note(looking.PAPER, item, actor)
    return viewing.page_response(case.reference, document, page, actor)
