"""What sign-in has others tell, in the same transaction; the factory connects who tells it."""

from blinker import Signal

code_issued = Signal()
"""A code was made. Receivers get code, address (or a phone), language and uid (of its row)."""

contact_code_issued = Signal()
"""A code was made that confirms an address or a phone. Receivers get code, address, language and
uid (of the code's row)."""

signed_in_elsewhere = Signal()
"""A known account signed in on a device it had not been seen on. Receivers get account_id and
uid, which is new for each time."""

security_changed = Signal()
"""Something about signing in was changed, or happened to it. Receivers get owner (an account or a
member of staff), change (rules.SecurityChange), uid, which is new for each time, and also:
addresses and phones that were the owner's until now."""

contact_left = Signal()
"""An address or a phone was exchanged or removed. Receivers get account, address (where the link
goes that takes it back), change (rules.SecurityChange), token and uid."""

change_stopped = Signal()
"""A change of address or phone was taken back. Receivers get account, which is locked, and since
(when the first of the changes was made): what came in since is not of its owner."""

shutting = Signal()
"""An account is about to lose its last way in. Receivers get account, and return whether it holds
what has to stay within reach."""

rights_asked = Signal()
"""Rights were asked for a colleague. Receivers get admins (who of the post may agree), member (the
uid of the colleague) and uid (of what was asked)."""

rights_changed = Signal()
"""Somebody changed what a member of staff may do. Receivers get staff, change (RightsChange) and
uid, which is new for each change."""

reset_asked = Signal()
"""A link to set a password was asked for. Receivers get address, language, token (empty where the
address has no password) and uid, which is new for each time."""
