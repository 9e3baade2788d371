"""The versions of a service for admins: listed, compared, published, withdrawn, restored."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from app.catalogue import (
    difference_words,
    editor_tabs,
    neighbours,
    queries,
    readiness,
    services,
)
from app.catalogue.definition import document as definitions
from app.catalogue.definition.document import Definition
from app.catalogue.models import Service, ServiceVersion, VersionState
from app.catalogue.services import Seen
from app.core.actor import Role
from app.core.errors import Conflict, Invalid, NotFound
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/admin/services"
bp = Blueprint("service_versions", __name__)

DRAFT = "draft"
SHORT_HASH = 10

editor_tabs.enter(90, "service_versions.index", _l("Versions"))


class SeenForm(KeyedForm):
    """An action on a service as it was looked at."""

    draft = IntegerField(widget=HiddenInput(), validators=[InputRequired()])
    published = IntegerField(widget=HiddenInput(), validators=[InputRequired()])

    def seen(self) -> Seen:
        """Return what its sender looked at."""
        return Seen(draft=self.draft.data, published=self.published.data)


@bp.get("/<code>/versions")
@staff(Role.ADMIN)
def index(code: str) -> ResponseReturnValue:
    """List the versions with who published them when, and the cases that keep them."""
    service = _service(code)
    versions = queries.list_versions(service)
    return _page(
        "catalogue/versions.html",
        service,
        versions=versions,
        published=_published(versions),
        names=neighbours.names_of_staff(one.published_by for one in versions),
        pinned=neighbours.count_cases(service.id),
        nobody=neighbours.Pinned(),
        sides=_sides(versions, _newest_two(versions)),
        short=SHORT_HASH,
    )


@bp.get("/<code>/versions/compare")
@staff(Role.ADMIN)
def compare(code: str) -> ResponseReturnValue:
    """Show what differs between two versions, or a version and the draft."""
    service = _service(code)
    before, after = request.args.get("before", ""), request.args.get("after", DRAFT)
    return _page(
        "catalogue/versions_compare.html",
        service,
        sections=difference_words.between(
            _definition(service, before), _definition(service, after)
        ),
        names=(_name(before), _name(after)),
        sides=_sides(queries.list_versions(service), (before, after)),
    )


@bp.route("/<code>/versions/publish", methods=["GET", "POST"])
@staff(Role.ADMIN)
def publish(code: str) -> ResponseReturnValue:
    """Show what publishing the draft changes and what it lacks, and publish it."""
    service, form = _service(code), SeenForm()

    def act(found: Service) -> str:
        version = services.publish(found, actor=acting(), seen=form.seen())
        flash(_published_in_words(version.number, is_offered=found.enabled), "success")
        return url_for(".index", code=code)

    return _carry_out(service, form, act) or _confirm_publishing(service, form)


def _published_in_words(number: int, *, is_offered: bool) -> str:
    if is_offered:
        return _("Version %(number)s is published. Requests that run keep theirs.", number=number)
    return _("Version %(number)s is published, but citizens are not offered it.", number=number)


def _confirm_publishing(service: Service, form: SeenForm) -> ResponseReturnValue:
    current = _published(queries.list_versions(service))
    draft = definitions.parse(service.draft)
    page = _page(
        "catalogue/versions_publish.html",
        service,
        form=_as_seen(form, service, current),
        current=current,
        is_same=current is not None and current.content_hash == definitions.content_hash(draft),
        sections=difference_words.between(queries.definition_of(current), draft) if current else [],
        is_offered=draft.enabled,
        gate=readiness.gate(service),
    )
    return page, 409 if form.form_errors else 200


@bp.route("/<code>/versions/withdraw", methods=["GET", "POST"])
@staff(Role.ADMIN)
def withdraw(code: str) -> ResponseReturnValue:
    """Say what withdrawing a service means, and offer it no more."""
    service, form = _service(code), SeenForm()

    def act(found: Service) -> str:
        services.withdraw(found, actor=acting(), seen=form.seen())
        flash(_("The service is not offered any more. Requests that were sent go on."), "success")
        return url_for(".index", code=code)

    done = _carry_out(service, form, act)
    if done is not None:
        return done
    current = _published(queries.list_versions(service))
    if current is None and not form.form_errors:
        return redirect(url_for(".index", code=code))
    page = _page(
        "catalogue/versions_withdraw.html",
        service,
        form=_as_seen(form, service, current),
        current=current,
        pinned=neighbours.count_cases(service.id).values(),
    )
    return page, 409 if form.form_errors else 200


@bp.route("/<code>/versions/<int:number>/restore", methods=["GET", "POST"])
@staff(Role.ADMIN)
def restore(code: str, number: int) -> ResponseReturnValue:
    """Show what the draft loses to an old version, and make that the draft."""
    service, form = _service(code), SeenForm()
    version = queries.get_version(service, number)

    def act(found: Service) -> str:
        services.restore(found, number, actor=acting(), seen=form.seen())
        flash(_("Version %(number)s is the draft now.", number=number), "success")
        return url_for("service_admin.edit", code=code)

    done = _carry_out(service, form, act)
    if done is not None:
        return done
    current = _published(queries.list_versions(service))
    page = _page(
        "catalogue/versions_restore.html",
        service,
        form=_as_seen(form, service, current),
        number=number,
        sections=difference_words.between(
            definitions.parse(service.draft), queries.definition_of(version)
        ),
    )
    return page, 409 if form.form_errors else 200


def _carry_out(
    service: Service, form: SeenForm, act: Callable[[Service], str]
) -> ResponseReturnValue | None:
    """Act once and lead on; None when there is something to show instead, noted on the form."""
    if not form.validate_on_submit():
        return None
    post_id, code = service.post_id, service.code

    def effect() -> str:
        return act(queries.get_service(post_id, code))

    try:
        return redirect(idempotency.once(form.idempotency_key(), effect))
    except (Conflict, Invalid) as refusal:
        form.form_errors.append(refusal.sentence())
        return None


def _as_seen(form: SeenForm, service: Service, current: ServiceVersion | None) -> SeenForm:
    """Return a fresh form for what is shown now, with what was refused before."""
    fresh = SeenForm(
        formdata=None,
        data={"draft": service.draft_revision, "published": current.number if current else 0},
    )
    fresh.form_errors.extend(form.form_errors)
    return fresh


def _service(code: str) -> Service:
    return queries.get_service(queries.get_current_post().id, code)


def _published(versions: Any) -> ServiceVersion | None:
    # Any: a sequence of rows.
    return next((one for one in versions if one.state is VersionState.PUBLISHED), None)


def _definition(service: Service, side: str) -> Definition:
    if side == DRAFT:
        return definitions.parse(service.draft)
    if not side.isascii() or not side.isdigit() or len(side) > 6:
        raise NotFound()
    return queries.definition_of(queries.get_version(service, int(side)))


def _name(side: str) -> str:
    return _("Draft") if side == DRAFT else _("Version %(number)s", number=side)


def _sides(versions: Any, chosen: tuple[str, str]) -> list[tuple[tuple[str, str, bool], ...]]:
    """Return the choices of both sides: all versions and the draft (Any: a sequence of rows)."""
    every = [(side, _name(side)) for side in (DRAFT, *(str(one.number) for one in versions))]
    return [tuple((side, name, side == one) for side, name in every) for one in chosen]


def _newest_two(versions: Any) -> tuple[str, str]:
    """Return the numbers of the version before the last and of the last (Any: as above)."""
    numbers = [str(one.number) for one in versions[:2]]
    return (numbers[-1], numbers[0]) if numbers else (DRAFT, DRAFT)


def _page(template: str, service: Service, **values: Any) -> str:
    # Any: what the template shows.
    return render_template(template, service=service, tabs=editor_tabs.tabs(service.code), **values)
