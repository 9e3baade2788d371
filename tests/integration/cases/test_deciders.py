"""Who may end a review, as the service says: nobody else accepts or refuses."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app.cases import queries
from app.cases import services as cases
from app.cases.models import Case
from app.cases.rules import State, StepKind
from app.catalogue.definition.elements import Decider, Definition
from app.core.actor import Actor, Role
from app.core.db import new_uid, transaction
from app.core.errors import NotAllowed
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import officer_at, taken

End = Callable[[Case, Actor], Case]


def decided_by(*deciders: Decider, by_proxy: bool = False) -> Definition:
    """Return the renewal whose review only some may end."""
    service = factory.definition()
    path = [
        replace(step, decided_by=deciders if step.kind is StepKind.REVIEW else ())
        for step in service.path
    ]
    path = [replace(step, by_proxy=by_proxy and step.kind is StepKind.HAND_OVER) for step in path]
    return replace(service, path=tuple(path))


def refused(case: Case, by: Actor) -> Case:
    return cases.refuse(
        case.reference,
        reason_code="not_entitled",
        note="",
        actor=by,
        seen=case.version,
        key=new_uid(),
    )


@pytest.mark.parametrize(
    ("deciders", "role", "may"),
    [
        ((), Role.OFFICER, True),
        ((Decider.OFFICER,), Role.OFFICER, True),
        ((Decider.OFFICER,), Role.HEAD, False),
        ((Decider.HEAD,), Role.OFFICER, False),
        ((Decider.HEAD,), Role.HEAD, True),
        ((Decider.OFFICER, Decider.HEAD), Role.HEAD, True),
        ((Decider.SECOND_REVIEWER,), Role.OFFICER, True),
    ],
)
@pytest.mark.parametrize(
    ("end", "state"),
    [(factory.accept_all, State.IN_PROGRESS), (refused, State.REFUSED)],
    ids=["accept", "refuse"],
)
def test_only_whom_the_service_names_ends_a_review(
    app: Flask, deciders: tuple[Decider, ...], role: Role, end: End, state: State, *, may: bool
) -> None:
    with app.app_context(), transaction():
        factory.publish(decided_by(*deciders))
        by = factory.officer(role=role)
        case = factory.taken(people.account(), by)

        if may:
            assert end(case, by).state is state
        else:
            with pytest.raises(NotAllowed):
                end(case, by)


def test_who_may_not_decide_may_still_check_and_ask(app: Flask) -> None:
    with app.app_context(), transaction():
        factory.publish(decided_by(Decider.HEAD))

        case = factory.asked(people.account(), factory.officer())

        assert case.state is State.ACTION_NEEDED


def test_the_case_page_says_who_decides_and_has_no_button(app: Flask) -> None:
    officer, head = officer_at(app, Role.OFFICER), officer_at(app, Role.HEAD)
    with app.app_context(), transaction():
        factory.publish(decided_by(Decider.HEAD))
    reference = taken(app, officer)

    page = officer.visitor.open(f"/en/desk/cases/{reference}")
    assert "This step is decided by: Head of section." in page.text
    assert "Accept the request" not in page.text and "Refuse the request" not in page.text

    with app.app_context(), transaction():
        seen = queries.get_case(reference, head.actor).version
        cases.take(reference, actor=head.actor, seen=seen, key=new_uid())
    page = head.visitor.open(f"/en/desk/cases/{reference}")
    assert "Accept the request" in page.text
    assert "This step is decided by" not in page.text


@pytest.mark.parametrize(
    ("by_proxy", "words"),
    [(True, "somebody with their authority"), (False, "To the applicant in person")],
)
def test_who_may_collect_is_said_where_it_is_handed_over(
    app: Flask, words: str, *, by_proxy: bool
) -> None:
    officer = officer_at(app, Role.OFFICER)
    with app.app_context(), transaction():
        factory.publish(decided_by(by_proxy=by_proxy))
        case = factory.accepted(people.account(), officer.actor)
        for step in (cases.visit_completed, cases.produced):
            case = step(case.reference, actor=officer.actor, seen=case.version, key=new_uid())
        reference = case.reference

    assert words in officer.visitor.open(f"/en/desk/cases/{reference}").text
    public = officer.visitor.open("/en/services/PASS_RENEW").text
    assert ("Somebody else may collect it" in public) is by_proxy
