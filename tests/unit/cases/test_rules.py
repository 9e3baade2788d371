"""What may happen to a case, as tables."""

import pytest

from app.cases import competence, rules
from app.cases.rules import Action, ItemState, Standing, State, StepKind, StepState
from app.catalogue.definition.elements import Decider
from app.core.actor import SYSTEM, Actor, ActorKind, Role

PATH = (StepKind.REVIEW, StepKind.APPOINTMENT, StepKind.PRODUCTION, StepKind.HAND_OVER)
SENT = (Action.SUBMITTED,)
TAKEN = (*SENT, Action.TAKEN)
ASKED = (*TAKEN, Action.ITEM_DECIDED, Action.CORRECTION_ASKED)
ACCEPTED = (*TAKEN, Action.ACCEPTED)
VISITED = (*ACCEPTED, Action.BOOKED, Action.CHECKED_IN, Action.VISIT_COMPLETED)
BY_POUCH = (StepKind.REVIEW, StepKind.CONSIGNMENT, StepKind.HAND_OVER)
AWAY = (*ACCEPTED, Action.CONSIGNED)
FOUR_EYES = (StepKind.REVIEW, StepKind.SECOND_REVIEW, StepKind.HAND_OVER)
PROPOSED = (*TAKEN, Action.REFUSAL_PROPOSED)
CITIZEN = Actor(kind=ActorKind.CITIZEN, id=1)


def staff(*roles: Role) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=1, post_id=1, roles=frozenset(roles))


@pytest.mark.parametrize(
    ("history", "state", "current"),
    [
        ((), State.DRAFT, None),
        (SENT, State.SUBMITTED, StepKind.REVIEW),
        (TAKEN, State.IN_REVIEW, StepKind.REVIEW),
        ((*TAKEN, Action.TAKEN), State.IN_REVIEW, StepKind.REVIEW),
        ((*TAKEN, Action.RELEASED), State.SUBMITTED, StepKind.REVIEW),
        (ASKED, State.ACTION_NEEDED, StepKind.REVIEW),
        ((*ASKED, Action.TAKEN), State.ACTION_NEEDED, StepKind.REVIEW),
        ((*ASKED, Action.RESUBMITTED), State.IN_REVIEW, StepKind.REVIEW),
        ((*ASKED, Action.CORRECTION_REVOKED), State.IN_REVIEW, StepKind.REVIEW),
        ((*ASKED, Action.CORRECTION_EXTENDED), State.ACTION_NEEDED, StepKind.REVIEW),
        ((*ASKED, Action.LAPSED), State.LAPSED, None),
        ((*ASKED, Action.LAPSED, Action.REVIVED), State.ACTION_NEEDED, StepKind.REVIEW),
        ((*ASKED, Action.WITHDRAWN), State.WITHDRAWN, None),
        (ACCEPTED, State.IN_PROGRESS, StepKind.APPOINTMENT),
        ((*ACCEPTED, Action.BOOKED, Action.MOVED), State.IN_PROGRESS, StepKind.APPOINTMENT),
        ((*ACCEPTED, Action.IDENTITY_CORRECTED), State.IN_PROGRESS, StepKind.APPOINTMENT),
        ((*ACCEPTED, Action.REFUSED), State.REFUSED, None),
        (VISITED, State.IN_PROGRESS, StepKind.PRODUCTION),
        ((*VISITED, Action.PRODUCED), State.READY, StepKind.HAND_OVER),
        ((*VISITED, Action.PRODUCED, Action.HANDED_OVER), State.COMPLETED, None),
    ],
)
def test_a_history_leads_to_one_state_and_step(
    history: tuple[Action, ...], state: State, current: StepKind | None
) -> None:
    standing = rules.replay(PATH, (Action.STARTED, *history))

    assert (standing.state, standing.current) == (state, current)


@pytest.mark.parametrize(
    ("history", "waits"),
    [
        (SENT, False),
        (TAKEN, False),
        (ASKED, True),
        ((*ASKED, Action.TAKEN), True),
        ((*ASKED, Action.RESUBMITTED), False),
        ((*ASKED, Action.CORRECTION_REVOKED), False),
        ((*ASKED, Action.LAPSED), False),
        (ACCEPTED, True),
        ((*ACCEPTED, Action.BOOKED, Action.MOVED, Action.CHECKED_IN), True),
        ((*ACCEPTED, Action.WITHDRAWN), False),
        (VISITED, False),
        ((*VISITED, Action.PRODUCED), False),
    ],
)
def test_the_clock_stands_still_while_the_citizen_is_waited_for(
    history: tuple[Action, ...], *, waits: bool
) -> None:
    assert rules.waits_for_citizen(rules.replay(PATH, history)) is waits


