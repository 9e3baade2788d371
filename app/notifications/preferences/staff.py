"""For staff: whether they get the digest of late requests in the morning."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts import staff_mail
from app.core.actor import Role
from app.core.db import transaction
from app.notifications.preferences import queries, services
from app.notifications.preferences.forms import StaffWishesForm
from app.web.access import acting, staff

PATH = "/desk/messages/digest"
bp = Blueprint("staff_wishes", __name__)


@bp.route("", methods=["GET", "POST"])
@staff(Role.OFFICER, Role.HEAD)
def show() -> ResponseReturnValue:
    """Show whether the digest comes, and let it be chosen."""
    actor = acting()
    staff_id, is_head = actor.id or 0, actor.has_role(Role.HEAD)
    wanted = queries.digests_chosen([staff_id]).get(staff_id, is_head)
    form = StaffWishesForm(data={"digest": wanted})
    address = staff_mail.address_of(accounts.get_staff(staff_id)) or ""
    if address and form.validate_on_submit():
        with transaction():
            services.choose_digest(staff_id, wanted=bool(form.digest.data))
        flash(_("Saved. This holds from the next morning on."), "success")
        return redirect(url_for(".show"))
    page = render_template("notifications/digest.html", form=form, address=address)
    return page, 422 if form.errors or form.is_submitted() else 200
