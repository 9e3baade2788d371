"""Cases of a service that issues a document, in the stages that matter to it."""

from app.accounts.models import Account
from app.cases import services as cases
from app.cases.models import Case
from app.core.actor import Actor
from app.core.db import new_uid
from tests.factories import cases as factory
from tests.factories import versions
from tests.factories.versions import Document

NAME = {"ar": "إفادة قيد", "ru": "Справка о регистрации", "en": "Registration letter"}
WORDS = {
    "ar": "تفيد البعثة بأن {name} مسجل لديها.",
    "ru": "Представительство подтверждает регистрацию: {name}.",
    "en": "The post confirms the registration of {name}.",
}


def issuing(edited: Document, *, download: bool = True) -> None:
    """Have the renewal issue a letter of its own, after the review, on a path without a visit."""
    edited |= {
        "issues": NAME,
        "issue_template": "decision_1",
        "issue_words": WORDS,
        "issue_download": download,
        "path": [
            {"kind": "review"},
            {"kind": "production"},
            {"kind": "hand_over", "by_proxy": True},
        ],
        "appointment": None,
    }


def publish(*, download: bool = True, words: dict[str, str] | None = None) -> None:
    """Offer the service that issues a letter."""

    def edit(edited: Document) -> None:
        issuing(edited, download=download)
        edited["issue_words"] = words or WORDS

    versions.publish(edit)


def in_production(account: Account, by: Actor) -> Case:
    """Return an accepted case whose document is to be made."""
    return factory.accepted(account, by)


def ready(account: Account, by: Actor) -> Case:
    """Return a case whose document waits to be collected."""
    case = in_production(account, by)
    return cases.produced(case.reference, actor=by, seen=case.version, key=new_uid())
