"""What sign-in has others told: codes, sign-ins on another device, rights asked for and given."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from app.accounts import signals, undoing
from app.accounts.models import Account, ContactKind, Owner, StaffMember
from app.accounts.rights.rules import RightsChange
from app.accounts.rules import SecurityChange
from app.core import clock
from app.core.db import db
from app.notifications import services, writing
from app.notifications.events import CONTACT_LEFT, PASSWORD_LINK, PASSWORD_NONE, SECURITY_CHANGED
from app.notifications.models import Message
from app.notifications.push import services as push
from app.notifications.rules import Channel

TOLD_EVERYWHERE = (
    SecurityChange.RECOVERY_ASKED,
    SecurityChange.RECOVERY_DONE,
    SecurityChange.CHANGE_STOPPED,
)
"""Whoever reads the mailbox of somebody else can begin these, so the mailbox is not enough."""
REPLACED = {
    SecurityChange.ADDRESS_CONFIRMED: "address_replaced",
    SecurityChange.STAFF_ADDRESS_CONFIRMED: "staff_address_replaced",
    SecurityChange.PHONE_CONFIRMED: "phone_replaced",
}
"""What is said at the former address or phone, of which nothing was confirmed."""
STAFF_PATH = "/desk/account/security"


def connect() -> None:
    """Listen to what sign-in says; the messages are rows of its own transaction."""
    signals.code_issued.connect(_send_code)
    signals.contact_code_issued.connect(_send_contact_code)
    signals.signed_in_elsewhere.connect(_warn)
    signals.reset_asked.connect(_send_link)
    signals.security_changed.connect(_tell_of_change)
    signals.contact_left.connect(_send_way_back)
    signals.change_stopped.connect(_forget_browsers)
    signals.rights_asked.connect(_tell_admins)
    signals.rights_changed.connect(_tell_member)


def _send_code(_sender: object, *, code: str, address: str, language: str, uid: str) -> None:
    services.tell_address(
        "sign_in_code",
        address=address,
        language=language,
        dedupe=f"sign_in_code/{uid}",
        payload={"code": code},
        channel=writing.CONTACTS[ContactKind.of(address)],
    )


def _send_contact_code(
    _sender: object, *, code: str, address: str, language: str, uid: str
) -> None:
    services.tell_address(
        "contact_code",
        address=address,
        language=language,
        dedupe=f"contact_code/{uid}",
        payload={"code": code},
        channel=writing.CONTACTS[ContactKind.of(address)],
    )


def _warn(_sender: object, *, account_id: int, uid: str) -> None:
    services.tell(
        "sign_in_new_device",
        account_id=account_id,
        dedupe=f"sign_in_new_device/{uid}",
        payload={},
    )


def _tell_of_change(
    _sender: object, *, owner: Owner, change: SecurityChange, uid: str, also: Collection[str]
) -> None:
    """Tell a citizen by what they chose, and a member of staff who has an address."""
    dedupe, payload = f"{SECURITY_CHANGED}/{uid}", {"change": change.value}
    if not isinstance(owner, Account):
        payload["path"] = STAFF_PATH
    for number, former in enumerate(also):
        services.tell_address(
            SECURITY_CHANGED,
            address=former,
            language=owner.language,
            dedupe=f"{dedupe}/former{number}",
            payload={**payload, "change": REPLACED.get(change, change.value)},
            channel=writing.CONTACTS[ContactKind.of(former)],
        )
    if isinstance(owner, Account):
        services.tell(SECURITY_CHANGED, account_id=owner.id, dedupe=dedupe, payload=payload)
        if change in TOLD_EVERYWHERE:
            _tell_further(dedupe)
        return
    services.tell_staff(SECURITY_CHANGED, owner, dedupe=dedupe, payload=payload)


def _send_way_back(
    _sender: object, *, account: Account, address: str, change: SecurityChange, token: str, uid: str
) -> None:
    """Tell a former address, in no inbox, with the link that takes the change back."""
    services.tell_address(
        CONTACT_LEFT,
        address=address,
        language=account.language,
        dedupe=f"{CONTACT_LEFT}/{uid}",
        payload={
            "change": REPLACED.get(change, change.value),
            "path": f"/account/stop/{token}",
        },
        channel=writing.CONTACTS[ContactKind.of(address)],
    )


def _forget_browsers(_sender: object, *, account: Account, since: datetime) -> None:
    """Forget browsers as passkeys are forgotten: what is younger may be somebody else's."""
    push.forget_young(account, since - undoing.WEEK)


def _tell_admins(_sender: object, *, admins: Sequence[StaffMember], member: str, uid: str) -> None:
    """Tell whoever may agree; who the colleague is stands on the page."""
    for admin in admins:
        services.tell_staff(
            "rights_asked",
            admin,
            dedupe=f"rights_asked/{uid}/{admin.uid}",
            payload={"path": f"/admin/staff/{member}"},
        )


def _tell_member(_sender: object, *, staff: StaffMember, change: RightsChange, uid: str) -> None:
    services.tell_staff(
        "rights_changed",
        staff,
        dedupe=f"rights_changed/{uid}",
        payload={"rights": change.value},
    )


def _tell_further(dedupe: str) -> None:
    """Tell by all other ways what was just told by the first one."""
    begun = select(Message).where(
        Message.dedupe_key.startswith(f"{dedupe}:", autoescape=True),
        Message.channel != Channel.PORTAL,
    )
    message = db.session.scalars(begun).first()
    while message is not None and writing.pass_on(message, clock.now()):
        pass


def _send_link(_sender: object, *, address: str, language: str, token: str, uid: str) -> None:
    """Mail a link, or that there is no password: one message, whoever the address belongs to."""
    event, path = PASSWORD_NONE, "/account/sign-in"
    if token:
        event, path = PASSWORD_LINK, f"/account/password/new/{token}"
    services.tell_address(
        event,
        address=address,
        language=language,
        dedupe=f"password_link/{uid}",
        payload={"path": path},
    )