@pytest.mark.parametrize(
    ("history", "action"),
    [
        ((), Action.TAKEN),
        ((), Action.WITHDRAWN),
        ((), Action.IDENTITY_CORRECTED),
        ((), Action.ACCEPTED),
        (SENT, Action.SUBMITTED),
        (SENT, Action.ACCEPTED),
        (SENT, Action.ITEM_DECIDED),
        (SENT, Action.BOOKED),
        (TAKEN, Action.CORRECTION_REVOKED),
        ((*ASKED, Action.RESUBMITTED), Action.CORRECTION_REVOKED),
        (ACCEPTED, Action.CORRECTION_REVOKED),
        (ASKED, Action.ACCEPTED),
        (ASKED, Action.ITEM_DECIDED),
        (ASKED, Action.REFUSED),
        (TAKEN, Action.RESUBMITTED),
        (TAKEN, Action.LAPSED),
        (ACCEPTED, Action.PRODUCED),
        (ACCEPTED, Action.HANDED_OVER),
        (ACCEPTED, Action.CORRECTION_ASKED),
        (VISITED, Action.MOVED),
        ((*VISITED, Action.PRODUCED), Action.WITHDRAWN),
        ((*SENT, Action.WITHDRAWN), Action.WITHDRAWN),
        ((*VISITED, Action.PRODUCED, Action.HANDED_OVER), Action.TAKEN),
    ],
)
def test_what_the_state_does_not_allow_is_refused(
    history: tuple[Action, ...], action: Action
) -> None:
    standing = rules.replay(PATH, history)

    assert not rules.is_possible(standing, action)
    with pytest.raises(rules.Impossible):
        rules.after(standing, action)


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ((StepKind.REVIEW, StepKind.HAND_OVER), State.READY),
        ((StepKind.REVIEW, StepKind.PRODUCTION), State.IN_PROGRESS),
        ((StepKind.REVIEW, StepKind.SECOND_REVIEW), State.SUBMITTED),
        ((StepKind.REVIEW,), State.COMPLETED),
    ],
)
def test_accepting_leads_to_what_the_path_says_next(
    path: tuple[StepKind, ...], state: State
) -> None:
    assert rules.replay(path, ACCEPTED).state is state


def test_a_path_may_begin_with_a_visit() -> None:
    standing = rules.replay((StepKind.APPOINTMENT, StepKind.HAND_OVER), SENT)

    assert (standing.state, standing.current) == (State.IN_PROGRESS, StepKind.APPOINTMENT)


def test_what_was_not_done_is_skipped_when_a_case_is_broken_off() -> None:
    standing = rules.replay(PATH, (*ACCEPTED, Action.WITHDRAWN))

    assert standing.steps == (
        StepState.DONE,
        StepState.SKIPPED,
        StepState.SKIPPED,
        StepState.SKIPPED,
    )


@pytest.mark.parametrize("state", [State.COMPLETED, State.REFUSED, State.WITHDRAWN])
def test_an_ended_case_is_taken_into_an_account_or_opened_again(state: State) -> None:
    ended = Standing(state=state, path=PATH, steps=(StepState.SKIPPED,) * 4)

    ways = {action for action in Action if rules.is_possible(ended, action)}

    appeal = {Action.APPEALED, Action.APPEAL_DISMISSED}
    assert ways - appeal == {Action.CLAIMED, Action.REOPENED}
    assert ways & appeal == (appeal if state is State.REFUSED else set())
    assert rules.after(ended, Action.CLAIMED) == ended


@pytest.mark.parametrize(
    ("history", "state"),
    [
        ((Action.SUBMITTED,), State.SUBMITTED),
        ((Action.SUBMITTED, Action.TAKEN), State.SUBMITTED),
        (ASKED, State.ACTION_NEEDED),
        (ACCEPTED, State.IN_PROGRESS),
    ],
)
def test_a_case_that_is_passed_on_waits_for_the_other_post(
    history: tuple[Action, ...], state: State
) -> None:
    before = rules.replay(PATH, history)

    after = rules.after(before, Action.TRANSFERRED)

    assert (after.state, after.steps) == (state, before.steps)


