"""One case before an officer: look, judge, ask, accept, refuse, and what comes after."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.appointments import visiting
from app.audit import services as audit
from app.cases import looking, second_look
from app.cases import queries as cases
from app.cases import services as case_services
from app.cases.consignments import packing
from app.cases.models import Case, CaseItem
from app.cases.rules import ItemState
from app.cases.services import ItemDecision, Verdict
from app.core.actor import Actor
from app.core.db import transaction
from app.core.errors import Invalid, NotFound
from app.desk import acting_on_cases, forms, review_page, services
from app.desk.review_page import Look
from app.desk.views import READERS
from app.web.access import acting, staff

PATH = "/desk/cases"
bp = Blueprint("desk_case", __name__)

# Any: lazy strings of Flask-Babel have no public type.
STEPS: Mapping[str, tuple[Callable[..., object], Any]] = {
    "take": (case_services.take, _l("The request is yours for half an hour.")),
    "release": (case_services.release, _l("The request is back in the queue.")),
    "revoke": (
        case_services.revoke_correction,
        acting_on_cases.News(
            told=_l("The question is withdrawn. The citizen has been told."),
            alone=_l("The question to the citizen is withdrawn."),
        ),
    ),
    "consign": (packing.consign, _l("The papers lie in the open consignment.")),
    "visit-completed": (visiting.serve, _l("The visit is completed.")),
    "produced": (
        case_services.produced,
        acting_on_cases.News(
            told=_l("The document is ready for collection. The citizen has been told."),
            alone=_l("The document is ready for collection."),
        ),
    ),
}
SAID: Mapping[str, Any] = {
    "save": _l("Saved."),
    "accept": acting_on_cases.News(
        told=_l("The papers are accepted. The citizen has been told."),
        alone=_l("The papers are accepted."),
    ),
    "ask": acting_on_cases.ASKED,
}
ACCEPTED_FIRST: Any = _l("The first check is done. A second officer looks at the request now.")


@bp.route("/<reference>", methods=["GET", "POST"])
@staff(*READERS)
def show(reference: str) -> ResponseReturnValue:
    """Show papers beside answers, and record who looked.

    By POST with what is marked so far, of which nothing is saved.
    """
    actor = acting()
    looking.note(looking.CASE, cases.get_uid(reference, actor), actor)
    return acting_on_cases.page(reference, _look())


def _look(*, is_revealed: bool = False) -> Look:
    chosen = request.args if "paper" in request.args else request.form
    return Look(
        paper=chosen.get("paper", "")[:32],
        page=chosen.get("page", 1, type=int),
        is_revealed=is_revealed,
        typed=request.form,
    )


@bp.post("/<reference>/reveal")
@staff(*READERS)
def reveal(reference: str) -> ResponseReturnValue:
    """Show the case once with its identity numbers, and record who asked for them."""
    if not forms.ActForm().validate_on_submit():
        abort(400)
    actor = acting()
    with transaction():
        uid = cases.get_uid(reference, actor)
        audit.record("identity_numbers_seen", actor=actor, object_kind="case", object_uid=uid)
    return acting_on_cases.page(reference, _look(is_revealed=True))


@bp.get("/<reference>/<action>")
@staff(*READERS)
def come_back(reference: str, action: str) -> ResponseReturnValue:
    """Lead to the case whoever opens the address of an action: by Back, or in another language."""
    if action not in {*STEPS, "review", "refuse", "reveal", "words"}:
        raise NotFound()
    return redirect(url_for(".show", reference=reference))


@bp.post("/<reference>/<action>")
@staff(*READERS)
def act(reference: str, action: str) -> ResponseReturnValue:
    """Do what needs no more than a press of a button."""
    form = forms.ActForm()
    if action not in STEPS:
        raise NotFound()
    if not form.validate_on_submit():
        abort(400)
    step, said = STEPS[action]

    def take_step(actor: Actor) -> object:
        # One form key stands on every button of the page; Back must not mix them up.
        key = services.part_of_key(form.idempotency_key(), action)
        return step(reference, actor=actor, seen=form.seen_version(), key=key)

    return acting_on_cases.carry_out(reference, form, take_step, said)


@bp.post("/<reference>/review")
@staff(*READERS)
def review(reference: str) -> ResponseReturnValue:
    """Write the verdicts, and go on as the button says: save, ask the citizen, or accept."""
    form, chosen = forms.ReviewForm(), request.form.get("do", "save")
    if chosen not in SAID:
        abort(400)
    if not form.validate_on_submit():
        day = Invalid(_l("This is not a day. Choose it once more."), field="until_on")
        return acting_on_cases.again(reference, form, day)
    judges: dict[str, Callable[..., Case]] = {
        "save": services.judge,
        "accept": services.judge_and_accept,
        "ask": partial(
            services.judge_and_ask, until_on=form.until_on.data or review_page.usual_deadline()
        ),
    }

    def write(actor: Actor) -> object:
        items = cases.get_case(reference, actor).items
        verdicts = forms.decisions(request.form, [item.uid for item in items])
        if chosen == "ask" and not form.ask_anyway.data:
            _check_all_seen(items, verdicts)
        seen, key = form.seen_version(), form.idempotency_key()
        return judges[chosen](reference, verdicts, actor=actor, seen=seen, key=key)

    return acting_on_cases.carry_out(reference, form, write, _said(reference, chosen))


def _said(reference: str, chosen: str) -> Any:
    # Any: as above.
    if chosen == "accept" and second_look.is_first(cases.get_case(reference, acting()), acting()):
        return ACCEPTED_FIRST
    return SAID[chosen]


def _check_all_seen(items: Sequence[CaseItem], verdicts: Mapping[str, ItemDecision]) -> None:
    """Have an officer say that they mean it, when a question leaves items unchecked."""
    rejected = {item.uid for item in items if item.state is ItemState.REJECTED} - set(verdicts)
    rejected |= {uid for uid, one in verdicts.items() if one.verdict is Verdict.REJECTED}
    left = forms.count_unchecked(items, verdicts)
    if rejected and left:
        question = ngettext(
            "%(num)d item is not checked yet. Ask all the same?",
            "%(num)d items are not checked yet. Ask all the same?",
            left,
        )
        raise Invalid(question, field="ask_anyway")
