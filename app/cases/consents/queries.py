"""Finding who has to consent to a case."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.cases import applicants, queries
from app.cases.consents.models import Consent
from app.cases.models import Case
from app.catalogue.answers import completeness
from app.catalogue.definition import conditions
from app.core.db import db
from app.core.errors import NotFound


def is_needed(case: Case) -> bool:
    """Return whether the service asks for the consent of the other parent of this applicant."""
    definition = queries.definition(case)
    if definition.consent_when is None:
        return False
    applicant = applicants.of(case)
    relevant = completeness.relevant_answers(definition, queries.answers(case), applicant)
    return conditions.evaluate(definition.consent_when, relevant, applicant)


def find(case_id: int) -> Consent | None:
    """Return the consent that counts for a case, None before anybody was named."""
    return db.session.scalar(
        select(Consent)
        .options(joinedload(Consent.case))
        .where(Consent.case_id == case_id)
        .order_by(Consent.id.desc())
        .limit(1)
    )


def get(uid: str) -> Consent:
    """Return a consent by its public name; raise NotFound."""
    consent = db.session.scalar(
        select(Consent).options(joinedload(Consent.case)).where(Consent.uid == uid)
    )
    if consent is None:
        raise NotFound()
    return consent


def lock(uid: str) -> Consent:
    """Return a consent as it stands now, locked; raise NotFound."""
    consent = db.session.scalar(
        select(Consent)
        .where(Consent.uid == uid)
        .with_for_update(of=Consent)
        .execution_options(populate_existing=True)
    )
    if consent is None:
        raise NotFound()
    return consent
