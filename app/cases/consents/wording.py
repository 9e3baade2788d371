"""The consent of the other parent, in words."""

from flask_babel import lazy_pgettext

from app.cases.consents.rules import ConsentState
from app.cases.wording import Status

STATES: dict[ConsentState, Status] = {
    ConsentState.NAMED: Status("work", lazy_pgettext("consent", "Asked when the request is sent")),
    ConsentState.ASKED: Status("waits", lazy_pgettext("consent", "Not answered yet")),
    ConsentState.SIGNED: Status("done", lazy_pgettext("consent", "Given")),
    ConsentState.DECLINED: Status("stopped", lazy_pgettext("consent", "Declined")),
    ConsentState.WAIVED: Status("done", lazy_pgettext("consent", "Waived by the post")),
    ConsentState.REPLACED: Status("stopped", lazy_pgettext("consent", "Replaced")),
}
