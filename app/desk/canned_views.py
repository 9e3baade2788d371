"""Canned answers of the post, for its admins and the head."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from markupsafe import Markup
from wtforms import IntegerField, SelectField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from app.cases.talk import canned, rules
from app.cases.talk.models import CannedAnswer
from app.catalogue import queries as catalogue
from app.core import clock, i18n
from app.core.actor import Role
from app.core.db import Texts
from app.core.errors import Conflict, Invalid
from app.core.text import UnreadableText, clean_text
from app.desk import queries
from app.desk.queries import ServiceName
from app.desk.views import post_of
from app.web import idempotency
from app.web.access import Audience, acting, staff
from app.web.forms import KeyedForm
from app.web.navigation import Place, enter
from app.web.templating import labelled, text_of

PATH = "/admin/answers"
bp = Blueprint("canned", __name__)

WRITERS = (Role.ADMIN, Role.HEAD)
LONGEST_TITLE = 120
LINK = Markup('<a class="j-link" href="{}">{}</a>')
# Any: lazy strings of Flask-Babel have no public type.
LABELS: Mapping[str, Any] = {"title": _l("What officers call it"), "body": _l("The answer")}
EMPTY: Texts = dict.fromkeys(i18n.LANGUAGES, "")

enter(Place.HEAD, Audience.STAFF, 72, "canned.index", lazy_pgettext("section", "Answers"))


class AnswerForm(KeyedForm):
    """Which service an answer is for, and the version that was seen; the texts stand beside it."""

    service = SelectField(_l("Service"), validators=[Optional()])
    seen = IntegerField(widget=HiddenInput(), default=0, validators=[InputRequired()])

    def offer(self, services: list[ServiceName]) -> None:
        """Let one of the services be chosen, or all of them."""
        named = [(one.code, i18n.text_in(one.title)) for one in services]
        self.service.choices = [("", _("All services")), *named]


@dataclass(slots=True, kw_only=True)
class Typed:
    """The two texts in every language, and by input what is wrong with them."""

    title: Texts
    body: Texts
    errors: dict[str, dict[str, str]]

    @property
    def is_right(self) -> bool:
        """Return whether nothing is wrong."""
        return not any(self.errors.values())


@bp.get("")
@staff(*WRITERS)
def index() -> ResponseReturnValue:
    """List the answers of the post."""
    post_id = post_of(acting())
    services = {one.id: text_of(one.title) for one in queries.list_services(post_id)}
    rows = [
        (
            LINK.format(url_for(".edit", uid=one.uid), text_of(one.title)),
            services.get(one.service_id or 0, _("All services")),
            i18n.short_day(clock.local(one.updated_at, catalogue.current_zone()).date()),
        )
        for one in canned.list_answers(post_id)
    ]
    return render_template("desk/canned.html", rows=rows)


@bp.route("/new", methods=["GET", "POST"])
@staff(*WRITERS)
def add() -> ResponseReturnValue:
    """Take a new answer."""
    return _edit(None)


@bp.route("/<uid>", methods=["GET", "POST"])
@staff(*WRITERS)
def edit(uid: str) -> ResponseReturnValue:
    """Show an answer, and take what is changed in it."""
    return _edit(canned.get(uid, post_of(acting())))


def _edit(row: CannedAnswer | None) -> ResponseReturnValue:
    services = list(queries.list_services(post_of(acting())))
    form = AnswerForm()
    form.offer(services)
    if not form.is_submitted():
        _fill(form, row, services)
        stands = Typed(title=_texts(row, "title"), body=_texts(row, "body"), errors={})
        return _page(form, row, stands)
    typed = _typed()
    if form.validate() and typed.is_right:
        chosen = next((one.id for one in services if one.code == form.service.data), None)
        try:
            return redirect(
                idempotency.once(form.content_key(), partial(_save, row, form, typed, chosen))
            )
        except (Conflict, Invalid) as refusal:
            form.form_errors.append(refusal.sentence())
    return _page(form, row, typed), 422


def _fill(form: AnswerForm, row: CannedAnswer | None, services: list[ServiceName]) -> None:
    form.seen.data = row.version if row else 0
    form.service.data = next((one.code for one in services if row and one.id == row.service_id), "")


def _texts(row: CannedAnswer | None, name: str) -> Texts:
    return {**EMPTY, **getattr(row, name)} if row else dict(EMPTY)


def _save(row: CannedAnswer | None, form: AnswerForm, typed: Typed, service_id: int | None) -> str:
    canned.save(
        row.uid if row else None,
        title=typed.title,
        body=typed.body,
        service_id=service_id,
        seen=form.seen.data,
        actor=acting(),
    )
    flash(_("The answer was saved."), "success")
    return url_for(".index")


def _typed() -> Typed:
    required = catalogue.get_current_post().languages
    title, wrong_title = _read("title", LONGEST_TITLE, required)
    body, wrong_body = _read("body", rules.LONGEST_TEXT, required)
    return Typed(title=title, body=body, errors={"title": wrong_title, "body": wrong_body})


def _read(name: str, most: int, required: list[str]) -> tuple[Texts, dict[str, str]]:
    texts, errors = {}, {}
    for code in i18n.LANGUAGES:
        try:
            text = clean_text(request.form.get(f"{name}-{code}", ""))
        except UnreadableText:
            text, errors[code] = "", _("This text holds signs that cannot be read.")
        texts[code] = text
        if not text and code in required:
            errors.setdefault(code, _("This is needed in this language."))
        elif len(text) > most:
            errors[code] = _("This text is too long: it may have %(most)s signs.", most=most)
    return texts, errors


def _page(form: AnswerForm, row: CannedAnswer | None, typed: Typed) -> str:
    problems: list[tuple[str, Any]] = [
        (f"{name}-{code}", labelled(i18n.listed((str(LABELS[name]), i18n.own_name(code))), text))
        for name, wrong in typed.errors.items()
        for code, text in wrong.items()
    ]
    return render_template(
        "desk/canned_edit.html",
        form=form,
        row=row,
        typed=typed,
        problems=problems,
        labels=LABELS,
        states={
            name: {code: "ok" if text else "empty" for code, text in texts.items()}
            for name, texts in (("title", typed.title), ("body", typed.body))
        },
        pressed=KeyedForm(formdata=None),
    )


@bp.post("/<uid>/remove")
@staff(*WRITERS)
def remove(uid: str) -> ResponseReturnValue:
    """Take an answer away."""
    form = KeyedForm()

    def effect() -> str:
        canned.remove(uid, actor=acting())
        flash(_("The answer was removed."), "success")
        return url_for(".index")

    return redirect(idempotency.once(form.content_key(), effect))
