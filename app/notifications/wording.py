"""Events, states and reasons in words for staff."""

from collections.abc import Collection
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.notifications.rules import GONE, UNDER_WAY, Channel, MessageState, Topic

Lazy = Any
"""A lazy string of Flask-Babel, which has no public type."""

EVENTS: dict[str, Lazy] = {
    "sign_in_code": _l("Code to sign in"),
    "contact_code": _l("Code to confirm an address or a phone"),
    "sign_in_new_device": _l("Sign-in from a new device"),
    "security_changed": _l("Change of the ways to sign in"),
    "contact_left": _l("Link that stops a change of address or phone"),
    "password_link": _l("Link to set a password"),
    "password_none": _l("Asked for a password that was never set"),
    "way_added": _l("Messages also come another way now"),
    "case_submitted": _l("Request received"),
    "correction_asked": _l("Correction asked for"),
    "correction_reminder": _l("Reminder of a correction"),
    "correction_received": _l("Correction received"),
    "correction_revoked": _l("Correction not needed any more"),
    "correction_extended": _l("More time for a correction"),
    "case_accepted": _l("Request accepted"),
    "case_consigned": _l("Papers sent to the capital"),
    "case_returned": _l("Papers back from the capital"),
    "case_sent_back": _l("Papers back, to be completed"),
    "case_not_returned": _l("Papers not back from the capital"),
    "case_refused": _l("Request refused"),
    "case_ready": _l("Ready for collection"),
    "case_completed": _l("Request completed"),
    "case_withdrawn": _l("Request withdrawn"),
    "case_lapsed": _l("Request lapsed"),
    "erasure_announced": _l("End of the time for which a request is kept"),
    "draft_old": _l("Draft that goes soon"),
    "account_idle": _l("Account that goes soon"),
    "erasure_asked": _l("Application for erasure received"),
    "erasure_withdrawn": _l("Application for erasure withdrawn"),
    "erasure_refused": _l("Application for erasure refused"),
    "erasure_done": _l("Request erased"),
    "account_erased": _l("Account erased"),
    "visitor_erasure": _l("Answer about erasure, to a visitor without an account"),
    "case_revived": _l("Request opened again"),
    "appeal_received": _l("Appeal received"),
    "appeal_dismissed": _l("Appeal decided: the refusal stands"),
    "case_transferred": _l("Request passed on to another post"),
    "document_issued": _l("Document issued"),
    "document_replaced": _l("Document replaced"),
    "document_revoked": _l("Document revoked"),
    "waiver_granted": _l("Fee waiver granted"),
    "waiver_revoked": _l("Fee waiver taken back"),
    "note_mention": _l("Note for a colleague to read"),
    "case_reopened": _l("Decision taken back, request checked anew"),
    "authority_refused": _l("Authority not accepted"),
    "consent_asked": _l("Consent asked for"),
    "consent_reminder": _l("Reminder of a consent"),
    "consent_code": _l("Code for a consent"),
    "consent_signed": _l("Consent given"),
    "consent_declined": _l("Consent declined"),
    "principal_confirm": _l("Question to a principal"),
    "principal_replaced": _l("Another paper of an agent"),
    "principal_filed": _l("Filed in the name of a principal"),
    "principal_decided": _l("Decided in the name of a principal"),
    "principal_received": _l("Handed over in the name of a principal"),
    "thread_message": _l("Message of the post"),
    "thread_question": _l("Question of the post"),
    "payment_due": _l("Fee to be paid"),
    "payment_received": _l("Payment received"),
    "payment_voided": _l("Receipt voided"),
    "slip_refused": _l("Bank slip refused"),
    "booking_confirmed": _l("Appointment confirmed"),
    "booking_moved": _l("Appointment moved"),
    "booking_cancelled": _l("Appointment cancelled"),
    "booking_moved_by_post": _l("Appointment moved by the post"),
    "booking_clocks": _l("Appointment whose place has new clock rules"),
    "clocks_changed": _l("New clock rules, to the head of the post"),
    "rights_asked": _l("Rights asked for a colleague, to other administrators"),
    "rights_changed": _l("Change of rights, to the member of staff"),
    "booking_called_off": _l("Appointment cancelled by the post"),
    "booking_reminder": _l("Reminder of an appointment"),
    "draw_entered": _l("Wish registered for a draw"),
    "draw_offered": _l("Time offered from a draw"),
    "draw_lapsing": _l("Time from a draw about to lapse"),
    "draw_nothing": _l("Nothing drawn"),
    "draw_called_off": _l("Draw called off"),
    "waiting_offered": _l("Time offered from the waiting list"),
    "waiting_lapsing": _l("Offered time about to lapse"),
    "waiting_confirm": _l("Question whether somebody still waits"),
    "waiting_removed": _l("Removed from the waiting list"),
    "visit_missed": _l("Appointment missed"),
    "missed_decided": _l("Objection about a missed appointment decided"),
    "late_digest": _l("Late requests, to the head of section"),
    "announcement": _l("Announcement to a group"),
    "sending_trouble": _l("Trouble with sending, to the head of the post"),
    "record_head": _l("End of the record, to whoever keeps it"),
}