@pytest.mark.parametrize("state", [State.DRAFT, State.READY, State.REFUSED, State.COMPLETED])
def test_neither_a_draft_nor_what_is_ready_or_over_is_passed_on(state: State) -> None:
    standing = Standing(state=state, path=PATH, steps=(StepState.WAITING,) * 4)

    assert not rules.is_possible(standing, Action.TRANSFERRED)


def test_a_reopened_case_begins_at_its_first_review() -> None:
    refused = rules.replay(PATH, (*ACCEPTED, Action.REFUSED))

    assert rules.after(refused, Action.REOPENED) == rules.replay(PATH, (Action.SUBMITTED,))


@pytest.mark.parametrize(
    ("role", "deciders", "has_decided", "may"),
    [
        (Role.HEAD, (), True, True),
        (Role.OFFICER, (), False, False),
        (Role.OFFICER, (Decider.SECOND_REVIEWER,), False, True),
        (Role.OFFICER, (Decider.SECOND_REVIEWER,), True, False),
        (Role.RECEPTIONIST, (Decider.SECOND_REVIEWER,), False, False),
    ],
)
def test_who_may_open_what_is_decided(
    role: Role, deciders: tuple[Decider, ...], has_decided: bool, may: bool
) -> None:
    assert competence.may_reopen(staff(role), deciders, has_decided=has_decided) is may


def test_a_draft_is_sent_before_it_is_taken_into_an_account() -> None:
    assert not rules.is_possible(rules.begin(PATH), Action.CLAIMED)


def test_a_lapsed_case_has_one_way_back() -> None:
    lapsed = rules.replay(PATH, (*ASKED, Action.LAPSED))

    back = rules.after(lapsed, Action.REVIVED)

    ways = [action for action in Action if rules.is_possible(lapsed, action)]
    assert ways == [Action.REVIVED, Action.CLAIMED]
    assert back == rules.replay(PATH, ASKED)


@pytest.mark.parametrize(
    ("actor", "permitted", "refused"),
    [
        (
            CITIZEN,
            {Action.SUBMITTED, Action.WITHDRAWN, Action.BOOKED},
            {Action.ACCEPTED, Action.CORRECTION_REVOKED},
        ),
        (SYSTEM, {Action.LAPSED, Action.BOOKING_CANCELLED}, {Action.ACCEPTED, Action.SUBMITTED}),
        (
            staff(Role.OFFICER),
            {Action.TAKEN, Action.ACCEPTED, Action.PRODUCED, Action.CORRECTION_REVOKED},
            {Action.LAPSED},
        ),
        (staff(Role.HEAD), {Action.TAKEN, Action.REFUSED}, {Action.LAPSED}),
        (
            staff(Role.RECEPTIONIST),
            {Action.CHECKED_IN, Action.HANDED_OVER},
            {Action.TAKEN, Action.ACCEPTED, Action.CORRECTION_REVOKED, Action.VISIT_COMPLETED},
        ),
        (staff(Role.ADMIN), set(), set(Action)),
        (staff(Role.AUDITOR), set(), set(Action)),
    ],
)
def test_each_kind_of_actor_may_do_its_own(
    actor: Actor, permitted: set[Action], refused: set[Action]
) -> None:
    allowed = {action for action in Action if competence.is_permitted(action, actor)}

    assert permitted <= allowed
    assert not refused & allowed


@pytest.mark.parametrize(
    ("actor", "action", "role"),
    [
        (CITIZEN, Action.WITHDRAWN, None),
        (SYSTEM, Action.LAPSED, None),
        (staff(Role.OFFICER), Action.ACCEPTED, Role.OFFICER),
        (staff(Role.HEAD, Role.OFFICER), Action.ACCEPTED, Role.OFFICER),
        (staff(Role.HEAD, Role.OFFICER), Action.TRANSFERRED, Role.HEAD),
        (staff(Role.HEAD, Role.RECEPTIONIST), Action.HANDED_OVER, Role.RECEPTIONIST),
        (staff(Role.CASHIER, Role.ADMIN), Action.PAID, Role.CASHIER),
    ],
)
def test_staff_act_in_the_least_of_their_roles_that_may(
    actor: Actor, action: Action, role: Role | None
) -> None:
    assert competence.role_for(action, actor) is role


