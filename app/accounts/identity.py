"""Who a person is, where two accounts say that they act for the same one.

A national number is no secret: whoever knows it can enter it. So the fingerprint alone decides only
that nobody gets two seats; whose it is decides a member of staff who saw the paper.
"""

from app.accounts import queries, services
from app.accounts.models import Person
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor


def verify(person_id: int, *, actor: Actor) -> None:
    """Note that staff saw who a person is; for the service of a case, which asks who may."""
    person = services.lock_person(person_id)
    person.verified_at = person.verified_at or clock.now()
    if person.disowned_at is not None:
        person.disowned_at = None
        person.fingerprint = queries.fingerprint_of(person)
    _record("person.verified", person, actor)


def disown(person_id: int, *, actor: Actor) -> str:
    """Take from a person the number that is somebody else's, and return the new fingerprint.

    It stays as typed, and is nobody's: what stands under it counts for no other account.
    """
    person = services.lock_person(person_id)
    person.disowned_at, person.verified_at = person.disowned_at or clock.now(), None
    person.fingerprint = queries.fingerprint_of(person)
    _record("person.disowned", person, actor)
    return person.fingerprint


def _record(action: str, person: Person, actor: Actor) -> None:
    audit.record(
        action,
        actor=actor,
        object_kind="person",
        object_uid=person.uid,
        post_id=actor.post_id,
    )
