"""The tabs of the editor: form, papers, charges, path, offer, each with its parts as cards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.catalogue import condition_words, editor_tabs, queries, samples
from app.catalogue.building import cards, saving, shown, words
from app.catalogue.building.saving import ChangeForm, Refused
from app.catalogue.building.shown import Errors, Shown
from app.catalogue.definition import document as definitions
from app.catalogue.definition.elements import Paper
from app.catalogue.drafting import inputs, merging, parts, places, rows
from app.catalogue.drafting.inputs import Input, Typed
from app.catalogue.drafting.places import Draft, Part
from app.catalogue.models import Service
from app.core.actor import Role
from app.core.errors import Conflict
from app.web.access import staff

PATH = "/admin/services/<code>"
bp = Blueprint("service_build", __name__)

editor_tabs.enter(20, "service_build.form", _l("Form"))
editor_tabs.enter(30, "service_build.papers", _l("Papers"))
editor_tabs.enter(40, "service_build.charges", _l("Fees"))
editor_tabs.enter(50, "service_build.path", _l("Path and times"))
editor_tabs.enter(60, "service_build.offer", _l("Offer and notices"))

SETTINGS_ON = {
    "fee_rule": "charges",
    "times": "path",
    "window": "offer",
    "consent": "offer",
    "about": "offer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A form of settings to be shown again as it was typed, or merged with what others changed."""

    typed: Typed
    errors: Errors
    elsewhere: Sequence[str] = ()
    is_merged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A group of settings, ready for the page."""

    name: str
    title: str
    inputs: Sequence[Shown]
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A list of parts with its heading."""

    part: Part
    title: str
    cards: Sequence[cards.Card]
    add: str
    add_url: str
    remark: str = ""


@bp.get("/form")
@staff(Role.ADMIN)
def form(code: str) -> ResponseReturnValue:
    """Show the pages of the form with their fields."""
    return _overview(code, "form", None)


@bp.get("/papers")
@staff(Role.ADMIN)
def papers(code: str) -> ResponseReturnValue:
    """Show what is to be attached."""
    return _overview(code, "papers", None)


@bp.get("/charges")
@staff(Role.ADMIN)
def charges(code: str) -> ResponseReturnValue:
    """Show fees, add-ons and waivers."""
    return _overview(code, "charges", None)


@bp.get("/path")
@staff(Role.ADMIN)
def path(code: str) -> ResponseReturnValue:
    """Show the steps and the times."""
    return _overview(code, "path", None)


@bp.get("/offer")
@staff(Role.ADMIN)
def offer(code: str) -> ResponseReturnValue:
    """Show to whom and when the service is open, and what its messages add."""
    return _overview(code, "offer", None)


@bp.post("/settings/<any(charges,path,offer):tab>")
@staff(Role.ADMIN)
def save(code: str, tab: str) -> ResponseReturnValue:
    """Save what a service has once, all of it that one page shows: nothing typed is left behind."""
    service = queries.get_service(queries.get_current_post().id, code)
    keyed, typed = ChangeForm(), request.form.to_dict(flat=False)
    if "apply" in typed:
        return _overview(code, tab, Failed(typed=typed, errors={}))
    wanted = _inputs_on(tab, service)
    read, wrong = inputs.read(wanted, typed, service.draft, _asked(service))
    if wrong or not keyed.validate():
        errors = shown.errors_of(wrong, wanted, service.draft["main_language"])
        return _overview(code, tab, Failed(typed=typed, errors=errors)), 422
    try:
        location = saving.change(
            code,
            lambda draft: read,
            seen=request.form.get("seen", 0, int),
            key=keyed.idempotency_key(),
            leads_to=url_for(f".{tab}", code=code),
            what=f"changed {tab}",
        )
    except Refused as refused:
        errors, elsewhere = shown.sort_problems(refused.problems, (), wanted, refused.draft)
        failed = Failed(typed=typed, errors=errors, elsewhere=elsewhere)
        return _overview(code, tab, failed), 422
    except Conflict as conflict:
        return _overview(code, tab, _merged(code, tab, typed, conflict)), 409
    flash(_("The draft has been saved."), "success")
    return redirect(location)


def _asked(service: Service) -> dict[str, rows.Asked]:
    """Return what a condition of the service itself may read: it is judged when all is answered."""
    return rows.asked_before(service.draft, None)


def _merged(code: str, tab: str, typed: Typed, conflict: Conflict) -> Failed:
    """Return the settings as others left them meanwhile, with what their sender touched."""
    service = queries.get_service(queries.get_current_post().id, code)
    wanted = _inputs_on(tab, service)
    was, stored = request.form.get("given", ""), _stored(tab, service)
    merged = merging.merge(wanted, was, typed=typed, stored=stored)
    errors = shown.changed_by_both(merged)
    sentences = [conflict.sentence()]
    return Failed(typed=merged.values, errors=errors, elsewhere=sentences, is_merged=True)


