"""What the worker does for a wish that was granted, piece by piece."""

from app.reporting.retention import leaving
from app.reporting.retention import services as retention
from app.reporting.wishes import queries, services
from app.reporting.wishes.models import ErasureWish
from app.reporting.wishes.rules import Ground, Scope, WishState


def erase_next(uid: str) -> list[str] | None:
    """Erase the next piece of what a wish is about.

    Returns the uids of the files to remove once the transaction has committed, None when nothing
    is left to do.
    """
    wish = queries.lock(uid)
    if wish is None or wish.state is not WishState.GRANTED:
        return None
    if wish.scope is Scope.ACCOUNT:
        return _account(wish)
    return _case(wish)


def _case(wish: ErasureWish) -> list[str] | None:
    (case_id,) = queries.lock_cases(wish)
    if Ground.HELD in queries.grounds([case_id]):
        services.stop(wish)  # A head kept it after it was granted.
        return None
    services.finish(wish)
    return retention.erase(case_id)


def _account(wish: ErasureWish) -> list[str]:
    account_id = wish.account_id or 0
    case_id = leaving.next_case(account_id)
    if case_id is not None:
        return leaving.erase_case(case_id)
    services.finish(wish)
    return leaving.erase_account(account_id)
