"""Mails in which a mail server says, after it took a mail, what became of it (RFC 3464).

Anybody can write such a mail. So each of ours goes out with a return address of its own, which
names the message and is signed: only who got the mail, or carried it, knows that address.
"""

import hashlib
import hmac
import re
from email import message_from_bytes, policy
from email.message import Message as Part
from email.utils import getaddresses

from app.core.crypto import keyed_hash
from app.notifications.gateways import Forged, Word
from app.notifications.rules import Said

LARGEST = 2**20
"""Bytes; servers send back the headers, or the whole mail."""
PROVIDER = "smtp"
SIGNS = 16
_SIGNED = re.compile(rf"\+([0-9a-f]{{32}})-([0-9]{{1,4}})-([0-9a-z]{{{SIGNS}}})@")
_ADDRESSED = ("To", "Delivered-To", "X-Original-To", "Envelope-To")
_NOBODY = re.compile(r"5\.(1\.(1|2|3|6|10)|2\.1)$")
"""There is no such mailbox or domain, it moved, takes no mail at all, or is shut (RFC 3463)."""
_STATUS = re.compile(rb"\s*([245]\.[0-9]{1,3}\.[0-9]{1,3})(?![0-9.])")


def return_address(box: str, uid: str, tries: int) -> str:
    """Return where mail servers send word of a message, within the 64 signs of RFC 5321."""
    name, _at, domain = box.rpartition("@")
    return f"{name}+{uid}-{tries}-{_sign(uid, str(tries))}@{domain}"


def read(raw: bytes, to: str = "") -> Word | None:
    """Return what a mail says of one of ours, None for one that is no report; raise Forged.

    `to` is the address that the mail server says it came to, where it does.
    """
    mail = message_from_bytes(raw[:LARGEST], policy=policy.compat32)
    key = _key_of(to) or next(filter(None, map(_key_of, _addresses(mail))), "")
    if not key:
        raise Forged
    report = _report(mail)
    if report is None:
        return None
    name = "|".join([key, *report])
    return Word(
        event_id=hashlib.sha256(name.encode()).hexdigest(),
        reference="",
        key=key,
        said=_said(*report),
    )


def _addresses(mail: Part) -> list[str]:
    headers = [str(one) for name in _ADDRESSED for one in mail.get_all(name, ())]
    return [address for _name, address in getaddresses(headers)]


def _key_of(address: str) -> str:
    """Return the key of the message that a return address names, empty for one that we did not
    make; mail servers may write it in capitals."""
    found = _SIGNED.search(address.casefold())
    if found is None or not hmac.compare_digest(_sign(found[1], found[2]), found[3]):
        return ""
    return f"{found[1]}-{found[2]}"


def _report(mail: Part) -> tuple[str, str] | None:
    """Return action and status of the recipient, None for what is no report of delivery."""
    for part in mail.walk():
        if part.get_content_type() != "message/delivery-status" or not part.is_multipart():
            continue
        for group in part.get_payload():
            if isinstance(group, Part) and "Action" in group:
                action, status = str(group["Action"]), str(group.get("Status", ""))
                return action.strip().casefold()[:20], status.strip()[:20]
    return None


def _said(action: str, status: str) -> Said | None:
    if action == "delivered":
        return Said.DELIVERED
    if action != "failed":
        return None  # It is late, or was passed on to where no reports come from.
    return Said.GONE if _NOBODY.match(status.partition(" ")[0]) else Said.FAILED


def names_nobody(words: bytes) -> bool:
    """Return whether what a server said of a recipient means that nobody is there.

    Without a status of its own (RFC 3463) it does; with one, as of a relay that may not send for
    us, only where that says so.
    """
    status = _STATUS.match(words)
    return status is None or _NOBODY.match(status[1].decode("ascii")) is not None


def _sign(uid: str, tries: str) -> str:
    return keyed_hash("bounce", f"{uid}-{tries}").casefold()[:SIGNS]
