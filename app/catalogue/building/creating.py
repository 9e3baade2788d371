"""A new service, blank or with the content of another one."""

from collections.abc import Sequence
from dataclasses import replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.catalogue import queries, services
from app.catalogue.building import shown
from app.catalogue.building.saving import ChangeForm
from app.catalogue.building.shown import Errors, Shown
from app.catalogue.definition import document as definitions
from app.catalogue.definition.elements import Category
from app.catalogue.definition.problems import DefinitionError, Problem
from app.catalogue.drafting import creation, inputs
from app.catalogue.drafting.inputs import Input, Shape, Typed
from app.catalogue.drafting.places import Draft
from app.catalogue.models import Post
from app.core import i18n
from app.core.actor import Role
from app.core.errors import Conflict
from app.web import idempotency
from app.web.access import acting, staff

PATH = "/admin/services/new"
bp = Blueprint("service_creation", __name__)

KNOWN = _l("There is a service of this code already.")
STEP_OF_POSITION = 10


@bp.route("", methods=["GET", "POST"])
@staff(Role.ADMIN)
def create() -> ResponseReturnValue:
    """Make the draft of a service; nothing is offered until it is published."""
    post = queries.get_current_post()
    wanted, begun = _inputs(post), _begun(post)
    if request.method == "GET":
        return _page(post, inputs.written(wanted, begun, {}), {}, [])
    form, typed = ChangeForm(), request.form.to_dict(flat=False)
    item, wrong = inputs.read(wanted, typed, begun, {})
    if wrong or not form.validate():
        return _page(post, typed, shown.errors_of(wrong, wanted, i18n.DEFAULT), []), 422
    draft = _draft(post, item)
    try:
        location = idempotency.once(form.idempotency_key(), lambda: _save(draft))
    except DefinitionError as refusal:
        problems = _told_once(refusal.problems)
        errors, elsewhere = shown.sort_problems(problems, (), wanted, draft)
        return _page(post, typed, errors, elsewhere), 422
    except Conflict:
        return _page(post, typed, {"code": str(KNOWN)}, []), 409
    flash(_("The draft has been made. Nobody sees it until it is published."), "success")
    return redirect(location)


def _begun(post: Post) -> Draft:
    """Return what the form begins with: of a service that is to be copied, its kind."""
    found = queries.find_service(post.id, request.args.get("like", ""))
    if found is None:
        return {"main_language": i18n.DEFAULT}
    names = ("main_language", "category")
    return {"like": found.code, **{name: found.draft[name] for name in names}}


def _told_once(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems without those of a summary that only repeats the title."""
    ours = {(one.place, one.code) for one in problems}
    return [
        one
        for one in problems
        if not one.place.startswith("summary")
        or (one.place.replace("summary", "title", 1), one.code) not in ours
    ]


def _save(draft: Draft) -> str:
    definition = definitions.parse(draft)
    services.save_draft(
        queries.get_current_post(), definition, actor=acting(), seen=0, what="created"
    )
    return url_for("service_build.form", code=definition.code)


def _inputs(post: Post) -> tuple[Input, ...]:
    codes = tuple(row.service.code for row in queries.list_overview(post.id))
    return (
        Input("code", Shape.LINE),
        Input("category", Shape.ONE, tuple(one.value for one in Category)),
        Input("title", Shape.TEXT),
        Input("main_language", Shape.ONE, tuple(i18n.LANGUAGES)),
        Input("like", Shape.ONE, ("", *codes)),
    )


def _draft(post: Post, item: Draft) -> Draft:
    rows = queries.list_overview(post.id)
    last = max((row.service.position for row in rows), default=0)
    like = next((r.service.draft for r in rows if r.service.code == item.get("like")), None)
    begun = {
        "code": item.get("code", ""),
        "category": item.get("category", ""),
        "main_language": item.get("main_language", i18n.DEFAULT),
        "title": item.get("title") or {},
        "position": last + STEP_OF_POSITION,
    }
    return creation.copied(like, **begun) if like else creation.blank(**begun)


def _page(post: Post, typed: Typed, errors: Errors, elsewhere: list[str]) -> str:
    language = next(iter(typed.get("main_language", ())), i18n.DEFAULT)
    made = shown.show(_inputs(post), typed, errors, draft={"main_language": language}, item={})
    return render_template(
        "catalogue/building/new.html",
        inputs=[replace(one, options=_named(post, one)) for one in made],
        errors=errors,
        elsewhere=elsewhere,
        keyed=ChangeForm(formdata=None),
    )


def _named(post: Post, one: Shown) -> Sequence[tuple[str, str]]:
    """Return the options of an input, services by their titles."""
    if one.name != "like":
        return one.options
    rows = queries.list_overview(post.id)
    titles = {row.service.code: i18n.text_in(row.service.draft["title"]) for row in rows}
    return [(code, titles.get(code, text)) for code, text in one.options]
