"""The rows of a new draft: the case under a fresh reference, its steps and items."""

from sqlalchemy.exc import IntegrityError

from app.accounts.models import Account, Person
from app.cases.models import Case, CaseItem, CaseStep
from app.cases.rules import ItemKind, ItemState, StepState
from app.catalogue.definition.document import Definition
from app.catalogue.models import ServiceVersion
from app.core import clock
from app.core import reference as references
from app.core.db import constraint_of, db
from app.core.errors import Conflict

MOST_COLLISIONS = 5


def add(
    version: ServiceVersion,
    definition: Definition,
    person: Person,
    account: Account | None,
    *,
    language: str,
    variant: str,
) -> Case:
    """Add a case with the steps and items of its pinned version, and write it.

    Raises Conflict when no free reference is found.
    """
    case = _insert(version, person, account, language, variant)
    _add_steps(case, definition)
    _add_items(case, definition)
    db.session.flush()
    return case


def _insert(
    version: ServiceVersion, person: Person, account: Account | None, language: str, variant: str
) -> Case:
    now = clock.now()
    for _attempt in range(MOST_COLLISIONS):
        case = Case(
            reference=str(references.make(version.service.post.prefix)),
            post_id=version.service.post_id,
            service=version.service,
            pinned=version,
            account_id=account.id if account else None,
            person=person,
            data_key=person.data_key,
            language=language,
            variant=variant,
            version=1,
            created_at=now,
            updated_at=now,
        )
        try:
            with db.session.begin_nested():
                db.session.add(case)
        except IntegrityError as error:
            if constraint_of(error) != "uq_case_reference":
                raise
            continue
        return case
    raise Conflict()


def _add_steps(case: Case, definition: Definition) -> None:
    for position, step in enumerate(definition.path):
        db.session.add(
            CaseStep(
                case_id=case.id,
                position=position,
                kind=step.kind,
                state=StepState.WAITING,
            )
        )


def _add_items(case: Case, definition: Definition) -> None:
    keys = [(ItemKind.ANSWERS, page.key) for page in definition.pages]
    keys += [(ItemKind.PAPER, paper.key) for paper in definition.all_papers()]
    for position, (kind, name) in enumerate(keys):
        db.session.add(
            CaseItem(
                case_id=case.id, position=position, kind=kind, key=name, state=ItemState.MISSING
            )
        )
