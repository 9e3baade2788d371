"""A draft whose service has changed: shown before it moves, moved, and typed into too late."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import IntegerField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from app.cases import filing as drafts
from app.cases import forms as pages
from app.cases import move_presenting, moving, queries, rebasing, services
from app.cases.competence import AT_THE_DOOR
from app.cases.models import Case
from app.cases.rebasing import Outline
from app.cases.rules import State
from app.catalogue import queries as catalogue
from app.catalogue.models import ServiceVersion
from app.core import clock
from app.core.db import transaction
from app.core.errors import Conflict, InvalidTransition, NotFound
from app.portal import places, stops
from app.portal.forms import SeenForm
from app.web import idempotency
from app.web.access import acting, signed_in_or_served
from app.web.templating import text_of

PATH = "/requests"
bp = Blueprint("moving", __name__)


class MoveForm(SeenForm):
    """A draft as it was looked at, and the version to which it is to move."""

    to = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


@bp.route("/<reference>/new-version", methods=["GET", "POST"])
@signed_in_or_served(*AT_THE_DOOR)
def show(reference: str) -> ResponseReturnValue:
    """Show what moving the draft keeps, asks and leaves, and move it."""
    case = queries.get_case(reference, acting())
    if case.state is not State.DRAFT:
        return redirect(places.of(case).url)
    form = MoveForm()
    if form.validate_on_submit():
        try:
            return redirect(
                idempotency.once(form.idempotency_key(), lambda: _move(form, reference))
            )
        except (Conflict, InvalidTransition) as refusal:
            form.form_errors.append(refusal.sentence())
    return _page(queries.get_case(reference, acting()), form)


def _move(form: MoveForm, reference: str) -> str:
    case = moving.move_draft(
        reference,
        to=form.to.data,
        actor=acting(),
        seen=form.seen.data,
        key=form.idempotency_key(),
    )
    flash(_("The draft is on the new version now. Please answer what is new."), "success")
    return stops.url_to_go_on(case)


def _page(case: Case, sent: MoveForm) -> ResponseReturnValue:
    target = moving.find_newer(case)
    if target is None and case.left_over is None:
        return redirect(stops.url_to_go_on(case))
    form = MoveForm(
        formdata=None, data={"seen": case.version, "to": target.number if target else 0}
    )
    form.form_errors.extend(sent.form_errors)
    outlined = moving.outline(case, target) if target else None
    page = render_template(
        "portal/new_version.html",
        case=case,
        form=form,
        service=queries.definition(case),
        view=move_presenting.view(case, outlined, drafts.of(case)) if outlined else None,
        bills=_bills(case, outlined) if outlined else None,
        left=move_presenting.left_over_rows(case),
        left_papers=_left_papers(case),
        go_on=stops.url_to_go_on(case),
    )
    return page, 409 if form.form_errors else 200


def _bills(case: Case, outlined: Outline) -> move_presenting.Bills | None:
    variant = moving.variant_on(case, outlined.target)
    return move_presenting.bills_of(case, outlined, variant)


def _left_papers(case: Case) -> list[object]:
    """Return the titles of papers with files that are not asked for any more."""
    keys = {item.key for item in rebasing.papers_left_over(case)}
    titles: dict[str, object] = {}
    for version in catalogue.list_versions(case.service):
        for paper in catalogue.definition_of(version).all_papers():
            if paper.key in keys:
                titles.setdefault(paper.key, text_of(paper.title))
    return list(titles.values())


def version_typed_for(case: Case) -> ServiceVersion | None:
    """Return the version of which a posted page was a part, when the draft has left it since."""
    number = request.form.get("_version", type=int)
    if number is None or number == case.pinned.number:
        return None
    return catalogue.get_version(case.service, number)


def take_late(case: Case, version: ServiceVersion, key: str) -> ResponseReturnValue:
    """Keep what was typed into a page of a version that the draft has left in another tab."""
    asked = next((one for one in catalogue.definition_of(version).pages if one.key == key), None)
    if asked is None:
        raise NotFound()
    result = pages.check(
        asked,
        pages.raw_of(asked, request.form),
        queries.answers(case),
        today=clock.today(case.service.post.zone),
        applicant=drafts.of(case),
    )
    with transaction():
        services.save_page(
            case.reference,
            key,
            result.values,
            actor=acting(),
            judged_by=version.number,
        )
    _tell_late(is_whole=not result.errors)
    return redirect(stops.url_to_go_on(queries.get_case(case.reference, acting())))


def _tell_late(*, is_whole: bool) -> None:
    if is_whole:
        flash(_("The draft had moved to the new version meanwhile. What you typed is kept in it."))
        return
    flash(
        _(
            "The draft had moved to the new version meanwhile. What you typed is kept in it, but"
            " for what could not be used: please enter that again."
        ),
        "error",
    )
