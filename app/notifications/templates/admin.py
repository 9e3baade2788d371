"""The texts of messages, for admins: what the post says in place of what is shipped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_pgettext
from wtforms import IntegerField
from wtforms.validators import InputRequired
from wtforms.widgets import HiddenInput

from app.catalogue import neighbours as people
from app.catalogue import queries as catalogue
from app.catalogue.translation import TextState
from app.core import i18n
from app.core.actor import Role
from app.core.errors import Conflict, Invalid, NotFound, TooMany
from app.core.text import UnreadableText, clean_line, clean_text
from app.notifications import events
from app.notifications import wording as words_of_events
from app.notifications.templates import (
    offered,
    previews,
    queries,
    rules,
    services,
    shipped,
    wording,
)
from app.notifications.templates.models import MessageTemplate
from app.notifications.templates.queries import Place
from app.notifications.templates.rules import Kind, Words
from app.web import idempotency
from app.web.access import Audience, acting, staff
from app.web.forms import KeyedForm
from app.web.navigation import Place as Around
from app.web.navigation import enter
from app.web.templating import labelled

PATH = "/admin/texts"
bp = Blueprint("message_texts", __name__)

enter(Around.HEAD, Audience.STAFF, 73, "message_texts.index", lazy_pgettext("section", "Texts"))


class TextForm(KeyedForm):
    """The version that was seen; the texts stand beside it."""

    seen = IntegerField(widget=HiddenInput(), default=0, validators=[InputRequired()])


@dataclass(slots=True, kw_only=True)
class Typed:
    """The texts as they stand in the form, which of them still fit, and what is wrong."""

    texts: dict[str, Words]
    confirmed: list[str] = field(default_factory=list)
    errors: dict[str, dict[str, str]] = field(default_factory=lambda: {"subject": {}, "body": {}})

    @property
    def is_right(self) -> bool:
        """Return whether nothing is wrong."""
        return not any(self.errors.values())


@bp.get("")
@staff(Role.ADMIN)
def index() -> ResponseReturnValue:
    """List the events with how their texts stand, for all services or for one."""
    post = catalogue.get_current_post()
    service = _service()
    current = {
        (row.event, row.kind): row
        for row in queries.list_current([post.id])
        if row.service_id == (service.id if service else None) and row.replaces
    }
    rows = [
        (
            words_of_events.EVENTS.get(event.name, event.name),
            [
                (kind, _url(event.name, kind), _standing(current.get((event.name, kind))))
                for kind in Kind
            ],
        )
        for event in offered.list_events()
    ]
    return render_template(
        "notifications/texts.html",
        rows=rows,
        kinds=wording.KINDS,
        services=_offered(post.id, service.code if service else ""),
        is_of_service=service is not None,
    )


def _offered(post_id: int, chosen: str) -> tuple[tuple[str, str, bool], ...]:
    """Return the services to choose from: code, name and whether it is chosen."""
    every = ("", _("All services"), not chosen)
    found = (one.service for one in catalogue.list_overview(post_id))
    return (
        every,
        *((one.code, i18n.text_in(one.draft["title"]), one.code == chosen) for one in found),
    )


def _service() -> Any:
    """Return the service of the address, None for all (Any: catalogue's model)."""
    code = request.args.get("service", "")
    return catalogue.get_service(catalogue.get_current_post().id, code) if code else None


def _url(event: str, kind: Kind, **more: Any) -> str:
    # Any: values of an address.
    service = request.args.get("service") or None
    return url_for(".edit", event=event, kind=kind.value, service=service, **more)


def _standing(row: MessageTemplate | None) -> tuple[str, Any]:
    """Return how a text stands, as kind and word of a status (Any: a lazy string)."""
    if row is None:
        return "stopped", lazy_pgettext("text", "As shipped")
    states = _states(row)
    if TextState.STALE in states.values():
        return "waits", lazy_pgettext("text", "A translation is out of date")
    return "done", lazy_pgettext("text", "Own text")


def _states(row: MessageTemplate) -> dict[str, TextState]:
    main = services.main_language(row.post_id)
    return {
        language: rules.state_of(language, row.words, row.made_from, main)
        for language in i18n.LANGUAGES
    }


@bp.route("/<event>/<kind>", methods=["GET", "POST"])
@staff(Role.ADMIN)
def edit(event: str, kind: str) -> ResponseReturnValue:
    """Show a text in its languages, take what is changed, show how it reads, or send a test."""
    place = _place(event, kind)
    row = queries.find_current(place)
    form = TextForm()
    if not form.is_submitted():
        form.seen.data = row.number if row else 0
        return _page(place, row, form, Typed(texts=_standing_texts(place, row)))
    typed = _typed(place)
    act = request.form.get("act", "save")
    if act == "preview" or not (form.validate() and typed.is_right):
        return _page(place, row, form, typed), 200 if typed.is_right else 422
    effect = partial(_try if act == "try" else _save, place, form, typed)
    try:
        return redirect(idempotency.once(form.content_key(), effect))
    except Conflict as refusal:
        form.form_errors.append(refusal.sentence())
        return _beside_the_other(place, form, typed), 422
    except (Invalid, TooMany) as refusal:
        form.form_errors.append(refusal.sentence())
    return _page(place, row, form, typed), 422


def _beside_the_other(place: Place, form: TextForm, typed: Typed) -> str:
    """Show what was typed and what a colleague saved meanwhile, so that either can be chosen."""
    row = queries.find_current(place)
    # A number shows what was sent, unless that is taken away.
    form.seen.data, form.seen.raw_data = (row.number if row else 0), None
    words = _standing_texts(place, row)
    other = [(code, (words[code].subject, words[code].body)) for code in i18n.LANGUAGES]
    return _page(place, row, form, typed, other=other)


@bp.post("/<event>/<kind>/shipped")
@staff(Role.ADMIN)
def reset(event: str, kind: str) -> ResponseReturnValue:
    """Go back to the shipped text, as a version like any other."""
    place, form = _place(event, kind), TextForm()
    if not form.validate():
        return redirect(_url(event, place.kind))
    try:
        target = idempotency.once(form.content_key(), partial(_save, place, form, Typed(texts={})))
    except Conflict as refusal:
        flash(refusal.sentence(), "error")
        target = _url(event, place.kind)
    return redirect(target)


def _place(event: str, kind: str) -> Place:
    if not offered.is_offered(event) or kind not in set(Kind):
        raise NotFound()
    service = _service()
    return Place(
        post_id=catalogue.get_current_post().id,
        service_id=service.id if service else None,
        event=event,
        kind=Kind(kind),
    )


def _standing_texts(place: Place, row: MessageTemplate | None) -> dict[str, Words]:
    """Return the texts to begin with: those of the post, or of a version; else the shipped."""
    wanted = request.args.get("from", "")
    if wanted.isascii() and wanted.isdigit():
        row = queries.get_version(place, int(wanted[:9]))
    stands = shipped.in_languages(place.event, place.kind)
    return {**stands, **(row.words if row else {})}


def _save(place: Place, form: TextForm, typed: Typed) -> str:
    services.save(
        place, typed.texts, seen=form.seen.data, confirmed=typed.confirmed, actor=acting()
    )
    if typed.texts:
        flash(_("The text is saved. It holds for what is written from now on."), "success")
    else:
        flash(_("The shipped text is sent again."), "success")
    return _url(place.event, place.kind)


def _try(place: Place, form: TextForm, typed: Typed) -> str:
    count = services.try_on_oneself(place, typed.texts, actor=acting())
    flash(
        _(
            "%(count)s test mails are on their way to your own address. The text is not saved yet.",
            count=count,
        ),
        "success",
    )
    return _url(place.event, place.kind)


def _typed(place: Place) -> Typed:
    typed = Typed(texts={})
    event = events.EVENTS[place.event]
    fields = offered.fields_of(event, place.kind)
    wanted = shipped.wanted_of(event, place.kind)
    for language in i18n.LANGUAGES:
        words = _read(language, typed.errors)
        if request.form.get(f"body-{language}-right"):
            typed.confirmed.append(language)
        if not words:
            continue
        typed.texts[language] = words
        problems = rules.faults(words, place.kind, fields=fields, wanted=wanted)
        if not problems and (too_long := previews.too_long(place, language, words)):
            problems = [too_long]
        for problem in reversed(problems):
            part = "subject" if problem.in_subject else "body"
            typed.errors[part][language] = wording.said(problem, fields)
    return typed


def _read(language: str, errors: Mapping[str, dict[str, str]]) -> Words:
    said = {"subject": "", "body": ""}
    for name, clean in (("subject", clean_line), ("body", clean_text)):
        try:
            said[name] = rules.normalised(clean(request.form.get(f"{name}-{language}", "")))
        except UnreadableText:
            errors[name][language] = _("This text holds signs that cannot be read.")
    return Words(**said)


def _page(
    place: Place,
    row: MessageTemplate | None,
    form: TextForm,
    typed: Typed,
    *,
    other: Sequence[tuple[str, tuple[str, str]]] = (),
) -> str:
    event = events.EVENTS[place.event]
    labels = {"subject": wording.SUBJECT, "body": wording.BODIES[place.kind]}
    return render_template(
        "notifications/text_edit.html",
        form=form,
        place=place,
        title=words_of_events.EVENTS.get(event.name, event.name),
        kind=wording.KINDS[place.kind],
        kinds=[
            (_url(event.name, one), wording.KINDS[one], one is place.kind, None) for one in Kind
        ],
        typed={
            "subject": {code: words.subject for code, words in typed.texts.items()},
            "body": {code: words.body for code, words in typed.texts.items()},
        },
        errors=typed.errors,
        problems=_problems(typed, labels),
        labels=labels,
        is_own=row is not None and row.replaces,
        fields=[
            (wording.code(one), wording.FIELDS[one]) for one in offered.fields_of(event, place.kind)
        ],
        previews=previews.of_all(place, typed.texts) if typed.is_right else [],
        versions=_versions(place),
        pressed=KeyedForm(formdata=None),
        other=other,
        **_marks(place, row, typed),
    )


def _problems(typed: Typed, labels: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return what is wrong, each with the field it is in (Any: lazy strings)."""
    return [
        (f"{name}-{code}", labelled(i18n.listed((str(labels[name]), i18n.own_name(code))), said))
        for name, wrong in typed.errors.items()
        for code, said in wrong.items()
    ]


def _marks(place: Place, row: MessageTemplate | None, typed: Typed) -> dict[str, Any]:
    """Return how each language stands in the editor (Any: for the template)."""
    main = services.main_language(place.post_id)
    states = {code: str(state) for code, state in _states(row).items()} if row else {}
    own = row.words if row and row.replaces else {}
    return {
        "states": {
            code: states.get(code, "shipped") if own else "shipped" for code in i18n.LANGUAGES
        },
        "ticks": {
            code: code in typed.confirmed
            for code, state in states.items()
            if own and state == TextState.STALE
        },
        "notes": {
            code: previews.note_of(code, main, is_shipped=code not in own)
            for code in i18n.LANGUAGES
        },
    }


def _versions(place: Place) -> list[tuple[Any, ...]]:
    # Any: cells of a table.
    found = queries.list_versions(place)
    names = people.names_of_staff([one.created_by for one in found])
    return [
        (
            one.number,
            one.created_at,
            names.get(one.created_by or 0, ""),
            one.replaces,
            _url(place.event, place.kind, **{"from": one.number}),
        )
        for one in found
    ]
