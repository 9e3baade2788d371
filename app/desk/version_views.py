"""Every version of what a citizen sent, for officers of the post."""

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from app.cases import looking
from app.cases import queries as cases
from app.cases.models import Case, CaseItem
from app.cases.rules import ItemKind
from app.catalogue.definition.document import Definition
from app.core.errors import NotFound
from app.desk import headline, items, papers, versions
from app.desk.views import READERS
from app.documents import viewing
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_versions", __name__)


@bp.get("/<reference>/items/<uid>")
@staff(*READERS)
def show(reference: str, uid: str) -> ResponseReturnValue:
    """Show each version of one paper or page of answers, and record who looked."""
    case = looking.opened(reference, acting())
    item = next((one for one in case.items if one.uid == uid), None)
    if item is None:
        raise NotFound()
    definition = cases.definition(case)
    return render_template(
        "desk/versions.html",
        head=headline.of(case),
        title=papers.title_of(definition, item),
        versions=_versions(case, definition, item),
    )


def _versions(case: Case, definition: Definition, item: CaseItem) -> list[versions.Version]:
    if item.kind is ItemKind.PAPER:
        return versions.of_paper(case, item)
    return versions.of_answers(case, item, items.page_of(definition, item.key))


@bp.get("/<reference>/files/<uid>/<int:number>.jpg")
@staff(*READERS)
def image(reference: str, uid: str, number: int) -> Response:
    """Return one page of a file of any version, when the checks have found it clean."""
    actor = acting()
    case = cases.get_case(reference, actor)
    document = versions.find_document(case, uid)
    if not 1 <= number <= document.pages:
        raise NotFound()
    looking.note(looking.PAPER, uid, actor)
    return viewing.page_response(case.reference, document, number, actor)
