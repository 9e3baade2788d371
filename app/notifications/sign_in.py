"""What sign-in has others told: codes, and word of a sign-in on another device."""

from app.accounts import signals
from app.accounts.models import Account, Owner
from app.accounts.rules import SecurityChange, find_address
from app.notifications import services
from app.notifications.events import PASSWORD_LINK, PASSWORD_NONE, SECURITY_CHANGED
from app.notifications.rules import Channel


def connect() -> None:
    """Listen to what sign-in says; the messages are rows of its own transaction."""
    signals.code_issued.connect(_send_code)
    signals.phone_code_issued.connect(_text_code)
    signals.signed_in_elsewhere.connect(_warn)
    signals.reset_asked.connect(_send_link)
    signals.security_changed.connect(_tell_of_change)


def _send_code(_sender: object, *, code: str, address: str, language: str, uid: str) -> None:
    services.tell_address(
        "sign_in_code",
        address=address,
        language=language,
        dedupe=f"sign_in_code/{uid}",
        payload={"code": code},
    )


def _text_code(_sender: object, *, code: str, phone: str, language: str, uid: str) -> None:
    services.tell_address(
        "contact_code",
        address=phone,
        language=language,
        dedupe=f"contact_code/{uid}",
        payload={"code": code},
        channel=Channel.SMS,
    )


def _warn(_sender: object, *, account_id: int, uid: str) -> None:
    services.tell(
        "sign_in_new_device",
        account_id=account_id,
        dedupe=f"sign_in_new_device/{uid}",
        payload={},
    )


def _tell_of_change(_sender: object, *, owner: Owner, change: SecurityChange, uid: str) -> None:
    """Tell a citizen by what they chose, and a member of staff whose login is a mail address."""
    dedupe, payload = f"{SECURITY_CHANGED}/{uid}", {"change": change.value}
    if isinstance(owner, Account):
        services.tell(SECURITY_CHANGED, account_id=owner.id, dedupe=dedupe, payload=payload)
        return
    address = find_address(owner.login)
    if address is not None:
        services.tell_address(
            SECURITY_CHANGED,
            address=address,
            language=owner.language,
            dedupe=dedupe,
            payload={**payload, "path": "/desk/account/security"},
        )


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
