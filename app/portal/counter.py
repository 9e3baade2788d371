"""Filing for somebody at the counter who has no account: who they are, and then the usual pages."""

from collections.abc import Sequence

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from markupsafe import Markup
from wtforms import BooleanField, RadioField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired

from app.accounts import queries as persons
from app.accounts import services as accounts
from app.accounts.forms import PersonForm
from app.cases import queries, services, visitors, wording
from app.cases.competence import AT_THE_DOOR
from app.cases.family.services import name_of
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue import calls
from app.catalogue import presenting as catalogue_words
from app.catalogue import queries as catalogue
from app.catalogue.definition.document import Definition
from app.core import clock, i18n
from app.core.errors import NotFound
from app.portal import stops
from app.web import idempotency, navigation
from app.web.access import Audience, acting, staff
from app.web.forms import CHOOSE

PATH = "/counter"
bp = Blueprint("counter", __name__)

navigation.enter(
    navigation.Place.HEAD, Audience.STAFF, 35, "counter.index", lazy_pgettext("page", "Visitors")
)


_ACTS = {
    State.DRAFT: ("filing.go_on", _l("Go on")),
    State.ACTION_NEEDED: ("requests.mend", _l("What is to be mended")),
}


class VisitorForm(PersonForm):
    """Who a visitor is, and in what way their request is to be worked on."""

    kind = next = None
    language = RadioField(
        _l("Language of the visitor"),
        choices=[
            SelectChoice(code, Markup('<bdi lang="{}">{}</bdi>').format(code, name))
            for code, name in i18n.LANGUAGES.items()
        ],
        validators=[InputRequired(CHOOSE)],
    )
    variant = RadioField(_l("How quickly?"), validators=[InputRequired(CHOOSE)])
    is_another = BooleanField(_l("I have looked: another request is needed"))

    def offer(self, variants: list[tuple[str, str]]) -> None:
        """Set what can be chosen; what leaves no choice is not asked."""
        self.variant.choices = [SelectChoice(*pair) for pair in variants]
        if not variants:
            del self.variant


@bp.get("")
@staff(*AT_THE_DOOR)
def index() -> ResponseReturnValue:
    """Show what can be filed for a visitor, what was begun, and the slips of what was sent."""
    post, today = catalogue.get_current_post(), clock.today(catalogue.current_zone())
    offered = catalogue.list_published(post) if acting().post_id == post.id else []
    return render_template(
        "portal/counter.html",
        services=_by_category([one for one in offered if calls.is_taking(one, today)]),
        drafts=_lines(visitors.list_drafts(acting().post_id or 0)),
        sent=_lines(visitors.list_sent(acting().post_id or 0)),
        states=wording.STATES,
    )


def _by_category(offered: Sequence[Definition]) -> list[tuple[object, list[Definition]]]:
    """Return services under the names of their categories, in the order of the public list."""
    return [
        (name, found)
        for category, (name, _about) in catalogue_words.CATEGORIES.items()
        if (found := [one for one in offered if one.category is category])
    ]


def _lines(cases: Sequence[Case]) -> list[tuple[Case, object, str, str, object]]:
    """Return each request, the title of its service, the name of its person, and what to do."""
    return [(case, queries.definition(case).title, name_of(case), *_act(case)) for case in cases]


def _act(case: Case) -> tuple[str, object]:
    """Return the address and the name of what is done next with a visitor's request."""
    endpoint, text = _ACTS.get(case.state, ("requests.slip", lazy_pgettext("page", "Slip")))
    return url_for(endpoint, reference=case.reference), text


@bp.route("/new/<code>", methods=["GET", "POST"])
@staff(*AT_THE_DOOR)
def start(code: str) -> ResponseReturnValue:
    """Ask who a visitor is, and begin a draft for them."""
    post = catalogue.get_current_post()
    if acting().post_id != post.id:
        raise NotFound()
    _version, service = catalogue.get_published(post, code)
    form = VisitorForm(data={"language": post.languages[0]})
    form.offer(catalogue_words.variants_to_choose(service, clock.today(catalogue.current_zone())))
    if form.validate_on_submit():
        if form.is_another.data or not persons.is_known(form.details()):
            return redirect(idempotency.once(form.idempotency_key(), lambda: _begin(code, form)))
        form.is_another.errors = [
            _(
                "Somebody with these details is known here already. Find out whether a request "
                "for the same thing is under way before you begin another one."
            )
        ]
    page = render_template("portal/counter_start.html", form=form, service=service)
    return page, 422 if form.errors else 200


def _begin(code: str, form: VisitorForm) -> str:
    case = services.start(
        service_code=code,
        person=accounts.add_visitor(form.details(), actor=acting()),
        account=None,
        actor=acting(),
        language=form.language.data,
        key=form.idempotency_key(),
        variant=form.variant.data if "variant" in form else "regular",
    )
    return stops.stops(case)[0].url
