"""The services of the post, for everyone."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from app.catalogue import calls, markdown, presenting, queries, samples, search
from app.catalogue.definition.elements import Category, Definition
from app.core import clock
from app.web.access import Audience, public
from app.web.navigation import Place, enter

PATH = "/services"
bp = Blueprint("services", __name__)

CALLS = "calls"
DAY_S = 86_400

enter(Place.HEAD, Audience.PUBLIC, 10, "services.index", _l("Services"))


@bp.get("")
@public
def index() -> ResponseReturnValue:
    """List the services, all of them or those that fit some words or a category."""
    post = queries.get_current_post()
    words = request.args.get("q", "")[:200].strip()
    chosen = request.args.get("category", "")
    found = queries.find_services(post, words)
    if chosen in set(Category):
        found = [service for service in found if service.category == chosen]
    elif chosen == CALLS:
        found = [service for service in found if service.window is not None]
    # What was searched for stays in the order in which it fits.
    groups = [] if words else calls.by_sector(found)
    today = clock.today(post.zone)
    return render_template(
        "catalogue/index.html",
        words=words,
        chosen=chosen,
        is_for_appointment=search.is_for_appointment(words),
        services=[service for service in found if words or service.window is None],
        groups=groups,
        call_of=lambda service: calls.view(service.window, today),
        calls=CALLS if any(one.window for one in queries.list_published(post)) else "",
        categories=presenting.CATEGORIES,
    )


@bp.get("/samples/<key>.jpg")
@public
def sample(key: str) -> ResponseReturnValue:
    """Return a picture of how a paper is accepted; it never changes."""
    response = Response(samples.get_image(queries.get_current_post().id, key))
    response.mimetype = "image/jpeg"
    response.cache_control.public = True
    response.cache_control.max_age = DAY_S
    return response


@bp.get("/<code>")
@public
def show(code: str) -> ResponseReturnValue:
    """Show what a service needs, costs and takes, or say that it is not offered at present."""
    try:
        return _page("catalogue/service.html", code)
    except queries.NotOffered as refusal:
        return _not_offered(code), refusal.status


@bp.get("/<code>/print")
@public
def printed(code: str) -> ResponseReturnValue:
    """Show the list of papers to print."""
    return _page("catalogue/papers_list.html", code)


def _not_offered(code: str) -> str:
    former = queries.find_former(queries.get_current_post(), code)
    return render_template("catalogue/not_offered.html", service=former)


def _page(template: str, code: str) -> str:
    post = queries.get_current_post()
    version, service = queries.get_published(post, code)
    is_taking = calls.is_taking(service, clock.today(post.zone))
    return service_page(
        template,
        service,
        layout="base.html",
        updated=version.published_at,
        start=url_for("filing.start", code=code) if is_taking else "",
        printed=url_for("services.printed", code=code),
    )


def service_page(template: str, service: Definition, **context: Any) -> str:
    """Return a page about a service, published or not.

    The context says its `layout`, when it was `updated`, and where `start` and `printed` lead;
    without `start` no request can begin now (Any: variables of a template).
    """
    today = clock.today(queries.current_zone())
    return render_template(
        template,
        service=service,
        today=today,
        call=calls.view(service.window, today),
        category=presenting.CATEGORIES[service.category][0],
        guidance=markdown.render(service.guidance),
        fees=presenting.fee_lines(service, today),
        further=presenting.further_lines(service, today),
        fee=presenting.lowest_fee(service, today),
        steps=presenting.step_lines(service.path),
        time=presenting.working_days(service.target_days),
        visits=presenting.visits(service),
        paper_tags=partial(presenting.paper_tags, service),
        brought=presenting.to_bring(service),
        is_paid=presenting.is_paid(service),
        **context,
    )
