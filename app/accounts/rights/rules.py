"""What may become of the rights of a member of staff."""

from enum import StrEnum


class RightsChange(StrEnum):
    """What a member of staff is told of their rights, because a thief among admins would do it."""

    GIVEN = "given"
    TAKEN = "taken"
    SHUT_OUT = "shut_out"
    LET_IN = "let_in"
