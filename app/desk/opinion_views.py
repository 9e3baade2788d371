"""Second opinions on a case: asked, given, withdrawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, SelectField
from wtforms.validators import InputRequired

from app.accounts import queries as accounts
from app.cases import looking, timing
from app.cases.models import Case
from app.cases.talk import notes, opinions, rules
from app.cases.talk.forms import text_field
from app.cases.talk.models import Opinion
from app.core import clock, i18n
from app.core.actor import Actor
from app.core.db import transaction
from app.core.errors import Conflict, Invalid, NotFound
from app.desk import headline, queries, talk
from app.desk.views import REVIEWERS
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/desk/cases"
bp = Blueprint("desk_opinions", __name__)

USUAL = timedelta(days=3)


class AskForm(KeyedForm):
    """What is asked, of whom, and by when."""

    of = SelectField(
        _l("Whom do you ask?"),
        validators=[InputRequired(_l("Choose a colleague from the list."))],
    )
    question = text_field(_l("Question"))
    until_on = DateField(
        _l("An answer is needed by"), validators=[InputRequired(_l("Choose the last day."))]
    )
    is_confidential = BooleanField(
        _l("Confidential: only the two of you and the head of section see it")
    )


class AnswerForm(KeyedForm):
    """What a colleague answers."""

    text = text_field(_l("Your opinion"))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionView:
    """One opinion as its reader sees it."""

    uid: str
    asker: str
    asked: str
    question: str
    answer: str
    asked_at: datetime
    ended_at: datetime | None
    revoker: str
    is_new: bool
    """Whether its reader asked, and has not read how it ended."""
    state: tuple[str, str]
    due: tuple[str, str]
    is_confidential: bool
    may_answer: bool
    may_revoke: bool


@bp.route("/<reference>/opinions", methods=["GET", "POST"])
@staff(*REVIEWERS)
def show(reference: str) -> ResponseReturnValue:
    """Show the opinions that the reader may see, record who looked, and take a question."""
    case = looking.opened(reference, acting())
    form = AskForm()
    keys = _offer(form)
    if not form.is_submitted():
        form.until_on.data = timing.open_day(case, clock.today(case.service.post.zone) + USUAL)
    if form.validate_on_submit():
        ask = partial(_ask, case, form, keys[form.of.data])
        try:
            return redirect(idempotency.once(form.content_key(), ask))
        except Invalid as refusal:
            name = refusal.field if refusal.field in form else "question"
            form[name].errors = [refusal.sentence()]
    return _page(case, form), 422 if form.errors else 200


def _offer(form: AskForm) -> dict[str, int]:
    actor = acting()
    found = accounts.list_colleagues(actor.post_id or 0, notes.READERS)
    colleagues = [one for one in found if one.id != actor.id]
    names = [(one.uid, i18n.text_in(one.name)) for one in colleagues]
    form.of.choices = [("", _("Choose a colleague")), *names]
    return {one.uid: one.id for one in colleagues}


def _ask(case: Case, form: AskForm, of: int) -> str:
    opinions.ask(
        case.reference,
        form.question.data,
        of=of,
        until_on=form.until_on.data,
        is_confidential=form.is_confidential.data,
        actor=acting(),
    )
    flash(_("Your colleague finds the question on their page of the day."), "success")
    return url_for(".show", reference=case.reference)


@bp.post("/<reference>/opinions/<uid>/answer")
@staff(*REVIEWERS)
def answer(reference: str, uid: str) -> ResponseReturnValue:
    """Take the opinion of who was asked."""
    form = AnswerForm(prefix=_prefix(uid))
    if not form.validate_on_submit():
        ask = AskForm(formdata=None)
        _offer(ask)
        return _page(looking.opened(reference, acting()), ask, (uid, form)), 422
    text = form.text.data
    return _act(
        reference,
        form,
        lambda: opinions.answer(reference, uid, text, actor=acting()),
        _("Your opinion was added."),
    )


@bp.route("/<reference>/opinions/<uid>/revoke", methods=["GET", "POST"])
@staff(*REVIEWERS)
def revoke(reference: str, uid: str) -> ResponseReturnValue:
    """Ask, and withdraw a question."""
    form = KeyedForm()
    if not form.validate_on_submit():
        return _ask_to_revoke(reference, uid, form)
    return _act(
        reference,
        form,
        lambda: opinions.revoke(reference, uid, actor=acting()),
        _("The question is withdrawn."),
    )


def _ask_to_revoke(reference: str, uid: str, form: KeyedForm) -> ResponseReturnValue:
    actor = acting()
    case = looking.opened(reference, actor)
    found = next((one for one in opinions.list_opinions(case, actor) if one.uid == uid), None)
    if found is None:
        raise NotFound()
    shown = _views([found], actor, case)[0]
    if not shown.may_revoke:
        return redirect(url_for(".show", reference=reference))
    is_foreign = found.asked_by != actor.id
    page = render_template(
        "desk/revoke_opinion.html",
        head=headline.of(case),
        one=shown,
        is_foreign=is_foreign,
        form=form,
    )
    return page, 422 if form.errors else 200


@bp.post("/<reference>/opinions/read")
@staff(*REVIEWERS)
def mark_read(reference: str) -> ResponseReturnValue:
    """Note that whoever asked has read how their questions ended."""
    with transaction():
        opinions.mark_read(reference, actor=acting())
    return redirect(url_for(".show", reference=reference))


def _act(
    reference: str, form: KeyedForm, act: Callable[[], Opinion], said: str
) -> ResponseReturnValue:
    """Do it once and lead back; where somebody was faster, say so."""
    target = url_for(".show", reference=reference)

    def effect() -> str:
        act()
        return target

    try:
        target = idempotency.once(form.content_key(), effect)
    except Conflict as refusal:
        flash(refusal.sentence())
        return redirect(target)
    flash(said, "success")
    return redirect(target)


def _page(case: Case, form: AskForm, given: tuple[str, AnswerForm] | None = None) -> str:
    """Return the page; `given` is an answer that was refused, by the name of its opinion."""
    actor = acting()
    found = opinions.list_opinions(case, actor)
    shown = _views(found, actor, case)
    return render_template(
        "desk/opinions.html",
        case=case,
        head=headline.of(case),
        lanes=talk.lanes(case, actor, "desk_opinions.show"),
        opinions=shown,
        unread=any(one.is_new for one in shown),
        form=form,
        answers={one.uid: _answer_form(one.uid, given) for one in shown},
        refused=given[1] if given else form,
    )


def _answer_form(uid: str, given: tuple[str, AnswerForm] | None) -> AnswerForm:
    if given is not None and given[0] == uid:
        return given[1]
    return AnswerForm(formdata=None, prefix=_prefix(uid))


def _prefix(uid: str) -> str:
    """Return what keeps the fields of several answers on one page apart."""
    return f"o{uid[:12]}"


def _views(found: Sequence[Opinion], reader: Actor, case: Case) -> list[OpinionView]:
    people = (key for one in found for key in (one.asked_by, one.asked_of, one.revoked_by))
    names = queries.names_of_staff(people)
    return [_view(one, names, reader, case) for one in found]


def _view(opinion: Opinion, names: dict[int, str], reader: Actor, case: Case) -> OpinionView:
    is_open = opinion.answered_at is None and opinion.revoked_at is None
    is_late = is_open and opinion.until_on < clock.today(case.service.post.zone)
    may_revoke = rules.may_revoke_opinion(reader, asked_by=opinion.asked_by)
    return OpinionView(
        uid=opinion.uid,
        asker=names.get(opinion.asked_by, ""),
        asked=names.get(opinion.asked_of, ""),
        question=opinion.question or "",
        answer=opinion.answer or "",
        asked_at=opinion.asked_at,
        ended_at=opinion.answered_at or opinion.revoked_at,
        revoker=names.get(opinion.revoked_by or 0, ""),
        is_new=not is_open and opinion.asked_by == reader.id and opinion.read_at is None,
        state=_state(opinion),
        due=(_("By %(day)s", day=i18n.until_day(opinion.until_on)), "late" if is_late else ""),
        is_confidential=opinion.is_confidential,
        may_answer=is_open and opinion.asked_of == reader.id,
        may_revoke=is_open and may_revoke,
    )


def _state(opinion: Opinion) -> tuple[str, str]:
    if opinion.answered_at is not None:
        return "done", _("Answered")
    if opinion.revoked_at is not None:
        return "stopped", _("Withdrawn")
    return "waits", _("Waiting for an answer")
