"""Page images of papers, for officers of the post and for nobody else."""

from flask import Blueprint, Response

from app.cases import queries as cases
from app.cases.models import Case
from app.desk import looking, papers
from app.desk.views import REVIEWERS
from app.documents import services as documents
from app.documents.models import Document
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_papers", __name__)


@bp.get("/<reference>/papers/<item>/<int:number>.jpg")
@staff(*REVIEWERS)
def image(reference: str, item: str, number: int) -> Response:
    """Return one page of a paper, when the checks have found it clean; record who looked."""
    actor = acting()
    case = cases.get_case(reference, actor)
    document, page = papers.find_page(case, item, number)
    looking.note(looking.PAPER, item, actor)
    return page_of(case, document, page)


def page_of(case: Case, document: Document, page: int) -> Response:
    """Return one page of a clean document of a case as an image that no browser runs."""
    response = Response(documents.page_image(document, page), mimetype="image/jpeg")
    # Whatever it is, a browser that opens it by itself runs nothing in it (reliability S30).
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = f'inline; filename="{case.reference}-{page}.jpg"'
    return response
