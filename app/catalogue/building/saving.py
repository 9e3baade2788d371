"""The one way in which the editor changes a draft: once, on what was seen, or not at all."""

import hashlib
from collections.abc import Callable

from wtforms import HiddenField

from app.catalogue import queries, services
from app.catalogue.definition import document as definitions
from app.catalogue.definition.problems import DefinitionError, Problem
from app.catalogue.drafting.places import Draft
from app.web import idempotency
from app.web.access import acting
from app.web.forms import KeyedForm, fresh_key


class ChangeForm(KeyedForm):
    """A form of the editor; its own key has a name that no part of a service has."""

    key = HiddenField(name="once", default=fresh_key)


class Refused(Exception):
    """A change would make no service; `draft` is what it would have been."""

    def __init__(self, draft: Draft, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(problem.place for problem in problems))
        self.draft = draft
        self.problems = problems


def change(
    code: str, apply: Callable[[Draft], Draft], *, seen: int, key: str, leads_to: str, what: str
) -> str:
    """Save the draft of a service as `apply` leaves it; return where to go on.

    `seen` is the revision that the admin looked at, `what` says in the audit what was done.
    Raises Conflict when somebody else was faster, Refused when it is no service any more.
    """

    def effect() -> str:
        post = queries.get_current_post()
        service = queries.get_service(post.id, code)
        services.check_seen(service, seen)
        draft = apply(service.draft)
        try:
            definition = definitions.parse(draft)
        except DefinitionError as error:
            raise Refused(draft, error.problems) from None
        services.save_draft(post, definition, actor=acting(), seen=seen, what=what)
        return leads_to

    return idempotency.once(key, effect)


def key_for(key: str, act: str) -> str:
    """Return the key of one button among several of a form, so that each acts once."""
    return hashlib.sha256(f"{key} {act}".encode()).hexdigest()
