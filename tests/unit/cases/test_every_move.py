"""Every state, every action, every role: what happens, and that nothing else does.

The tables are written out and not derived from the rules, so that a change of these is seen here.
"""

from itertools import product

import pytest

from app.cases import competence, rules
from app.cases.rules import Action, Standing, State, StepKind
from app.core.actor import SYSTEM, Actor, ActorKind, Role

PATH = (
    StepKind.REVIEW,
    StepKind.SECOND_REVIEW,
    StepKind.PAYMENT,
    StepKind.APPOINTMENT,
    StepKind.CONSIGNMENT,
    StepKind.PRODUCTION,
    StepKind.HAND_OVER,
)
_WAY = [
    *("submitted", "taken", "accepted", "taken", "accepted", "paid", "visit_completed"),
    *("consigned", "returned", "produced", "handed_over"),
]
_ASKED = ["submitted", "taken", "item_decided", "correction_asked"]
HISTORIES = {
    "draft": [],
    "submitted": _WAY[:1],
    "in_review": _WAY[:2],
    "action_needed": _ASKED,
    "second submitted": _WAY[:3],
    "second in_review": _WAY[:4],
    "at payment": _WAY[:5],
    "at appointment": _WAY[:6],
    "at consignment": _WAY[:7],
    "away": _WAY[:8],
    "at production": _WAY[:9],
    "ready": _WAY[:10],
    "completed": _WAY,
    "refused": [*_WAY[:4], "refused"],
    "withdrawn": ["submitted", "withdrawn"],
    "lapsed": [*_ASKED, "lapsed"],
}
"""How a case comes to stand everywhere where it can."""

MOVES = {
    "draft": """
        submitted/review: submitted
    """,
    "submitted": """
        in_review/review: taken
        stays: identity_corrected answers_corrected claimed transferred paid payment_voided
        withdrawn/-: withdrawn
    """,
    "in_review": """
        stays: taken item_decided waiver_granted waiver_revoked identity_corrected answers_corrected
            claimed paid payment_voided
        submitted/review: released transferred
        action_needed/review: correction_asked
        submitted/second_review: accepted refusal_proposed
        withdrawn/-: withdrawn
    """,
    "action_needed": """
        stays: taken released identity_corrected correction_extended claimed transferred
            paid payment_voided
        in_review/review: correction_revoked resubmitted
        withdrawn/-: withdrawn
        lapsed/-: lapsed
    """,
    "second submitted": """
        in_review/second_review: taken
        stays: identity_corrected answers_corrected claimed transferred paid payment_voided
        withdrawn/-: withdrawn
    """,
    "second in_review": """
        stays: taken item_decided waiver_granted waiver_revoked identity_corrected answers_corrected
            claimed paid payment_voided
        submitted/second_review: released transferred
        action_needed/second_review: correction_asked
        in_progress/payment: accepted
        refused/-: refused
        in_review/review: given_back
        withdrawn/-: withdrawn
    """,
    "at payment": """
        stays: taken released waiver_granted waiver_revoked identity_corrected answers_corrected
            claimed transferred payment_voided
        refused/-: refused
        withdrawn/-: withdrawn
        in_progress/appointment: paid
    """,
    "at appointment": """
        stays: taken released waiver_granted waiver_revoked identity_corrected answers_corrected
            booked moved booking_cancelled checked_in arrival_undone claimed transferred paid
        refused/-: refused
        in_progress/consignment: visit_completed
        withdrawn/-: withdrawn
        in_progress/payment: payment_voided
    """,
    "at consignment": """
        stays: taken released item_decided waiver_granted waiver_revoked identity_corrected
            answers_corrected claimed transferred paid payment_voided
        action_needed/consignment: correction_asked
        refused/-: refused
        in_progress/consignment: consigned
        withdrawn/-: withdrawn
    """,
    "away": """
        stays: taken released waiver_granted waiver_revoked identity_corrected answers_corrected
            not_returned claimed paid payment_voided
        refused/-: refused
        in_progress/production: returned
        in_progress/consignment: sent_back
        withdrawn/-: withdrawn
    """,
    "at production": """
        stays: taken released waiver_granted waiver_revoked identity_corrected answers_corrected
            claimed transferred paid payment_voided
        refused/-: refused
        ready/hand_over: produced
        withdrawn/-: withdrawn
    """,
    "ready": """
        stays: taken released identity_corrected answers_corrected claimed paid payment_voided
        completed/-: handed_over
    """,
    "completed": """
        stays: claimed
        submitted/review: reopened
    """,
    "refused": """
        stays: claimed appealed appeal_dismissed
        submitted/review: reopened
    """,
    "withdrawn": """
        stays: claimed
        submitted/review: reopened
    """,
    "lapsed": """
        action_needed/review: revived
        stays: claimed
    """,
}
"""Where each action leads from there: state and step, or that nothing moves."""

