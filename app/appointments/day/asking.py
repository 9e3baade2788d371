"""What the pages of the day share: the place asked for, and an act carried out once."""

from collections.abc import Callable, Sequence

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.appointments.day import queries
from app.catalogue.models import Site
from app.core import i18n
from app.core.errors import DomainError
from app.web import idempotency
from app.web.access import acting
from app.web.forms import KeyedForm


def site() -> Site:
    """Return the place that a page is asked for, the first of the post when none is named."""
    return queries.get_site(acting().post_id or 0, request.values.get("site", "")[:32])


def places(chosen: Site, sites: Sequence[Site]) -> list[tuple[str, str, bool]]:
    """Return address, name and whether it is shown, of some places and the one that is shown."""
    endpoint = str(request.blueprint) + ".index"
    return [
        (url_for(endpoint, site=one.code), i18n.text_in(one.name), one is chosen)
        for one in (sites if chosen in sites else [*sites, chosen])
    ]


def carry_out(form: KeyedForm, act: Callable[[], object], leads_to: str) -> ResponseReturnValue:
    """Do something once and lead to a page, where what is refused is said.

    A text that the act returns is said when it was done.
    """
    if not form.validate():
        flash(_("This could not be read. Please try again."), "error")
        return redirect(leads_to)

    def effect() -> str:
        said = act()
        if isinstance(said, str):
            flash(said, "success")
        return leads_to

    try:
        return redirect(idempotency.once(form.content_key(), effect))
    except DomainError as refusal:
        flash(refusal.sentence(), "error")
        return redirect(leads_to)
