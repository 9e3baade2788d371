"""A NUL in what a form of the desk sends reaches no database: PostgreSQL refuses it."""

from flask import Flask

from app.desk import bulk_views, queue_filters


def test_a_nul_in_a_look_at_the_queue_is_left_out() -> None:
    form = {"tab": "new\0", "service": "pass", "flag": ["late", "\0"]}

    with Flask(__name__).test_request_context(method="POST", data=form):
        assert queue_filters.sent_look() == {"service": ["pass"]}


def test_a_reference_with_a_nul_is_none() -> None:
    form = {"case": ["JM-1", "JM\0", "JM-1"]}

    with Flask(__name__).test_request_context(method="POST", data=form):
        assert bulk_views._sent() == ["JM-1"]