CHANNELS: dict[Channel, Lazy] = {
    Channel.PORTAL: lazy_pgettext("channel", "Inbox"),
    Channel.EMAIL: lazy_pgettext("channel", "E-mail"),
    Channel.SMS: lazy_pgettext("channel", "Short message"),
    Channel.PUSH: lazy_pgettext("channel", "Browser"),
    Channel.TELEGRAM: lazy_pgettext("channel", "Telegram"),
}

TOPICS: dict[Topic, Lazy] = {
    Topic.REMINDERS: _l("Reminders of appointments and of corrections"),
    Topic.ANNOUNCEMENTS: _l("Announcements of the post"),
}

SHIPPED_TEXT = _l("Shipped text")


def own_text(version: int) -> Lazy:
    """Return that a message says a text of the post, and of which version."""
    return _l("Text of the post, version %(number)d", number=version)


STATES: dict[MessageState, tuple[str, Lazy]] = {
    MessageState.PENDING: ("work", lazy_pgettext("message", "To be sent")),
    MessageState.CLAIMED: ("work", lazy_pgettext("message", "To be sent")),
    MessageState.RETRY_WAIT: ("work", lazy_pgettext("message", "To be sent again")),
    MessageState.SENDING: ("work", lazy_pgettext("message", "Being handed over")),
    MessageState.ACCEPTED: ("done", lazy_pgettext("message", "Handed over")),
    MessageState.DELIVERED: ("done", lazy_pgettext("message", "Delivered")),
    MessageState.CANCELLED: ("stopped", lazy_pgettext("message", "Left")),
    MessageState.UNKNOWN: ("waits", lazy_pgettext("message", "Perhaps sent")),
    MessageState.DEAD: ("stopped", lazy_pgettext("message", "Not sent")),
}
"""The kind of the status and its word."""
IN_INBOX = ("done", lazy_pgettext("message", "In the inbox"))
READ = ("done", lazy_pgettext("message", "Read"))
PASSED_ON = ("stopped", lazy_pgettext("message", "Told another way"))

OUTCOMES: dict[str, Lazy] = {
    "accepted": lazy_pgettext("call", "Taken"),
    "refused": lazy_pgettext("call", "Refused"),
    "deferred": lazy_pgettext("call", "Put off"),
    "busy": lazy_pgettext("call", "Asked for patience"),
    "unreached": lazy_pgettext("call", "Not reached"),
    "shut_out": lazy_pgettext("call", "Did not let us in"),
    "failed": lazy_pgettext("call", "Failed"),
    "ambiguous": lazy_pgettext("call", "Perhaps taken"),
    "lost": lazy_pgettext("call", "The worker died meanwhile"),
    "died": lazy_pgettext("call", "The worker died before it"),
    "lost_among": lazy_pgettext("call", "The worker died meanwhile, with others in its hands"),
    "died_among": lazy_pgettext("call", "The worker died before it, with others in its hands"),
    "": lazy_pgettext("call", "Under way"),
}
OTHER_OUTCOME = lazy_pgettext("call", "Did not come about")
"""How a call of a provider ended."""

