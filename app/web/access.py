"""Deny by default: every view declares its policy, or the app does not start."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from app.core.actor import Actor, ActorKind, Role
from app.core.errors import NotFound

View = TypeVar("View", bound=Callable[..., Any])


LONGEST_TARGET = 1_000
"""Of an address to go on to after signing in, in characters."""
ADMINS = frozenset({Role.ADMIN})
"""Pages for these alone change the post that the site serves, so theirs must be that one."""


class Audience(StrEnum):
    """For whom a page is."""

    PUBLIC = "public"
    CITIZEN = "citizen"
    STAFF = "staff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who may open a view; for staff, any of the roles is enough."""

    audience: Audience
    roles: frozenset[Role] = field(default_factory=frozenset)
    pending: str = ""
    """A step of sign-in: the view is for those of whom just this is still asked."""
    at_counter: frozenset[Role] = field(default_factory=frozenset)
    """Staff who may open a page of citizens for a visitor who has no account."""

    @property
    def of_site(self) -> bool:
        """Return whether the roles count at the post that the site serves and at no other."""
        return self.roles == ADMINS


class MissingPolicy(RuntimeError):
    """A view was registered without saying who may open it."""


def _declare(policy: Policy) -> Callable[[View], View]:
    def attach(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return attach


def public(view: View) -> View:
    """Open to everyone."""
    return _declare(Policy(audience=Audience.PUBLIC))(view)


def signed_in(view: View) -> View:
    """Open to citizens who are signed in."""
    return _declare(Policy(audience=Audience.CITIZEN))(view)


def citizen_pending(step: str) -> Callable[[View], View]:
    """Open to citizens of whom sign-in still asks this step."""
    return _declare(Policy(audience=Audience.CITIZEN, pending=step))


def signed_in_or_served(*roles: Role) -> Callable[[View], View]:
    """Open to citizens who are signed in, and to staff who do it for a visitor at the counter.

    Whoever acts is then `at_counter`, and sees the requests of visitors only.
    """
    return _declare(Policy(audience=Audience.CITIZEN, at_counter=frozenset(roles)))


def staff(*roles: Role) -> Callable[[View], View]:
    """Open to staff who hold any of the roles at a post, both factors given."""
    return _declare(Policy(audience=Audience.STAFF, roles=frozenset(roles)))


def staff_pending(step: str) -> Callable[[View], View]:
    """Open to staff of whom sign-in still asks this step."""
    return _declare(Policy(audience=Audience.STAFF, pending=step))


def current_actor() -> Actor | None:
    """Return who is signed in, or None; somebody half signed in counts as nobody."""
    actor: Actor | None = g.get("actor")
    return None if actor is None or actor.pending else actor


def acting() -> Actor:
    """Return who is signed in; for views whose policy demands somebody."""
    actor = current_actor()
    if actor is None:
        raise NotFound()
    return actor


def init_app(
    app: Flask,
    *,
    identify: Callable[[], Actor | None],
    citizen_door: str,
    staff_door: str,
    serves: Callable[[int | None], bool],
) -> None:
    """Check every request against the policy of its view.

    `identify` finds who is signed in; the doors are endpoints where signing in begins; `serves`
    says whether a post is the one of this site.
    """
    app.extensions["serves_post"] = serves

    @app.before_request
    def guard() -> ResponseReturnValue | None:
        if request.endpoint is None:
            return None
        g.actor = identify()
        policy = policy_of(app, request.endpoint)
        if _serves_visitor(policy, g.actor):
            g.actor = replace(g.actor, at_counter=True)
            return None
        return _verdict(policy, g.actor, citizen_door, staff_door)


def _serves_visitor(policy: Policy, actor: Actor | None) -> bool:
    if actor is None or actor.kind is not ActorKind.STAFF or actor.pending:
        return False
    return actor.has_role(*policy.at_counter)


def _verdict(
    policy: Policy, actor: Actor | None, citizen_door: str, staff_door: str
) -> ResponseReturnValue | None:
    if policy.audience is Audience.PUBLIC:
        return None
    if policy.audience is Audience.CITIZEN:
        return _citizen_verdict(policy, actor, citizen_door)
    return _staff_verdict(policy, actor, staff_door)


def _citizen_verdict(policy: Policy, actor: Actor | None, door: str) -> ResponseReturnValue | None:
    if actor is None or actor.pending != policy.pending:
        return _to(door, policy)
    if actor.kind is not ActorKind.CITIZEN:
        raise NotFound()
    return None


def _staff_verdict(policy: Policy, actor: Actor | None, door: str) -> ResponseReturnValue | None:
    if actor is None:
        return _once_more() if _is_from_elsewhere() else _to(door, policy)
    if actor.kind is not ActorKind.STAFF:
        raise NotFound()
    if policy.pending:
        return None if actor.pending == policy.pending else _to(door, policy)
    if actor.pending:
        return _to(door, policy)
    if not has_rights(actor, policy):
        raise NotFound()
    return None


def _is_from_elsewhere() -> bool:
    """Return whether another site led here: then the cookie of staff did not come along."""
    return request.method == "GET" and request.headers.get("Sec-Fetch-Site") == "cross-site"


def _once_more() -> ResponseReturnValue:
    """Have the browser ask again from a page of ours, so that its cookie comes (docs/adr/0023)."""
    body = render_template("once_more.html", here=request.full_path.rstrip("?"))
    return body, 200, {"Refresh": "0"}


def has_rights(actor: Actor, policy: Policy) -> bool:
    """Return whether somebody holds one of the roles that a page asks for, at the right post."""
    if not actor.has_role(*policy.roles):
        return False
    return not policy.of_site or bool(current_app.extensions["serves_post"](actor.post_id))


def _to(door: str, policy: Policy) -> ResponseReturnValue:
    """Lead to signing in, and from there back; say it when something typed did not arrive.

    Not back to a step of signing in, which would lead here again, and so for ever.
    """
    if request.method not in ("GET", "HEAD"):
        flash(
            _(
                "You were signed out, because the page was open for too long. What you sent last "
                "was not saved: after signing in you are led back, to enter it once more."
            ),
            "error",
        )
    return redirect(url_for(door, next=None if policy.pending else page_behind()))


def page_behind() -> str:
    """Return the page from which this request came: its own address, or that of its form.

    Browsers are told to send no referrer. The address of an action continues that of its page.
    """
    pages = current_app.create_url_adapter(request)
    path = request.path
    if pages is None or pages.test(path, method="GET"):
        return request.full_path.rstrip("?")
    while path and not pages.test(path, method="GET"):
        path = path.rpartition("/")[0]
    return path or "/"


def policy_of(app: Flask, endpoint: str) -> Policy:
    """Return the policy of an endpoint, or raise MissingPolicy."""
    policy = getattr(app.view_functions[endpoint], "policy", None)
    if not isinstance(policy, Policy):
        raise MissingPolicy(endpoint)
    return policy


def check_policies(app: Flask) -> None:
    """Raise MissingPolicy when any endpoint of the finished app has none."""
    missing = [
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if not isinstance(getattr(app.view_functions[rule.endpoint], "policy", None), Policy)
    ]
    if missing:
        raise MissingPolicy(", ".join(sorted(set(missing))))


def safe_next(target: str | None, *, default: str) -> str:
    """Return an address of a page of this site to go on to, or the default (reliability S20)."""
    if not target or len(target) > LONGEST_TARGET:
        return default
    if target[0] != "/" or target[1:2] in ("/", "\\"):
        return default
    if any(ch <= " " or ch in "\\\x7f" for ch in target):
        return default
    return target if _is_page(urlsplit(target).path) else default


def _is_page(path: str) -> bool:
    """Return whether a path, as it stands, is one of ours."""
    pages = current_app.create_url_adapter(request)
    try:
        return pages is not None and bool(pages.match(unquote(path), method="GET"))
    except HTTPException:
        return False
