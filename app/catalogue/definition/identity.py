"""Which questions ask for a number that names somebody, whoever that is: a father, an agent."""

from app.catalogue.definition.elements import Field, FieldKind

OF_IDENTITY = frozenset({FieldKind.NATIONAL_NUMBER, FieldKind.DOCUMENT_NUMBER})


def is_of_identity(field: Field) -> bool:
    """Return whether the answer is an identity number, to be covered until it is asked for.

    Versions of before there was a kind for numbers of passports took them from the person.
    """
    return field.kind in OF_IDENTITY or field.from_person is not None
