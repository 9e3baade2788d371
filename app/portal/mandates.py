"""By what right somebody acts for another person: the paper, what became of it, a new one."""

from datetime import date
from typing import ClassVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import FileField, RadioField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from app.accounts import queries as accounts
from app.accounts.models import Authority
from app.accounts.rules import AuthorityKind, Details, by_paper, display_name, find_address
from app.cases.mandates import queries, wording
from app.cases.mandates import services as mandates
from app.cases.mandates.models import Mandate
from app.cases.mandates.rules import Flaw
from app.cases.mandates.services import Terms
from app.cases.models import Case
from app.cases.rules import ENDED
from app.catalogue import queries as catalogue
from app.catalogue.definition.elements import Definition
from app.core import clock, i18n
from app.core.errors import Invalid, NotFound
from app.documents import services as documents
from app.documents.rules import LARGEST_FILE
from app.web import idempotency
from app.web.access import acting, safe_next, signed_in
from app.web.forms import CHOOSE, DAY, REQUIRED, KeyedForm, LocalDateField, one_file, only_text

PATH = "/account/people"
bp = Blueprint("mandates", __name__)

KINDS_OF_FILE = ("jpeg", "png", "pdf")
MOST_PAGES = 10
LONGEST_LINE = 150
ALL, SOME = "all", "some"


class ChosenFile:
    """Refuses a form without its file; what was typed beside it is judged as well."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __call__(self, form: KeyedForm, field: FileField) -> None:
        """Raise ValidationError unless a file came with the form."""
        file = request.files.get(field.name)
        if file is None or not file.filename:
            raise ValidationError(_("Choose a file."))


class MandateForm(KeyedForm):
    """What the paper says, and the paper."""

    file = FileField(_l("The paper"), validators=[one_file, ChosenFile()])
    number = StringField(
        _l("Number of the paper"),
        filters=[only_text],
        validators=[InputRequired(REQUIRED), Length(max=LONGEST_LINE)],
    )
    issuer = StringField(
        _l("Who issued it"),
        filters=[only_text],
        validators=[InputRequired(REQUIRED), Length(max=LONGEST_LINE)],
    )
    until = LocalDateField(_l("Valid until"), format=DAY, validators=[Optional()])
    scope = RadioField(
        _l("What does it cover?"),
        choices=[
            SelectChoice(ALL, _l("Everything at the consulate")),
            SelectChoice(SOME, _l("Some services only")),
        ],
        validators=[InputRequired(CHOOSE)],
    )
    services = SelectMultipleField(_l("These services"))
    principal = StringField(
        _l("E-mail address of the person"),
        filters=[only_text],
        validators=[Optional(), Length(max=254)],
    )

    def offer(self, services: list[Definition], kind: AuthorityKind) -> None:
        """Let these services be chosen; only the principal of an agent is written to."""
        self.services.choices = [SelectChoice(s.code, i18n.text_in(s.title)) for s in services]
        if kind is not AuthorityKind.AGENT:
            del self.principal

    def terms(self) -> Terms:
        """Return what was entered; raise Invalid, with its field, for what cannot be meant."""
        chosen = self.services.data if self.scope.data == SOME else []
        if self.scope.data == SOME and not chosen:
            raise Invalid(CHOOSE, field="services")
        return Terms(
            number=self.number.data,
            issuer=self.issuer.data,
            services=chosen,
            valid_until=self.until.data,
            principal=self._principal(),
            language=i18n.language(),
        )

    def _principal(self) -> str:
        typed = self.principal.data if "principal" in self else ""
        address = find_address(typed) if typed else ""
        if address is None:
            raise Invalid(_l("This is not an e-mail address."), field="principal")
        return address


@bp.route("/<uid>/authority", methods=["GET", "POST"])
@signed_in
def show(uid: str) -> ResponseReturnValue:
    """Show by what paper the reader acts for a person, and take a new one."""
    authority = accounts.get_authority(acting().id or 0, uid)
    if not by_paper(authority.kind):
        raise NotFound()
    form = MandateForm(data={"scope": ALL})
    services = catalogue.list_published(catalogue.get_current_post())
    form.offer(services, authority.kind)
    if form.validate_on_submit():
        try:
            return redirect(_give(authority, form))
        except Invalid as refusal:
            name = refusal.field if refusal.field in form else "file"
            form[name].errors = [refusal.sentence()]
    return _page(authority, form, services), 422 if form.errors else 200


def blocking(case: Case) -> tuple[str, str] | None:
    """Return what stops a request for somebody else, and where it is mended; None for nothing."""
    flaw = queries.flaw_at_filing(case) if case.state not in ENDED else None
    if flaw is None:
        return None
    return str(wording.TO_AGENT[flaw]), url_for("mandates.show", uid=case.person.uid)


def _give(authority: Authority, form: MandateForm) -> str:
    terms, file = form.terms(), request.files["file"]
    # Looking at a file takes its time, so that is done before the transaction.
    upload = documents.examine(file, formats=KINDS_OF_FILE, max_pages=MOST_PAGES)
    uid = authority.person.uid
    target = safe_next(request.args.get("next"), default=url_for(".show", uid=uid))

    def effect() -> str:
        key = accounts.get_person(acting().id or 0, uid).data_key
        document = documents.keep(upload, data_key=key)
        mandates.give(uid, terms, document, actor=acting(), today=_today())
        return target

    leads_to = idempotency.once(form.idempotency_key(), effect)
    flash(*_received(authority))
    return leads_to


def _received(authority: Authority) -> tuple[str, str]:
    """Return what is said of a paper that was given, and how it is meant."""
    mandate = queries.find_newest(authority.id)
    if mandate is not None and queries.awaits_principal(mandate):
        return str(wording.TO_AGENT[Flaw.UNCONFIRMED]), "info"
    return _("The paper was received. You can file requests; an officer checks it."), "success"


def _page(authority: Authority, form: MandateForm, services: list[Definition]) -> str:
    details = Details.from_json(authority.person.details or {})
    mandate = queries.find_newest(authority.id)
    return render_template(
        "portal/mandate.html",
        form=form,
        name=display_name(details, i18n.language()),
        kind=wording.KINDS[authority.kind],
        is_agent=authority.kind is AuthorityKind.AGENT,
        mandate=mandate,
        status=wording.STATES[mandate.state] if mandate else None,
        facts=facts_of(mandate, services) if mandate else [],
        has_ended=mandate is not None and _has_ended(mandate),
        megabytes=LARGEST_FILE // (1024 * 1024),
    )


def facts_of(mandate: Mandate, services: list[Definition]) -> list[tuple[str, object]]:
    """Return what a paper says, as pairs of a term and a value."""
    return [
        (_("Number of the paper"), mandate.number or ""),
        (_("Who issued it"), mandate.issuer or ""),
        (_("Valid until"), until_in_words(mandate.valid_until)),
        (_("What does it cover?"), scope_in_words(mandate, services)),
    ]


def until_in_words(day: date | None) -> str:
    """Return until when a paper is valid."""
    return i18n.short_day(day) if day else _("No end is named")


def scope_in_words(mandate: Mandate, services: list[Definition]) -> str:
    """Return which services a paper covers; one that is not offered any more goes by its code."""
    if not mandate.services:
        return _("Everything at the consulate")
    titles = {one.code: i18n.text_in(one.title) for one in services}
    return i18n.listed(titles.get(code, code) for code in mandate.services)


def _has_ended(mandate: Mandate) -> bool:
    return mandate.valid_until is not None and mandate.valid_until < _today()


def _today() -> date:
    return clock.today(catalogue.current_zone())
