"""What sign-in has others told: codes by mail, and word of a sign-in on another device."""

from app.accounts import signals
from app.notifications import services


def connect() -> None:
    """Listen to what sign-in says; the messages are rows of its own transaction."""
    signals.code_issued.connect(_send_code)
    signals.signed_in_elsewhere.connect(_warn)


def _send_code(_sender: object, *, code: str, address: str, language: str, uid: str) -> None:
    services.tell_address(
        "sign_in_code",
        address=address,
        language=language,
        dedupe=f"sign_in_code/{uid}",
        payload={"code": code},
    )


def _warn(_sender: object, *, account_id: int, uid: str) -> None:
    services.tell(
        "sign_in_new_device",
        account_id=account_id,
        dedupe=f"sign_in_new_device/{uid}",
        payload={},
    )