REASONS: dict[str, Lazy] = {
    "ambiguous": _l("The line or the worker broke while it was being handed over."),
    "refused": _l("The provider refused it, for instance because there is no such address."),
    "deferred": _l("The provider put it off until the time for it had passed."),
    "busy": _l("The provider was busy until the time for it had passed."),
    "unreached": _l("The provider could not be reached until the time for it had passed."),
    "too_late": _l("It was due too late to be worth anything."),
    "no_address": _l("The account has no confirmed address or phone."),
    "shut_out": _l("The provider did not let us in until the time for it had passed."),
    "failed": _l("The provider failed and did not say whether it had taken it."),
    "key_forgotten": _l("It may have gone out, and the provider would not know it again."),
    "no_receipt": _l("No receipt came within three days."),
    "unsubscribed": _l("Its reader did not want it any more."),
    "left": _l("Staff decided not to send it again."),
    "superseded": _l("A newer message made it useless."),
    "stopped": _l("Its announcement was stopped."),
    "erased": _l("The data of its reader was erased."),
    "undelivered": _l("The provider took it, and said later that it did not arrive."),
    "died": _l("The worker died each time it began with it."),
}
MAYBE_BROUGHT = _l("An earlier try may have brought it.")
OTHER_REASON = _l("It could not be written; the operators find the cause in the log.")

FIGURES: tuple[tuple[Lazy, Collection[MessageState]], ...] = (
    (lazy_pgettext("messages", "Waiting"), UNDER_WAY),
    (lazy_pgettext("messages", "Sent"), GONE),
    (lazy_pgettext("messages", "Perhaps sent"), (MessageState.UNKNOWN,)),
    (lazy_pgettext("messages", "Not sent"), (MessageState.DEAD,)),
)
"""What is counted together, and its name."""

TROUBLES: dict[str, Lazy] = {
    "overdue": _l("Messages have been due for more than five minutes and do not go out."),
    "dead": _l("Of the messages of the last hour, more than one in twenty could not be sent."),
    "left_alone": _l("A provider of messages fails and is left alone."),
    "texts": _l(
        "Of the codes by text that a day may have, four in five were sent. When all are, nobody"
        " signs in by phone until tomorrow."
    ),
}
"""What can be wrong with the sending; the keys are figures.rules.Trouble."""