CITIZEN, SYSTEM_ITSELF = "citizen", "system"
MAY = {
    CITIZEN: """
        started submitted resubmitted withdrawn revived claimed appealed booked moved
        booking_cancelled
    """,
    SYSTEM_ITSELF: "lapsed moved booking_cancelled checked_in released paid",
    Role.RECEPTIONIST: """
        started submitted resubmitted withdrawn booked moved booking_cancelled checked_in
        arrival_undone handed_over
    """,
    Role.CASHIER: "paid payment_voided",
    Role.OFFICER: """
        started submitted resubmitted withdrawn booked moved booking_cancelled checked_in
        arrival_undone handed_over taken released item_decided waiver_granted waiver_revoked
        correction_asked identity_corrected answers_corrected correction_revoked correction_extended
        revived reopened accepted refused refusal_proposed given_back visit_completed produced
        consigned returned sent_back not_returned paid
    """,
    Role.SECOND_REVIEWER: "taken released accepted refused given_back",
    Role.ADMIN: "",
    Role.AUDITOR: "",
    Role.MINISTRY: "",
}
MAY[Role.HEAD] = f"{MAY[Role.OFFICER]} transferred appeal_dismissed payment_voided"
"""What each kind of actor may ever do, whatever the state."""


def standing_at(name: str) -> Standing:
    """Return where a case stands after one of the histories."""
    return rules.replay(PATH, (Action.STARTED, *map(Action, HISTORIES[name])))


def moves_from(name: str) -> dict[Action, str]:
    """Return where each action leads that is possible there, as the table has it."""
    leads: dict[Action, str] = {}
    to = ""
    for word in MOVES[name].split():
        if word.endswith(":"):
            to = word.removesuffix(":")
        else:
            leads[Action(word)] = to
    return leads


def actor_of(who: str) -> Actor:
    if who == SYSTEM_ITSELF:
        return SYSTEM
    if who == CITIZEN:
        return Actor(kind=ActorKind.CITIZEN, id=1)
    return Actor(kind=ActorKind.STAFF, id=1, post_id=1, roles=frozenset({Role(who)}))


def test_the_walk_comes_to_every_state_step_and_role() -> None:
    stands = [standing_at(name) for name in HISTORIES]

    assert {one.state for one in stands} == set(State)
    assert {one.current for one in stands} == {None, *StepKind}
    assert set(MAY) == {CITIZEN, SYSTEM_ITSELF, *Role}
    assert MOVES.keys() == HISTORIES.keys()


@pytest.mark.parametrize("name", HISTORIES)
@pytest.mark.proves("S39")
def test_each_action_leads_where_the_table_says_or_is_refused(name: str) -> None:
    standing, leads = standing_at(name), moves_from(name)

    for action in Action:
        if action not in leads:
            with pytest.raises(rules.Impossible):
                rules.after(standing, action)
            continue
        moved = rules.after(standing, action)
        where = f"{moved.state.value}/{moved.current.value if moved.current else '-'}"
        assert leads[action] == ("stays" if moved == standing else where), action


@pytest.mark.parametrize(("name", "who"), list(product(HISTORIES, MAY)))
def test_each_role_is_offered_what_is_possible_and_its_own(name: str, who: str) -> None:
    own = {Action(word) for word in MAY[who].split()}

    offered = competence.offers(standing_at(name), actor_of(who))

    assert offered == moves_from(name).keys() & own


@pytest.mark.parametrize("who", MAY)
@pytest.mark.proves("S39")
def test_each_role_may_do_its_own_and_nothing_else(who: str) -> None:
    own = {Action(word) for word in MAY[who].split()}

    assert {one for one in Action if competence.is_permitted(one, actor_of(who))} == own
