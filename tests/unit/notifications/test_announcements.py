"""What may become of an announcement, and what its text may not hold."""

import pytest

from app.notifications.announcements import rules
from app.notifications.announcements.rules import AnnouncementState, Step

STEPS = {
    (AnnouncementState.DRAFT, Step.PROPOSE): AnnouncementState.PROPOSED,
    (AnnouncementState.DRAFT, Step.DROP): AnnouncementState.DROPPED,
    (AnnouncementState.PROPOSED, Step.APPROVE): AnnouncementState.SENDING,
    (AnnouncementState.PROPOSED, Step.SEND_BACK): AnnouncementState.DRAFT,
    (AnnouncementState.PROPOSED, Step.DROP): AnnouncementState.DROPPED,
    (AnnouncementState.SENDING, Step.STOP): AnnouncementState.STOPPED,
    (AnnouncementState.SENT, Step.STOP): AnnouncementState.STOPPED,
}


@pytest.mark.parametrize("state", AnnouncementState)
@pytest.mark.parametrize("step", Step)
def test_a_step_is_possible_where_the_table_says_so(state: AnnouncementState, step: Step) -> None:
    assert rules.after(state, step) is STEPS.get((state, step))


def test_nobody_approves_their_own_text() -> None:
    assert rules.may_approve(author_id=1, staff_id=2)
    assert not rules.may_approve(author_id=1, staff_id=1)
    assert not rules.may_approve(author_id=1, staff_id=None)


@pytest.mark.parametrize("text", ["((name))", "{name}", "{{ name }}", "%(name)s"])
def test_a_text_that_would_be_filled_in_is_found(text: str) -> None:
    assert rules.has_placeholder(f"Dear {text}, come")


@pytest.mark.parametrize("text", ["50% (half)", "(see below)", "{1, 2}", "a) first"])
def test_signs_of_ordinary_writing_are_no_placeholders(text: str) -> None:
    assert not rules.has_placeholder(text)


def test_the_number_of_a_request_is_found() -> None:
    assert rules.names_a_request("طلبك JM-7K4P-92QX-H جاهز")
    assert rules.names_a_request("jm-7k4p-92qx-h")
    assert not rules.names_a_request("Call +7 495 000-00-00 or see B-12")
