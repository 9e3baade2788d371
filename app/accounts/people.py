"""The persons for whom a citizen acts: listed, added, changed while no request depends on them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.accounts import queries, rules, services
from app.accounts.forms import KINDS, SEXES, PersonForm
from app.accounts.models import Authority, AuthorityKind
from app.core import i18n
from app.core.errors import Invalid
from app.web import idempotency, navigation, remarks
from app.web.access import Audience, acting, safe_next, signed_in

PATH = "/account/people"
bp = Blueprint("people", __name__)

REMARKS = {
    rules.Remark.NATIONAL_NUMBER_UNUSUAL: _l(
        "A national number usually has 10 to 12 digits. Please compare it with the paper; "
        "it was saved as entered."
    ),
    rules.Remark.PASSPORT_UNUSUAL: _l(
        "This passport number looks unusual. Please compare it with the passport; "
        "it was saved as entered."
    ),
    rules.Remark.FAMILY_MISSING: _l(
        "No family name was given. That is right only if the papers show none."
    ),
}

navigation.enter(navigation.Place.HEAD, Audience.CITIZEN, 40, "people.show_all", _l("My people"))


@bp.get("")
@signed_in
def show_all() -> ResponseReturnValue:
    """List the persons of the account."""
    people = [
        (person.uid, rules.Details.from_json(person.details or {}), kind)
        for person, kind in queries.list_persons(acting().id or 0)
    ]
    return render_template(
        "accounts/people.html",
        people=people,
        name_of=_name_of,
        kinds=KINDS,
        by_paper=rules.by_paper,
    )


@bp.route("/new", methods=["GET", "POST"])
@signed_in
def add() -> ResponseReturnValue:
    """Ask who a person is, and add them."""
    form = PersonForm(data={"next": request.args.get("next")})
    if form.validate_on_submit():
        done = _save(form, None)
        if done is not None:
            return done
    return render_template("accounts/person.html", form=form, name=""), 422 if form.errors else 200


@bp.route("/<uid>", methods=["GET", "POST"])
@signed_in
def edit(uid: str) -> ResponseReturnValue:
    """Show a person; change them while no request of theirs is with the post."""
    authority = queries.get_authority(acting().id or 0, uid)
    details = rules.Details.from_json(authority.person.details or {})
    if authority.person.locked_at is not None:
        return _locked(authority, details)
    form = PersonForm(
        data={**details.to_json(), "kind": authority.kind, "next": request.args.get("next")}
    )
    name = _name_of(details)
    if form.validate_on_submit():
        done = _save(form, uid)
        if done is not None:
            return done
    page = render_template("accounts/person.html", form=form, name=name)
    return page, 422 if form.errors else 200


def _save(form: PersonForm, uid: str | None) -> ResponseReturnValue | None:
    """Save the form once and lead on, or return None with its errors noted."""
    details = form.details()
    target = safe_next(form.next.data, default=url_for(".show_all"))

    def save() -> str:
        nonlocal uid
        saved = services.save_person(
            details,
            account_id=acting().id or 0,
            kind=AuthorityKind(form.kind.data),
            actor=acting(),
            uid=uid,
        )
        uid = saved.uid
        return target

    try:
        target = idempotency.once(form.idempotency_key(), save)
    except Invalid as refusal:
        form[refusal.field or "first_ar"].errors = [refusal.sentence()]
        return None
    flash(_("Saved."), "success")
    place = url_for(".edit", uid=uid, next=form.next.data or None) if uid else target
    for remark in rules.warnings(details):
        remarks.tell(str(REMARKS[remark]), place)
    return redirect(target)


def _locked(authority: Authority, details: rules.Details) -> ResponseReturnValue:
    page = render_template(
        "accounts/person_locked.html",
        details=details,
        name=_name_of(details),
        names=(rules.arabic_name(details), rules.latin_name(details), rules.russian_name(details)),
        mother=rules.mother_name(details),
        sex=SEXES.get(details.sex, ""),
        kind=KINDS[authority.kind],
        text=services.IdentityLocked().sentence(),
    )
    return page, 409 if request.method == "POST" else 200


def _name_of(details: rules.Details) -> str:
    return rules.display_name(details, i18n.language())
