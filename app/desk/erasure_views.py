"""Applications for erasure at the desk: one proposes the answer, a head who is not them decides."""

from collections.abc import Callable, Iterable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, Optional

from app.accounts.rules import Details
from app.cases import presenting
from app.cases import queries as cases
from app.cases.family.services import name_of
from app.cases.models import Case
from app.core import i18n
from app.core.actor import Actor, Role
from app.core.errors import Conflict, Invalid, NotAllowed
from app.desk.queries import names_of_staff
from app.desk.views import REVIEWERS, post_of
from app.reporting.wishes import queries, rules, services, wording
from app.reporting.wishes.models import ErasureWish
from app.reporting.wishes.rules import Ground, WishState
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/desk/erasure"
bp = Blueprint("desk_erasure", __name__)

MOST_NAMED = 20
LONG = Length(max=rules.LONGEST_REASON)


def _choices(grounds: Iterable[Ground]) -> list[SelectChoice]:
    return [SelectChoice(one.value, wording.GROUNDS[one]) for one in grounds]


class AnswerForm(KeyedForm):
    """What is proposed, and why."""

    reason = TextAreaField(
        _l("Reason, as the citizen reads it if it is refused"),
        validators=[DataRequired(_l("Say why.")), LONG],
    )
    ground = RadioField(
        _l("For a refusal: what stands against it"),
        choices=_choices(Ground),
        validators=[Optional()],
    )


class DecisionForm(KeyedForm):
    """What the second person says, who confirms or sends back."""

    remark = TextAreaField(
        _l("Remark, if you send it back"),
        validators=[Optional(), LONG],
    )


@bp.get("")
@staff(*REVIEWERS)
def index() -> ResponseReturnValue:
    """List what is to be answered, the most urgent first, and what was decided last."""
    post_id, after = post_of(acting()), request.args.get("after", "")[:32]
    found = queries.list_of_post(post_id, after=after or None)
    more = len(found) > queries.PAGE
    return render_template(
        "desk/erasure.html",
        rows=found[: queries.PAGE],
        decided=queries.list_decided(post_id),
        words=wording,
        newest=not after,
        next_url=url_for(".index", after=found[-1].uid) if more else "",
    )


@bp.get("/<uid>")
@staff(*REVIEWERS)
def show(uid: str) -> ResponseReturnValue:
    """Show one application, with the form for what is next."""
    wish = queries.get_of_post(uid, post_of(acting()))
    return _page(wish)


def _page(wish: ErasureWish, form: KeyedForm | None = None) -> str:
    """Return the page with the form that was sent, the others empty."""
    answer = form if isinstance(form, AnswerForm) else AnswerForm(formdata=None)
    decision = form if isinstance(form, DecisionForm) else DecisionForm(formdata=None)
    actor = acting()
    cases_of = [] if wish.state is WishState.DONE else queries.ids_of_cases(wish)
    may_decide = rules.may_decide(actor, proposed_by=wish.proposed_by, recorded_by=wish.recorded_by)
    grounds = queries.grounds(cases_of) if cases_of else []
    answer.ground.choices = _choices(one for one in Ground if rules.may_stand(one, grounds))
    return render_template(
        "desk/erasure_wish.html",
        wish=wish,
        words=wording,
        answer=answer,
        decision=decision,
        grounds=grounds,
        count=len(cases_of),
        named=_named(wish, actor),
        person=name_of(wish.case) if wish.case is not None else "",
        birth=_birth(wish.case) if wish.case is not None else "",
        recorded_by=_recorder(wish),
        is_asked=wish.state is WishState.ASKED,
        is_proposed=wish.state is WishState.PROPOSED,
        may_decide=may_decide,
    )


def _birth(case: Case) -> str:
    return presenting.birth(Details.from_json(case.person.details or {}))


def _recorder(wish: ErasureWish) -> str:
    return names_of_staff([wish.recorded_by]).get(wish.recorded_by or 0, "")


def _named(wish: ErasureWish, actor: Actor) -> list[tuple[Case, str]]:
    """Return the newest requests that it is about at the post of the reader, with their titles."""
    if wish.case is not None:
        found = [wish.case]
    else:
        found = list(queries.list_sent(wish.account_id or 0, limit=MOST_NAMED))
    here = [case for case in found if case.post_id == actor.post_id]
    return [(case, i18n.text_in(cases.definition(case).title)) for case in here]


@bp.post("/<uid>/answer")
@staff(*REVIEWERS)
def propose(uid: str) -> ResponseReturnValue:
    """Propose to grant or to refuse."""
    actor, form = acting(), AnswerForm()
    wish = queries.get_of_post(uid, post_of(actor))
    refuses = request.form.get("do") == "refuse"
    if refuses and form.is_submitted() and not form.ground.data:
        form.validate()
        form.ground.errors = [_("Choose what stands against it.")]
        return _page(wish, form), 422
    if not form.validate_on_submit():
        return _page(wish, form), 422

    def effect() -> str:
        reason = form.reason.data or ""
        if refuses:
            services.propose_to_refuse(uid, Ground(form.ground.data), reason, actor=actor)
        else:
            services.propose_to_grant(uid, reason, actor=actor)
        flash(_("Your proposal waits for a head who is not you."), "success")
        return url_for(".index")

    return _once(form, effect, uid)


@bp.post("/<uid>/confirm")
@staff(Role.HEAD)
def confirm(uid: str) -> ResponseReturnValue:
    """Decide as it was proposed by somebody else."""
    actor, form = acting(), DecisionForm()
    queries.get_of_post(uid, post_of(actor))

    def effect() -> str:
        wish = services.confirm(uid, actor=actor)
        refused = _("It is refused, and the citizen is told why.")
        granted = _("It is granted. The data is erased now, and the citizen is told.")
        flash(granted if wish.state is WishState.GRANTED else refused, "success")
        return url_for(".index")

    return _once(form, effect, uid)


@bp.post("/<uid>/back")
@staff(Role.HEAD)
def send_back(uid: str) -> ResponseReturnValue:
    """Have the proposal be thought over."""
    actor, form = acting(), DecisionForm()
    wish = queries.get_of_post(uid, post_of(actor))

    def effect() -> str:
        services.send_back(uid, form.remark.data or "", actor=actor)
        flash(_("It was sent back to be thought over."), "success")
        return url_for(".index")

    if not form.validate_on_submit():
        return _page(wish, form), 422
    return _once(form, effect, uid)


def _once(form: KeyedForm, effect: Callable[[], str], uid: str) -> ResponseReturnValue:
    """Carry out what was pressed; say why it cannot be done, with what was typed."""
    try:
        return redirect(idempotency.once(form.content_key(), effect))
    except Invalid as refusal:
        form[refusal.field].errors = [refusal.sentence()]
        return _page(queries.get_of_post(uid, post_of(acting())), form), 422
    except (Conflict, NotAllowed) as refusal:
        flash(refusal.sentence(), "error")
        return redirect(url_for(".show", uid=uid))