SECURITY_CHANGES: dict[str, Lazy] = {
    "signed_in": _l("Your account was opened on a device that it had not been opened on before."),
    "passkey_added": _l("A passkey was added: whoever holds it can sign in as you."),
    "passkey_removed": _l("A passkey was removed and lets nobody in any more."),
    "passkey_suspected": _l(
        "A passkey of yours may have been copied. It lets nobody in any more: remove it and add it"
        " anew."
    ),
    "password_set": _l("The password of your account was set or changed."),
    "password_removed": _l("The password of your account was removed."),
    "app_added": _l("From now on a code of an authenticator app is asked for at every sign-in."),
    "app_removed": _l("No code of an authenticator app is asked for at signing in any more."),
    "app_begun_twice": _l(
        "Somebody began to set up an app for your account while another browser was doing so. If"
        " that was not you, somebody knows your password: change it."
    ),
    "second_tried": _l(
        "Five times within a quarter of an hour somebody typed a code of your app, who had got past"
        " what is asked before it. If that was not you, change your password, and look who else"
        " reads your messages."
    ),
    "recovery_codes_made": _l("New recovery codes were made; the former ones are worth nothing."),
    "recovery_code_used": _l("A recovery code was used to open your account."),
    "recovery_asked": _l(
        "Somebody asked to have the app left out of signing in to your account; that happens in"
        " seven days. If it was not you, sign in with your app: that stops it."
    ),
    "recovery_stopped": _l(
        "Somebody had asked to have the app left out of signing in to your account. That is"
        " stopped, because your account was opened."
    ),
    "recovery_done": _l(
        "After seven days in which nobody objected, no code of an app is asked for any more."
    ),
    "phone_confirmed": _l(
        "A phone was confirmed: messages and codes to sign in can be sent there."
    ),
    "address_confirmed": _l(
        "An e-mail address was confirmed: messages and codes to sign in are sent there now."
    ),
    "staff_address_confirmed": _l(
        "An e-mail address was confirmed: warnings for staff are sent there now."
    ),
    "address_bounced": _l(
        "Messages to your e-mail address came back: there is no such mailbox, or it takes nothing."
        " Please enter another address."
    ),
    "address_replaced": _l(
        "Another e-mail address took the place of the former one: messages and codes to sign in"
        " are sent there now."
    ),
    "staff_address_replaced": _l(
        "Another e-mail address took the place of the former one: warnings for staff are sent there"
        " now."
    ),
    "phone_replaced": _l(
        "Another phone took the place of the former one: messages and codes to sign in can be sent"
        " there."
    ),
    "change_stopped": _l(
        "Somebody at the former address stopped a change of your account: its address or phone is"
        " again what it was, everybody was signed out, and newer ways to sign in were removed."
    ),
    "address_removed": _l("The e-mail address was removed, and nothing is sent to it any more."),
    "phone_removed": _l("The phone was removed, and no message is sent to it any more."),
    "sign_on_linked": _l("Your account was linked to the sign-on of your ministry."),
    "factor_reset": _l(
        "Two colleagues confirmed that you lost your second factor. You set up another one at the"
        " next sign-in; your passkeys were removed."
    ),
}
"""What happened to an account; the keys are accounts.rules.SecurityChange, and the values of
sign_in.REPLACED, in which whoever was reached before is told."""

RIGHTS_CHANGES: dict[str, Lazy] = {
    "given": _l("You were given a further role at your post. Please sign in anew."),
    "taken": _l("A role at your post was taken from you. Please sign in anew."),
    "shut_out": _l("An administrator shut you out: you were signed out everywhere."),
    "let_in": _l(
        "You may sign in again, with the password of before. Your app and your passkeys are set up"
        " anew."
    ),
}
"""What a member of staff may do from now on; the keys are accounts.rights.rules.RightsChange."""

WITHOUT_RECEIPT: Lazy = lazy_pgettext("messages", "No receipt after three days")
ASKED_IN_VAIN: Lazy = lazy_pgettext("messages", "Codes and links for addresses that took none")

WHYS: dict[str, Lazy] = {
    "hours": _l("The opening hours of the post have changed."),
    "closure": _l("The post is closed on that day."),
    "horizon": _l("The post now gives out appointments for fewer days ahead."),
    "mission": _l("The post does not come to your town on these days."),
    "schedule": _l("The schedule of the post has changed."),
    "post": _l("The post cannot receive you at that time."),
}
"""Why a post had to move or cancel an appointment."""

VISITOR_ERASURE: dict[str, Lazy] = {
    "erasure_asked": _l(
        "Your application for erasure was recorded at the counter. You are answered within 30 days."
    ),
    "erasure_refused": _l(
        "Your data cannot be erased now. You read the reason by the number and the code of your"
        " slip."
    ),
    "erasure_done": _l("Your data was erased as you applied for."),
}
"""How far the application of a visitor is; the keys are the events of those who have accounts."""

SAID: dict[str, dict[str, Lazy]] = {
    "why": WHYS,
    "change": SECURITY_CHANGES,
    "rights": RIGHTS_CHANGES,
    "trouble": TROUBLES,
    "step": VISITOR_ERASURE,
}
"""What a payload may hold a key of, by the name under which the texts say it."""