def test_a_citizen_is_offered_to_mend_or_to_withdraw_when_asked() -> None:
    standing = rules.replay(PATH, ASKED)

    assert competence.offers(standing, CITIZEN) == {
        Action.RESUBMITTED,
        Action.WITHDRAWN,
        Action.CLAIMED,
    }


def test_a_citizen_is_offered_to_book_at_the_appointment() -> None:
    standing = rules.replay(PATH, ACCEPTED)

    assert Action.BOOKED in competence.offers(standing, CITIZEN)


@pytest.mark.parametrize(
    ("history", "action", "needed"),
    [
        (TAKEN, Action.ACCEPTED, True),
        (TAKEN, Action.REFUSED, True),
        (ASKED, Action.CORRECTION_REVOKED, True),
        (ACCEPTED, Action.REFUSED, False),
        (VISITED, Action.PRODUCED, False),
        (SENT, Action.TAKEN, False),
    ],
)
def test_only_a_review_belongs_to_who_took_it(
    history: tuple[Action, ...], action: Action, needed: bool
) -> None:
    standing = rules.replay(PATH, history)

    assert competence.needs_holder(standing, action) is needed


@pytest.mark.parametrize(("role", "needed"), [(Role.OFFICER, True), (Role.HEAD, False)])
def test_a_person_is_corrected_by_the_holder_or_the_head(role: Role, *, needed: bool) -> None:
    standing = rules.replay(PATH, VISITED)

    assert Action.IDENTITY_CORRECTED in competence.offers(standing, staff(role))
    assert competence.needs_holder(standing, Action.IDENTITY_CORRECTED)
    assert competence.stands_in(Action.IDENTITY_CORRECTED, staff(role)) is not needed


@pytest.mark.parametrize(
    ("items", "settled", "mended"),
    [
        ([ItemState.ACCEPTED, ItemState.WAIVED], True, True),
        ([ItemState.ACCEPTED, ItemState.RECEIVED], False, True),
        ([ItemState.ACCEPTED, ItemState.REJECTED], False, False),
        ([ItemState.ACCEPTED, ItemState.REPLACED], False, True),
    ],
)
def test_items_decide_whether_a_case_is_accepted_or_sent_again(
    items: list[ItemState], settled: bool, mended: bool
) -> None:
    assert (rules.is_settled(items), rules.is_mended(items)) == (settled, mended)


@pytest.mark.parametrize(
    ("role", "action", "may"),
    [
        (Role.HEAD, Action.CORRECTION_REVOKED, True),
        (Role.HEAD, Action.CORRECTION_EXTENDED, True),
        (Role.OFFICER, Action.CORRECTION_REVOKED, False),
        (Role.HEAD, Action.ACCEPTED, False),
        (Role.HEAD, Action.CORRECTION_ASKED, False),
    ],
)
def test_the_head_stands_in_for_who_asked_and_for_nothing_else(
    role: Role, action: Action, may: bool
) -> None:
    assert competence.stands_in(action, staff(role)) is may


@pytest.mark.parametrize(
    ("deciders", "role", "before", "may"),
    [
        ((), Role.OFFICER, True, True),
        ((), Role.SECOND_REVIEWER, False, False),
        ((Decider.SECOND_REVIEWER,), Role.OFFICER, False, True),
        ((Decider.SECOND_REVIEWER,), Role.OFFICER, True, False),
        ((Decider.SECOND_REVIEWER,), Role.HEAD, True, False),
        ((Decider.SECOND_REVIEWER,), Role.SECOND_REVIEWER, False, True),
        ((Decider.SECOND_REVIEWER,), Role.SECOND_REVIEWER, True, False),
        ((Decider.OFFICER, Decider.HEAD), Role.SECOND_REVIEWER, False, False),
        ((Decider.SECOND_REVIEWER, Decider.HEAD), Role.HEAD, True, True),
        ((Decider.HEAD,), Role.OFFICER, False, False),
        ((Decider.OFFICER,), Role.RECEPTIONIST, False, False),
    ],
)
def test_a_review_is_ended_by_whom_the_service_names(
    deciders: tuple[Decider, ...], role: Role, *, before: bool, may: bool
) -> None:
    review = competence.Review(kind=StepKind.REVIEW, deciders=deciders, decided_before=before)

    assert competence.may_decide(review, staff(role)) is may


