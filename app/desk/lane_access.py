"""Who reads what is said about a case: officers always, a second reviewer of what they decide.

A second check looks at what the first one looked at, and what the citizen explained and a colleague
found stands in the messages and notes. So they are read by the second reviewer who has the case in
hand, as long as the check is theirs, and by no other one: of the cases of the post they read the
answers and papers alone. They write in none of them: one person talks to the citizen, and what the
second one has to say goes to the first one with the case. Opinions stay with who asked for them.
"""

from app.cases import changing, competence, looking
from app.cases.models import Case
from app.cases.rules import StepKind
from app.core.actor import Actor
from app.core.errors import NotFound


def may_read(case: Case, actor: Actor) -> bool:
    """Return whether messages and notes of a case are open to somebody who reads the case."""
    if not competence.only_reviews(actor):
        return True
    is_second = changing.standing(case).current is StepKind.SECOND_REVIEW
    return is_second and changing.is_holder(case, actor)


def may_write(actor: Actor) -> bool:
    """Return whether somebody writes in what they read."""
    return not competence.only_reviews(actor)


def check(case: Case, actor: Actor) -> Case:
    """Return a case whose messages and notes may be read; raise NotFound for any other."""
    if not may_read(case, actor):
        raise NotFound()
    return case


def opened(reference: str, actor: Actor) -> Case:
    """Return the same, on record."""
    return check(looking.opened(reference, actor), actor)
