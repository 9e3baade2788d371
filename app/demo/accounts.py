"""The sign-ins of the demonstration, printed by `make run` and made by its seed alone."""

from dataclasses import dataclass

from app.core.actor import Role

PASSWORD = "jaliya-demo-2026"
CITIZENS = ("layan@example.org", "samer@example.org")
"""Citizens with a few requests; the code to sign in arrives in the outbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffSignIn:
    """One member of staff of the example post; the second code is shown in the outbox."""

    login: str
    names: dict[str, str]
    roles: tuple[Role, ...]
    totp_secret: str
    password: str = PASSWORD


STAFF = (
    StaffSignIn(
        login="admin",
        names={"ar": "ندى المثال", "ru": "Нада Аль-Мисаль", "en": "Nada Al-Mithal"},
        roles=(Role.ADMIN,),
        totp_secret="KVKFKRCPNZQUYMLXOVYDSQKJKZDTSRLD",
    ),
    StaffSignIn(
        login="rana",
        names={"ar": "رنا المثال", "ru": "Рана Аль-Мисаль", "en": "Rana Al-Mithal"},
        roles=(Role.OFFICER,),
        totp_secret="JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    ),
    StaffSignIn(
        login="amina",
        names={"ar": "أمينة المثال", "ru": "Амина Аль-Мисаль", "en": "Amina Al-Mithal"},
        roles=(Role.AUDITOR,),
        totp_secret="MJSWC43UEBXWMIDBNRWCA5DIMVZWKIDE",
    ),
    StaffSignIn(
        login="yusuf",
        names={"ar": "يوسف المثال", "ru": "Юсуф Аль-Мисаль", "en": "Yusuf Al-Mithal"},
        roles=(Role.OFFICER, Role.HEAD),
        totp_secret="MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43U",
    ),
    StaffSignIn(
        login="maher",
        names={"ar": "ماهر المثال", "ru": "Махер Аль-Мисаль", "en": "Maher Al-Mithal"},
        roles=(Role.OFFICER,),
        totp_secret="ONSWG4TFOQQGC3TEEBZXK4TFNZSWC3DP",
    ),
    StaffSignIn(
        login="salma",
        names={"ar": "سلمى المثال", "ru": "Сальма Аль-Мисаль", "en": "Salma Al-Mithal"},
        roles=(Role.RECEPTIONIST,),
        totp_secret="GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
    ),
    StaffSignIn(
        login="hassan",
        names={"ar": "حسان المثال", "ru": "Хассан Аль-Мисаль", "en": "Hassan Al-Mithal"},
        roles=(Role.CASHIER,),
        totp_secret="PEHMPSDNLXIOG65UPEHMPSDNLXIOG65U",
    ),
    StaffSignIn(
        login="huda",
        names={"ar": "هدى المثال", "ru": "Худа Аль-Мисаль", "en": "Huda Al-Mithal"},
        roles=(Role.SECOND_REVIEWER,),
        totp_secret="KRUGKIDROVUWG2ZAMJZG653OEBTG66BA",
    ),
    StaffSignIn(
        login="karim",
        names={"ar": "كريم المثال", "ru": "Карим Аль-Мисаль", "en": "Karim Al-Mithal"},
        roles=(Role.MINISTRY,),
        totp_secret="NJ2W24DTEBXXMZLSEB2GQZJANRQXU6JA",
    ),
    StaffSignIn(
        login="basil",
        names={"ar": "باسل المثال", "ru": "Басиль Аль-Мисаль", "en": "Basil Al-Mithal"},
        roles=(Role.ADMIN,),
        totp_secret="MFWGYIDUNBSSA53PEBZGSZ3IORZSA33G",
    ),
)