@pytest.mark.parametrize(
    ("deciders", "role", "may"),
    [
        ((), Role.SECOND_REVIEWER, True),
        ((), Role.OFFICER, True),
        ((Decider.SECOND_REVIEWER,), Role.SECOND_REVIEWER, True),
        ((Decider.SECOND_REVIEWER,), Role.OFFICER, False),
        ((Decider.SECOND_REVIEWER,), Role.HEAD, False),
        ((Decider.SECOND_REVIEWER, Decider.HEAD), Role.HEAD, True),
        ((Decider.HEAD,), Role.SECOND_REVIEWER, False),
        ((Decider.HEAD,), Role.MINISTRY, False),
    ],
)
def test_a_second_check_is_that_of_second_reviewers_where_the_post_has_any(
    deciders: tuple[Decider, ...], role: Role, *, may: bool
) -> None:
    review = competence.Review(kind=StepKind.SECOND_REVIEW, deciders=deciders, has_reviewers=True)

    assert competence.may_decide(review, staff(role)) is may


def test_second_reviewers_are_given_second_checks_and_no_other_work() -> None:
    assert competence.kinds_for(staff(Role.SECOND_REVIEWER)) == {StepKind.SECOND_REVIEW}
    assert competence.kinds_for(staff(Role.MINISTRY)) == set()


@pytest.mark.parametrize("role", [Role.MINISTRY, Role.AUDITOR, Role.ADMIN])
def test_who_reads_figures_or_records_does_nothing_to_a_case(role: Role) -> None:
    assert not any(competence.is_permitted(action, staff(role)) for action in Action)


@pytest.mark.parametrize(
    ("history", "state", "is_away"),
    [
        (ACCEPTED, State.IN_PROGRESS, False),
        (AWAY, State.IN_PROGRESS, True),
        ((*AWAY, Action.TAKEN), State.IN_PROGRESS, True),
        ((*AWAY, Action.NOT_RETURNED), State.IN_PROGRESS, True),
        ((*AWAY, Action.SENT_BACK), State.IN_PROGRESS, False),
        ((*AWAY, Action.SENT_BACK, Action.CONSIGNED), State.IN_PROGRESS, True),
        ((*AWAY, Action.NOT_RETURNED, Action.RETURNED), State.READY, False),
        ((*AWAY, Action.RETURNED), State.READY, False),
        ((*AWAY, Action.WITHDRAWN), State.WITHDRAWN, False),
        ((*AWAY, Action.REFUSED), State.REFUSED, False),
    ],
)
def test_papers_travel_and_the_clock_stands_still_meanwhile(
    history: tuple[Action, ...], state: State, *, is_away: bool
) -> None:
    standing = rules.replay(BY_POUCH, history)

    assert (standing.state, standing.is_away) == (state, is_away)
    assert rules.stands_still(standing) is is_away


@pytest.mark.parametrize(
    ("history", "action"),
    [
        (TAKEN, Action.CONSIGNED),
        (ACCEPTED, Action.RETURNED),
        (ACCEPTED, Action.SENT_BACK),
        (ACCEPTED, Action.NOT_RETURNED),
        (ACCEPTED, Action.PRODUCED),
        (AWAY, Action.CONSIGNED),
        ((*AWAY, Action.RETURNED), Action.CONSIGNED),
        ((*AWAY, Action.SENT_BACK), Action.RETURNED),
        (AWAY, Action.TRANSFERRED),
    ],
)
def test_papers_leave_once_before_they_come_back(
    history: tuple[Action, ...], action: Action
) -> None:
    assert not rules.is_possible(rules.replay(BY_POUCH, history), action)


