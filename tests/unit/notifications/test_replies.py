"""What a reply of a mail server says about a message."""

import pytest

from app.notifications.channels import email
from app.notifications.rules import Result


@pytest.mark.parametrize(
    ("code", "result"),
    [
        (250, Result.ACCEPTED),
        (251, Result.ACCEPTED),
        (299, Result.ACCEPTED),
        (421, Result.BUSY),
        (450, Result.DEFERRED),
        (451, Result.DEFERRED),
        (452, Result.BUSY),
        (499, Result.DEFERRED),
        (500, Result.REFUSED),
        (535, Result.REFUSED),
        (550, Result.REFUSED),
        (554, Result.REFUSED),
    ],
)
def test_a_reply_of_the_mail_server_is_an_outcome(code: int, result: Result) -> None:
    assert email.result_of_reply(code) is result
