"""Following a request by number and code, without signing in: the least that helps."""

from datetime import timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import throttle
from app.cases import changing, queries, rules, wording
from app.cases.models import Case
from app.core import reference as references
from app.core.db import transaction
from app.core.errors import TooMany
from app.portal import summary, visits
from app.portal.forms import FollowForm
from app.reporting.wishes import queries as wishes
from app.reporting.wishes import rules as wish_rules
from app.reporting.wishes import wording as wish_words
from app.web import navigation
from app.web.access import Audience, public

PATH = "/follow"
bp = Blueprint("follow", __name__)

FROM_THERE = throttle.Limit(name="follow:there", most=10, window=timedelta(hours=1))
# By number alone more, so that one network cannot close a request to who holds its slip. A code
# is one of 29^8 (5 in 10^11): 200 tries an hour for a year guess it with a chance of 1 in 280,000.
ONE_CASE = throttle.Limit(name="follow", most=200, window=timedelta(hours=1))
NETWORK = throttle.Limit(name="follow:network", most=60, window=timedelta(hours=1))

navigation.enter(
    navigation.Place.ENTRANCE, Audience.PUBLIC, 30, "follow.ask", _l("Follow a request")
)
navigation.enter(navigation.Place.FOOT, Audience.PUBLIC, 11, "follow.ask", _l("Follow a request"))


@bp.route("", methods=["GET", "POST"])
@public
def ask() -> ResponseReturnValue:
    """Ask for the two that stand on the slip, and say how the request stands."""
    form = FollowForm(data={"reference": request.args.get("reference", "")[:40]})
    if not form.validate_on_submit():
        return render_template("portal/follow.html", form=form), 422 if form.errors else 200
    try:
        case = _find(form)
    except TooMany as refusal:
        form.form_errors.append(refusal.sentence())
        return render_template("portal/follow.html", form=form), refusal.status
    if case is None:
        form.form_errors.append(_("No request has this number and this code. Check both of them."))
        return render_template("portal/follow.html", form=form), 422
    return _show(case)


@bp.get("/erasure")
@public
def erasure() -> ResponseReturnValue:
    """Say how somebody without an account has their data erased."""
    return render_template("portal/erasing_visitor.html", days=wish_rules.WORKING_DAYS)


def _find(form: FollowForm) -> Case | None:
    subject = references.fold(form.reference.data)
    with transaction():
        throttle.count_network(NETWORK, request.remote_addr)
        throttle.count_from(FROM_THERE, subject, request.remote_addr)
        throttle.count(ONE_CASE, subject)
    case = queries.follow(form.reference.data, form.code.data)
    if case is not None:
        with transaction():
            throttle.forgive_network(NETWORK, request.remote_addr)
            throttle.forgive_from(FROM_THERE, subject, request.remote_addr)
            throttle.forgive(ONE_CASE, subject)
        case = queries.follow(form.reference.data, form.code.data)
    return case


def _show(case: Case) -> str:
    standing = changing.standing(case)
    return render_template(
        "portal/followed.html",
        case=case,
        service=queries.definition(case),
        status=wording.STATES[case.state],
        now=visits.line_of(case) or wording.now(standing),
        promise=summary.promise(case),
        waits=case.state is rules.State.ACTION_NEEDED,
        wish=wishes.find_of_visitor(case),
        wish_words=wish_words,
        is_refused=lambda wish: wish.state is wish_rules.WishState.REFUSED,
        is_undecided=lambda wish: wish.state in wish_rules.UNDECIDED,
    )
