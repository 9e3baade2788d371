"""What the pages of a draw and of a queue share: choosing service and counters, and announcing."""

from collections.abc import Callable
from typing import Any

from wtforms.fields import SelectChoice

from app.appointments import queries as seats
from app.appointments.draw import presenting, queries
from app.appointments.draw.rules import ReleaseMode
from app.appointments.models import Pool
from app.catalogue import queries as catalogue
from app.catalogue.models import Post, Service
from app.core import i18n
from app.core.errors import Invalid
from app.web import idempotency


def offer_choices(form: Any, post: Post, mode: ReleaseMode) -> None:
    """Let a form offer the services whose seats are given out in this way, and their counters.

    Any: a form with the fields `service` and `pool`.
    """
    offered = queries.list_with_visits(post)
    modes = queries.modes_of([service_id for service_id, _definition in offered])
    given_out = [one for id, one in offered if modes.get(id) is mode]
    form.service.choices = [SelectChoice(one.code, i18n.text_in(one.title)) for one in given_out]
    codes = {one.appointment.pool for one in given_out if one.appointment is not None}
    form.pool.choices = presenting.counters_of(post, codes)


def announce(form: Any, post: Post, act: Callable[[Pool, Service], str]) -> str | None:
    """Carry out what a form announces, once; return where it leads, None where it is refused.

    Then the form says why. Any: as above, keyed by its content.
    """
    site, _colon, code = form.pool.data.partition(":")
    service = catalogue.get_service(post.id, form.service.data)

    def effect() -> str:
        return act(seats.get_pool(post.id, site=site, code=code), service)

    try:
        return idempotency.once(form.content_key(), effect)
    except Invalid as refusal:
        form[refusal.field or "pool"].errors = [refusal.sentence()]
        return None
