"""How every button of a case page ends: done, refused with what was typed, or overtaken."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases import queries as cases
from app.cases import reasons
from app.core.actor import Actor
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, InvalidTransition
from app.desk import forms, history, review_page
from app.desk.review_page import Look
from app.web.access import acting

LAST_EVENTS = 5
Act = Callable[[Actor], object]


def carry_out(reference: str, form: forms.ActForm, act: Act, said: Any) -> ResponseReturnValue:
    """Do something to a case in one transaction and lead back to it (Any: a lazy string)."""
    try:
        with transaction():
            act(acting())
    except (Conflict, InvalidTransition) as refusal:
        return overtaken(reference, refusal)
    except Invalid as refusal:
        return again(reference, form, refusal)
    flash(str(said), "success")
    paper = request.form.get("paper", "")[:32] or None
    return redirect(url_for("desk_case.show", reference=reference, paper=paper))


def overtaken(reference: str, refusal: Conflict | InvalidTransition) -> ResponseReturnValue:
    """Say that the case went on meanwhile, and who did what."""
    case = cases.get_case(reference, acting())
    events = cases.list_events(case.id)[-LAST_EVENTS:]
    body = render_template(
        "desk/changed.html",
        reference=case.reference,
        text=refusal.sentence(),
        history=history.lines(events),
    )
    return body, 409


def again(reference: str, form: forms.ActForm, refusal: Invalid) -> ResponseReturnValue:
    """Show the case with what was typed and what is wrong with it."""
    number = request.form.get("page", 1, type=int)
    look = Look(paper=request.form.get("paper", "")[:32], page=number, typed=request.form)
    errors = [(refusal.field or "things", refusal.sentence())]
    return page(reference, look, form=form, errors=errors), 422


def page(
    reference: str,
    look: Look,
    *,
    form: forms.ActForm | None = None,
    errors: Sequence[tuple[str, str]] = (),
) -> str:
    """Return the case page."""
    actor = acting()
    case = cases.get_case(reference, actor)
    shown = review_page.build(case, actor, look)
    refuse = form if isinstance(form, forms.RefuseForm) else forms.RefuseForm(formdata=None)
    refuse.offer(reasons.of_refusal())
    review = _review(look, shown.deadline, case.version)
    for field, text in errors:
        if field in review:
            review[field].errors = [text]
    return render_template(
        "desk/case.html",
        view=shown,
        review=review,
        refuse=_as_seen(refuse, case.version),
        act=_as_seen(forms.ActForm(formdata=None), case.version),
        errors=errors,
    )


def _review(look: Look, deadline: date, version: int) -> forms.ReviewForm:
    """Return the form of the review, with what was typed and the version that its typist saw."""
    if look.typed and "until_on" in look.typed:
        return forms.ReviewForm(formdata=look.typed)
    fresh: forms.ReviewForm = _as_seen(forms.ReviewForm(formdata=None, until_on=deadline), version)
    return fresh


def _as_seen(form: Any, version: int) -> Any:
    # Any: WTForms has no types; a form that was refused keeps its key and sees the newest version.
    form.seen.data = str(version)
    return form