@pytest.mark.parametrize(
    ("history", "state", "current"),
    [
        (ACCEPTED, State.SUBMITTED, StepKind.SECOND_REVIEW),
        (PROPOSED, State.SUBMITTED, StepKind.SECOND_REVIEW),
        ((*ACCEPTED, Action.TAKEN), State.IN_REVIEW, StepKind.SECOND_REVIEW),
        ((*ACCEPTED, Action.TAKEN, Action.ACCEPTED), State.READY, StepKind.HAND_OVER),
        ((*ACCEPTED, Action.TAKEN, Action.REFUSED), State.REFUSED, None),
        ((*PROPOSED, Action.TAKEN, Action.REFUSED), State.REFUSED, None),
        ((*ACCEPTED, Action.TAKEN, Action.GIVEN_BACK), State.IN_REVIEW, StepKind.REVIEW),
        ((*PROPOSED, Action.TAKEN, Action.GIVEN_BACK), State.IN_REVIEW, StepKind.REVIEW),
        (
            (*ACCEPTED, Action.TAKEN, Action.CORRECTION_ASKED, Action.RESUBMITTED),
            State.IN_REVIEW,
            StepKind.SECOND_REVIEW,
        ),
    ],
)
def test_two_officers_look_one_after_the_other(
    history: tuple[Action, ...], state: State, current: StepKind | None
) -> None:
    standing = rules.replay(FOUR_EYES, history)

    assert (standing.state, standing.current) == (state, current)


@pytest.mark.parametrize(
    ("path", "history", "action"),
    [
        (FOUR_EYES, TAKEN, Action.REFUSED),
        (FOUR_EYES, SENT, Action.REFUSAL_PROPOSED),
        (FOUR_EYES, TAKEN, Action.GIVEN_BACK),
        (FOUR_EYES, ACCEPTED, Action.GIVEN_BACK),
        (FOUR_EYES, (*ACCEPTED, Action.TAKEN), Action.REFUSAL_PROPOSED),
        (FOUR_EYES, (*ACCEPTED, Action.TAKEN, Action.ACCEPTED), Action.GIVEN_BACK),
        (PATH, TAKEN, Action.REFUSAL_PROPOSED),
        (PATH, ACCEPTED, Action.GIVEN_BACK),
    ],
)
def test_of_two_officers_neither_does_what_is_the_others(
    path: tuple[StepKind, ...], history: tuple[Action, ...], action: Action
) -> None:
    assert not rules.is_possible(rules.replay(path, history), action)


def test_a_refusal_proposed_leads_to_the_second_officer_past_what_lies_between() -> None:
    path = (StepKind.REVIEW, StepKind.PAYMENT, StepKind.SECOND_REVIEW)

    assert rules.replay(path, PROPOSED).current is StepKind.SECOND_REVIEW
    assert rules.replay(path, ACCEPTED).current is StepKind.PAYMENT


BACK = (*AWAY, Action.SENT_BACK)
COMPLETING = (*BACK, Action.ITEM_DECIDED, Action.CORRECTION_ASKED)


@pytest.mark.parametrize(
    ("history", "state"),
    [
        (COMPLETING, State.ACTION_NEEDED),
        ((*COMPLETING, Action.RESUBMITTED), State.IN_PROGRESS),
        ((*COMPLETING, Action.CORRECTION_REVOKED), State.IN_PROGRESS),
        ((*COMPLETING, Action.RESUBMITTED, Action.ITEM_DECIDED), State.IN_PROGRESS),
        ((*COMPLETING, Action.LAPSED, Action.REVIVED), State.ACTION_NEEDED),
        ((*COMPLETING, Action.LAPSED, Action.REVIVED, Action.RESUBMITTED), State.IN_PROGRESS),
        ((*COMPLETING, Action.RESUBMITTED, Action.CONSIGNED, Action.RETURNED), State.READY),
    ],
)
def test_what_the_capital_wants_completed_is_asked_of_the_citizen(
    history: tuple[Action, ...], state: State
) -> None:
    standing = rules.replay(BY_POUCH, history)

    assert standing.state is state
    if state is not State.READY:
        assert standing.current is StepKind.CONSIGNMENT and not standing.is_away


@pytest.mark.parametrize(
    ("path", "history", "action"),
    [
        (BY_POUCH, AWAY, Action.CORRECTION_ASKED),
        (BY_POUCH, AWAY, Action.ITEM_DECIDED),
        (BY_POUCH, COMPLETING, Action.CONSIGNED),
        (BY_POUCH, COMPLETING, Action.SENT_BACK),
        (BY_POUCH, (*COMPLETING, Action.RESUBMITTED), Action.ACCEPTED),
        (PATH, ACCEPTED, Action.ITEM_DECIDED),
        (PATH, VISITED, Action.CORRECTION_ASKED),
    ],
)
def test_nothing_is_asked_of_papers_that_are_away_or_were_not_in_the_capital(
    path: tuple[StepKind, ...], history: tuple[Action, ...], action: Action
) -> None:
    assert not rules.is_possible(rules.replay(path, history), action)