def _inputs_on(tab: str, service: Service) -> tuple[Input, ...]:
    names = [name for name, on in SETTINGS_ON.items() if on == tab]
    return tuple(one for name in names for one in parts.settings_of(name, service.draft))


def _stored(tab: str, service: Service) -> Typed:
    return inputs.written(_inputs_on(tab, service), service.draft, _asked(service))


def _overview(code: str, tab: str, failed: Failed | None) -> str:
    service = queries.get_service(queries.get_current_post().id, code)
    sent = {} if failed is None or failed.is_merged else request.form
    return render_template(
        f"catalogue/building/{'form' if tab == 'form' else 'overview'}.html",
        service=service,
        keyed=ChangeForm(formdata=None),
        seen=sent.get("seen") or service.draft_revision,
        given=sent.get("given") or merging.given(_inputs_on(tab, service), _stored(tab, service)),
        tab=tab,
        title=str(_TITLES[tab]),
        tabs=editor_tabs.tabs(code, at=f"service_build.{tab}"),
        pages=cards.cards_of(service.draft, ("pages",)) if tab == "form" else [],
        sections=_sections(tab, service.draft),
        lacking=_lacking(service) if tab == "papers" else [],
        settings=[
            _settings(name, service, failed) for name, on in SETTINGS_ON.items() if on == tab
        ],
        ops=[(op.value, text) for op, text in words.OPS.items()],
        errors=failed.errors if failed else {},
        elsewhere=failed.elsewhere if failed else [],
    )


def _lacking(service: Service) -> list[Paper]:
    return samples.lacking(definitions.parse(service.draft).all_papers(), service.post_id)


_TITLES = {
    "form": _l("Form"),
    "papers": _l("Papers"),
    "charges": _l("Fees"),
    "path": _l("Path and times"),
    "offer": _l("Offer and notices"),
}


def _sections(tab: str, draft: Draft) -> list[Section]:
    made = {
        "papers": [(Part.PAPER, _("Papers"), "")],
        "charges": [
            (Part.FEE, _("Fees"), ""),
            (Part.ADD_ON, _("Add-ons"), _("Due beside the fee when their condition holds.")),
            (
                Part.WAIVER,
                _("Waivers"),
                _("Of several that fit, the one that gives the applicant most is taken."),
            ),
        ],
        "path": [(Part.STEP, _("Steps"), "")],
        "offer": [
            (
                Part.EXCLUSION,
                _("Exclusions"),
                _("Whoever meets such a condition is told why and where to go instead."),
            ),
            (
                Part.NOTICE,
                _("Notices"),
                _("A paragraph that the service adds to a message of the portal."),
            ),
        ],
    }
    return [
        Section(
            part=part,
            title=title,
            cards=cards.cards_of(draft, places.list_of(part, "")),
            add=str(words.ADD[part]),
            add_url=url_for("service_parts.add", code=draft["code"], part=part),
            remark=remark,
        )
        for part, title, remark in made.get(tab, [])
    ]


def _settings(name: str, service: Service, failed: Failed | None) -> Settings:
    wanted = [_with_pools(one, service) for one in parts.settings_of(name, service.draft)]
    values = failed.typed if failed else inputs.written(wanted, service.draft, _asked(service))
    errors = failed.errors if failed else {}
    made = shown.show(
        wanted,
        values,
        errors,
        draft=service.draft,
        item=service.draft,
        asked=_asked(service),
        fields=condition_words.fields_of(definitions.parse(service.draft)),
    )
    title, remark = _SETTINGS[name]
    return Settings(name=name, title=str(title), inputs=made, remark=str(remark))


_SETTINGS: dict[str, tuple[Any, Any]] = {
    # Any: lazy strings of Flask-Babel have no public type.
    "fee_rule": (
        _l("When a fee changes"),
        _l("A fee may change between sending and payment. The rule says which one is due."),
    ),
    "times": (_l("Times, visit and document"), ""),
    "window": (
        _l("Open for a time"),
        _l("For calls that end: requests are taken from the first to the last day."),
    ),
    "consent": (
        _l("Consent of the other parent"),
        _l("The parent who is named is asked by e-mail. Until they consent, no officer accepts."),
    ),
    "about": (_l("About the service"), ""),
}


def _with_pools(one: Input, service: Service) -> Input:
    """Return an input with the pools that other services name, as suggestions."""
    if one.name != "appointment.pool":
        return one
    return replace(one, options=tuple(queries.list_pools(service.post_id)))
