"""Who may open what: generated from the map of addresses, so that no page can be forgotten."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import gettext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.routing import AnyConverter, Rule

from app.accounts import sessions
from app.accounts.models import StaffRole
from app.core import i18n
from app.core.actor import Role
from app.core.db import db, transaction
from app.web import access
from app.web.access import Audience, MissingPolicy, Policy
from tests.factories import people
from tests.visitor import Visitor

SAMPLES: dict[str, str | int] = {
    "lang": "ru",
    "code": "PASS_RENEW",
    "reference": "JM-2345-6789-A",
    "filename": "no-such-file",
    "number": 1,
    "page": 1,
    "n": 1,
    "key": "photo",
}
PIECES = [
    "/",
    "//",
    "\\",
    "en",
    "/en/",
    "..",
    "?",
    "#",
    "@",
    ":",
    "evil.example",
    "%2f",
    "\t",
    "\x01",
]
TOO_LATE = (
    "You were signed out, because the page was open for too long. What you sent last was not "
    "saved: after signing in you are led back, to enter it once more."
)
METHODS = ("GET", "POST")
REFUSED = frozenset({302, 403, 404})


def rules_of(app: Flask) -> list[Rule]:
    """Return the rules that a request can match."""
    return sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule)


def sample(rule: Rule, name: str) -> str | int:
    """Return a value that a part of an address can hold."""
    converter = rule._converters[name]
    if isinstance(converter, AnyConverter):
        return sorted(converter.items)[0]
    return SAMPLES.get(name, "a" * 32)


def ask(app: Flask, client: FlaskClient, rule: Rule, method: str) -> int:
    """Return the status that an actor gets at a sample address of a rule."""
    values = {name: sample(rule, name) for name in rule.arguments}
    with app.test_request_context():
        built = rule.build(values)
    assert built is not None, rule
    return client.open(built[1], method=method).status_code


def expects_refusal(policy: Policy, who: str, roles: frozenset[Role]) -> bool:
    """Return whether a policy shuts an actor out; half signed in, `who` is what is still asked."""
    if policy.audience is Audience.PUBLIC:
        return False
    if policy.audience is Audience.CITIZEN:
        return who != "citizen" and not (who == "staff" and policy.at_counter & roles)
    if policy.pending:
        return who != policy.pending
    return who != "staff" or not (policy.roles & roles)


def test_every_rule_method_and_actor_gets_what_the_policy_says(app: Flask) -> None:
    actors = {
        ("nobody", frozenset[Role]()): app.test_client(),
        ("citizen", frozenset[Role]()): people.citizen_visitor(app).client,
        ("totp", frozenset[Role]()): people.staff_visitor(app, *Role, pending="totp").client,
    }
    for role in Role:
        actors["staff", frozenset({role})] = people.staff_visitor(app, role).client

    cells, wrong = 0, []
    for rule in rules_of(app):
        policy = access.policy_of(app, rule.endpoint)
        for method in METHODS:
            if method not in (rule.methods or ()):
                continue
            for (who, roles), client in actors.items():
                cells += 1
                if not expects_refusal(policy, who, roles):
                    continue
                status = ask(app, client, rule, method)
                # A POST without a token is refused by CSRF before or after: 400 tells nothing.
                if status not in REFUSED | {400}:
                    wrong.append(f"{method} {rule.rule} as {who} {sorted(roles)}: {status}")

    print(f"cells of the access matrix: {cells}")
    assert cells > 100
    assert wrong == []


@pytest.mark.proves("S12")
def test_a_view_without_policy_stops_the_start(app: Flask) -> None:
    bare = Flask("bare")
    bare.add_url_rule("/planted", "planted", lambda: "open to all")

    with pytest.raises(MissingPolicy, match="planted"):
        access.check_policies(bare)


def test_a_planted_unguarded_page_would_be_found() -> None:
    guarded = Policy(audience=Audience.STAFF, roles=frozenset({Role.ADMIN}))

    assert expects_refusal(guarded, "citizen", frozenset())
    assert expects_refusal(guarded, "staff", frozenset({Role.OFFICER}))
    assert not expects_refusal(guarded, "staff", frozenset({Role.ADMIN}))


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "https:evil.example",
        "http://good.example@evil.example/",
        "///evil.example",
        "\\/evil",
        "/%0d\n/evil",
        "\x01//evil.example",
        "%01//evil.example",
        "/ok/../..//evil.example",
        "/en/../..//evil.example",
        "/en//evil.example",
        "/account/sign-in?next=" * 200,
        "/en/account/sign-in?next=" * 200,
        "/en/no/such/page",
        "/en/account/sign-out",
        "http://[",
        "",
        None,
        " /x",
    ],
)
@pytest.mark.proves(
    "S20",
    "redirect-002",
    "redirect-004",
    "redirect-006",
    "redirect-008",
    "redirect-010",
    "redirect-012",
    "redirect-014",
    "redirect-016",
)
def test_next_never_leads_elsewhere(app: Flask, target: str | None) -> None:
    with app.test_request_context():
        assert access.safe_next(target, default="/home") == "/home"


@pytest.mark.parametrize("target", ["/ar/requests?tab=1", "/ru/", "/", "/en/desk/queue?tab=new#x"])
def test_next_leads_to_a_place_of_ours(app: Flask, target: str) -> None:
    with app.test_request_context():
        assert access.safe_next(target, default="/home") == target


@settings(max_examples=500, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=6).map("".join))
@pytest.mark.proves("S20")
def test_whatever_stands_in_next_the_browser_stays_here(app: Flask, target: str) -> None:
    with app.test_request_context():
        led_to = access.safe_next(target, default="/home")

    # What begins so, and holds no sign that browsers drop or turn, is a path to all of them.
    assert re.fullmatch(r"/(?![/\\])[^\\\x00-\x20\x7f]*", led_to)
    joined = urlsplit(urljoin("http://localhost/en/account/sign-in", led_to))
    assert (joined.scheme, joined.netloc) == ("http", "localhost")


Refuse = Callable[[FlaskClient], int]


def test_a_request_from_another_site_is_refused_even_with_a_token(client: FlaskClient) -> None:
    answer = client.post(
        "/ar/account/sign-in", headers={"Origin": "https://evil.example"}, data={"address": "x"}
    )

    assert answer.status_code in (400, 403)
    cross = client.post("/ar/account/sign-in", headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403


@pytest.mark.parametrize("origin", ["http://[", "http://[::1", "https://]"])
def test_an_origin_that_is_no_address_is_refused(client: FlaskClient, origin: str) -> None:
    answer = client.post("/ar/account/sign-in", headers={"Origin": origin})

    assert answer.status_code == 403


def staff_of_two_posts(app: Flask, here: Role, elsewhere: Role) -> Visitor:
    """Return somebody with a role at the post of this site and another at a second post.

    The second role is written first: the order of rows decides nothing.
    """
    with app.test_request_context(), transaction():
        site, other = people.post(), people.post("kazan", "JK")
        member = people.staff([elsewhere], at=other)
        db.session.add(StaffRole(staff_id=member.id, post_id=site.id, role=here))
        token = sessions.begin(staff=member)
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


def test_a_role_at_one_post_gives_no_right_at_another(app: Flask) -> None:
    visitor = staff_of_two_posts(app, Role.RECEPTIONIST, Role.ADMIN)

    assert visitor.open("/en/desk/arrivals").status == 200
    assert visitor.open("/en/admin/services").status == 404
    assert visitor.open("/en/desk/queue").status == 404


def test_who_works_at_two_posts_acts_at_the_first(app: Flask) -> None:
    visitor = staff_of_two_posts(app, Role.ADMIN, Role.RECEPTIONIST)

    assert visitor.open("/en/admin/services").status == 200
    assert visitor.open("/en/desk/arrivals").status == 404


def test_an_admin_of_another_post_changes_nothing_of_this_one(app: Flask) -> None:
    with app.test_request_context(), transaction():
        people.post()
        admin = people.staff([Role.ADMIN], at=people.post("kazan", "JK"))
        token = sessions.begin(staff=admin)
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    visitor = Visitor(client)

    assert visitor.open("/en/admin/services").status == 404
    page = visitor.open("/en/desk")
    assert page.status == 200
    assert "/en/admin/services" not in [link.get("href") for link in page.root.iter("a")]


@pytest.mark.parametrize(
    ("sent_to", "page"),
    [
        ("/ru/requests/JM-2345-6789-A/page/stay", "/ru/requests/JM-2345-6789-A/page/stay"),
        (
            "/ru/requests/JM-2345-6789-A/papers/photo/remove",
            "/ru/requests/JM-2345-6789-A/papers/photo",
        ),
        ("/ru/account/language", "/ru/account"),
        # By GET it leads on to the case.
        ("/ru/desk/cases/JM-2345-6789-A/review", "/ru/desk/cases/JM-2345-6789-A/review"),
        ("/ru/desk/next", "/ru/desk"),
    ],
)
def test_a_form_sent_too_late_leads_by_the_door_back_to_its_page(
    app: Flask, sent_to: str, page: str
) -> None:
    answer = app.test_client().post(sent_to)

    query = parse_qs(urlsplit(answer.location).query)
    assert answer.status_code == 302
    assert query["next"] == [page]


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_a_reader_is_told_that_what_was_sent_too_late_is_to_be_entered_again(
    app: Flask, language: str
) -> None:
    citizen = people.citizen_visitor(app)
    citizen.open(f"/{language}/account/people/new")
    citizen.client.delete_cookie("jaliya-id")

    page = citizen.submit({"first_ar": "ليان"})

    with app.app_context(), i18n.speaking(language):
        assert gettext(TOO_LATE) in page.text
    assert page.url == f"/{language}/account/sign-in?next=/{language}/account/people/new"
