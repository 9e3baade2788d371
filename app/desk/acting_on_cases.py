"""How every button of a case page ends: done, refused with what was typed, or overtaken."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.cases import queries as cases
from app.cases import reasons
from app.cases.models import Case
from app.catalogue.definition.elements import Definition
from app.core.actor import Actor
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, InvalidTransition
from app.desk import forms, history, papers, review_page
from app.desk.review_page import Look
from app.web.access import acting

Act = Callable[[Actor], object]
# Any: lazy strings of Flask-Babel have no public type.
UNTOLD: Any = _l("The applicant has no account: please tell them yourself.")


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is said of something that the citizen is told, and of the same where they cannot be.

    A visitor without an account gets no message (Any: lazy strings).
    """

    told: Any
    alone: Any


ASKED = News(
    told=_l("The citizen has been asked. The clock stands still meanwhile."),
    alone=_l("What is lacking is noted. The clock stands still meanwhile."),
)
OPEN_AGAIN = News(
    told=_l("The request is open again and waits to be checked. The citizen has been told."),
    alone=_l("The request is open again and waits to be checked."),
)


def carry_out(reference: str, form: forms.ActForm, act: Act, said: Any) -> ResponseReturnValue:
    """Do something to a case in one transaction and lead back to it (Any: a lazy string)."""
    try:
        with transaction():
            act(acting())
    except (Conflict, InvalidTransition) as refusal:
        return overtaken(reference, form, refusal)
    except Invalid as refusal:
        return again(reference, form, refusal)
    return done(reference, said)


def done(reference: str, said: Any) -> ResponseReturnValue:
    """Say what was done and lead back to the case (Any: a lazy string, or News)."""
    case = cases.get_case(reference, acting()) if isinstance(said, News) else None
    flash(str(said) if case is None else in_words(said, case), "success")
    paper = request.form.get("paper", "")[:32] or None
    return redirect(url_for("desk_case.show", reference=reference, paper=paper))


def in_words(news: News, case: Case) -> str:
    """Return what is said once something was done to a case."""
    return str(news.told) if case.account_id is not None else f"{news.alone} {UNTOLD}"


def overtaken(
    reference: str, form: forms.ActForm, refusal: Conflict | InvalidTransition
) -> ResponseReturnValue:
    """Say that the case went on meanwhile and who did what; give back what was written."""
    case = cases.get_case(reference, acting())
    definition = cases.definition(case)
    changes = case.version - form.seen_version()
    events = history.since(cases.list_events(case.id), changes=changes)
    body = render_template(
        "desk/changed.html",
        reference=case.reference,
        text=refusal.sentence(),
        history=history.lines(events, definition),
        notes=_written(case, definition),
    )
    return body, 409


def _written(case: Case, definition: Definition) -> list[tuple[str, str, str]]:
    """Return id, title and text of every note that was sent along."""
    fields = [(f"note-{one.uid}", papers.title_of(definition, one)) for one in case.items]
    fields.append(("note", _("Note to the citizen")))
    fields.append(("ground", _("On what ground")))
    sent = [(field, title, request.form.get(field, "").strip()) for field, title in fields]
    return [(field, title, text) for field, title, text in sent if text]


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
    refuse = form if isinstance(form, forms.RefuseForm) else _refusal_of(case)
    refuse.offer(reasons.of_refusal())
    review = _review(look, case)
    question = dict(errors).get("ask_anyway", "")
    errors = [one for one in errors if one[0] != "ask_anyway"]
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
        question=question,
    )


def _refusal_of(case: Case) -> forms.RefuseForm:
    """Return the form of a refusal, as the first of two officers has proposed it, else empty."""
    return forms.RefuseForm(formdata=None, reason=case.refusal_code or "", note=case.refusal_note)


def _review(look: Look, case: Case) -> forms.ReviewForm:
    """Return the form of the review, with what was typed and the version that its typist saw."""
    if look.typed and "until_on" in look.typed:
        return forms.ReviewForm(formdata=look.typed)
    until_on = review_page.usual_deadline(case.service.post.zone)
    fresh: forms.ReviewForm = _as_seen(
        forms.ReviewForm(formdata=None, until_on=until_on), case.version
    )
    return fresh


def _as_seen(form: Any, version: int) -> Any:
    # Any: WTForms has no types; a form that was refused keeps its key and sees the newest version.
    form.seen.data = str(version)
    return form
