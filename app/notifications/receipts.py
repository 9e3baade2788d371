"""What providers say later of messages that they took: each word once, and never backwards.

A receipt may come before the worker has written down what the provider calls the message. It is
kept for a day, and told again as soon as the name is known.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from app.accounts import contacts
from app.core import clock
from app.core.db import add_once, db
from app.notifications import rules, writing
from app.notifications.gateways import Word
from app.notifications.models import Message, MessageReceipt, MessageState
from app.notifications.rules import Said

EARLY_KEPT = timedelta(days=1)
KEPT = timedelta(days=30)
AT_ONCE = 1000


def take(word: Word, *, provider: str) -> None:
    """Keep what a provider says, and let its message become what follows; a repeat is nothing."""
    receipt = MessageReceipt(
        provider=provider,
        event_id=word.event_id,
        reference=word.reference,
        key=word.key,
        said=word.said,
        is_applied=False,
        received_at=clock.now(),
    )
    if add_once(receipt):
        _find_and_apply(receipt)


def apply_early(message: Message) -> None:
    """Apply what was said of a message before its name was known."""
    waiting = db.session.scalars(
        select(MessageReceipt)
        .where(
            MessageReceipt.message_id.is_(None),
            MessageReceipt.provider == message.provider,
            MessageReceipt.reference == message.provider_ref,
        )
        .order_by(MessageReceipt.id)
    ).all()
    for receipt in waiting:
        _apply(receipt, message)


def sweep(now: datetime) -> None:
    """Apply what came in the same moment as the name, forget what is old, note what is missing."""
    early = MessageReceipt.message_id.is_(None)
    newest = select(MessageReceipt).where(early).order_by(MessageReceipt.id.desc())
    for receipt in db.session.scalars(newest.limit(AT_ONCE)).all():
        _find_and_apply(receipt)
    old = delete(MessageReceipt)
    db.session.execute(old.where(early, MessageReceipt.received_at < now - EARLY_KEPT))
    db.session.execute(old.where(MessageReceipt.received_at < now - KEPT))
    db.session.execute(
        update(Message)
        .where(Message.state == MessageState.ACCEPTED, Message.receipt_due_at < now)
        .values(receipt_due_at=None, last_error=rules.NO_RECEIPT)
        .execution_options(synchronize_session=False)
    )


def _find_and_apply(receipt: MessageReceipt) -> None:
    message = _find_message(receipt)
    if message is not None:
        _apply(receipt, message)


def _find_message(receipt: MessageReceipt) -> Message | None:
    found = None
    if receipt.reference:
        named = (Message.provider_ref == receipt.reference, Message.provider == receipt.provider)
        found = db.session.scalar(select(Message).where(*named).with_for_update(of=Message))
    if found is None and receipt.key:
        uid, _, tries = receipt.key.partition("-")
        sent = (Message.uid == uid, Message.provider == receipt.provider)
        found = db.session.scalar(select(Message).where(*sent).with_for_update(of=Message))
        # What was sent before staff had it sent again says nothing of what became of that.
        if found is not None and (tries or "0") != str(found.tries_before):
            return None
    return found


def _apply(receipt: MessageReceipt, message: Message) -> None:
    receipt.message_id = message.id
    if receipt.said is None:
        return
    after = rules.after_receipt(message.state, receipt.said)
    if after is None:
        return
    receipt.is_applied, now = True, clock.now()
    message.state, message.updated_at, message.in_doubt = after, now, False
    message.lease_until = message.receipt_due_at = message.last_error = None
    if after is MessageState.DEAD:
        end_badly(message, now, error=rules.UNDELIVERED, is_gone=receipt.said is Said.GONE)


def end_badly(message: Message, now: datetime, *, error: str, is_gone: bool) -> None:
    """Note why a message did not arrive, mark its address, and tell by the next channel."""
    message.last_error = error
    if is_gone and message.account_id is not None:
        for kind, channel in writing.CONTACTS.items():
            if channel is message.channel:
                contacts.mark_bounced(message.account_id, kind, told_at=message.created_at)
    message.is_passed_on = writing.pass_on(message, now)
