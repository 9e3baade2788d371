"""The sign-ins of the demonstration, printed by `make run` and made by its seed alone."""

from dataclasses import dataclass

PASSWORD = "jaliya-demo-2026"  # noqa: S105  (refused by every start but the demonstration's)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSignIn:
    """One member of staff of the example post."""

    email: str
    name: str
    role: str
    totp_secret: str
    password: str = PASSWORD


STAFF = (
    StaffSignIn(
        email="admin@jaliya.example",
        name="Nadia Example",
        role="admin",
        totp_secret="KVKFKRCPNZQUYMLXOVYDSQKJKZDTSRLD",  # noqa: S106
    ),
    StaffSignIn(
        email="officer@jaliya.example",
        name="Samer Example",
        role="officer",
        totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",  # noqa: S106
    ),
    StaffSignIn(
        email="officer2@jaliya.example",
        name="Rima Example",
        role="officer",
        totp_secret="MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U",  # noqa: S106
    ),
    StaffSignIn(
        email="reception@jaliya.example",
        name="Hala Example",
        role="reception",
        totp_secret="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",  # noqa: S106
    ),
)

CITIZEN = "citizen@jaliya.example"
"""A citizen with a few requests; the code to sign in arrives in the outbox."""
