"""By what right somebody files for another: the table of what carries a request and what not."""

from datetime import date

import pytest

from app.accounts.rules import AuthorityKind
from app.cases.mandates import rules
from app.cases.mandates.rules import Flaw, MandateState, Power

TODAY = date(2026, 11, 26)
YESTERDAY = date(2026, 11, 25)
GIVEN = Power(state=MandateState.RECEIVED)
DOUBTED = Power(state=MandateState.RECEIVED, awaits_principal=True)
CHECKED = Power(state=MandateState.ACCEPTED)
NARROW = Power(state=MandateState.ACCEPTED, services=frozenset({"POA_SPEC"}))
WIDE = Power(state=MandateState.ACCEPTED, services=frozenset({"POA_SPEC", "PASS_RENEW"}))


def power(state: MandateState, until: date | None = None) -> Power:
    return Power(state=state, valid_until=until)


@pytest.mark.parametrize(
    ("kind", "given", "filing", "decision"),
    [
        (AuthorityKind.SELF, None, None, None),
        (AuthorityKind.PARENT, None, None, None),
        (AuthorityKind.GUARDIAN, None, Flaw.MISSING, Flaw.MISSING),
        (AuthorityKind.AGENT, None, Flaw.MISSING, Flaw.MISSING),
        (AuthorityKind.AGENT, GIVEN, None, Flaw.UNCHECKED),
        (AuthorityKind.GUARDIAN, GIVEN, None, Flaw.UNCHECKED),
        (AuthorityKind.AGENT, CHECKED, None, None),
        (AuthorityKind.AGENT, WIDE, None, None),
        (AuthorityKind.AGENT, NARROW, Flaw.OUT_OF_SCOPE, Flaw.OUT_OF_SCOPE),
        (AuthorityKind.AGENT, power(MandateState.ACCEPTED, TODAY), None, None),
        (AuthorityKind.AGENT, power(MandateState.ACCEPTED, YESTERDAY), Flaw.EXPIRED, Flaw.EXPIRED),
        (AuthorityKind.AGENT, power(MandateState.REJECTED), Flaw.REJECTED, Flaw.REJECTED),
        (AuthorityKind.AGENT, power(MandateState.REVOKED), Flaw.REVOKED, Flaw.REVOKED),
        (AuthorityKind.AGENT, DOUBTED, Flaw.UNCONFIRMED, Flaw.UNCONFIRMED),
    ],
)
def test_an_authority_carries_a_request_or_says_why_not(
    kind: AuthorityKind, given: Power | None, filing: Flaw | None, decision: Flaw | None
) -> None:
    assert rules.flaw_at_filing(kind, given, service="PASS_RENEW", on=TODAY) is filing
    assert rules.flaw_at_decision(kind, given, service="PASS_RENEW", on=TODAY) is decision


@pytest.mark.parametrize(
    ("kind", "age", "outgrown"),
    [
        (AuthorityKind.PARENT, 17, False),
        (AuthorityKind.PARENT, 18, True),
        (AuthorityKind.PARENT, None, False),
        (AuthorityKind.AGENT, 40, False),
    ],
)
def test_a_parent_of_a_grown_child_is_looked_at_twice(
    kind: AuthorityKind, age: int | None, outgrown: bool
) -> None:
    assert rules.has_outgrown(kind, age) is outgrown
