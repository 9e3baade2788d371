"""The boards and kiosks of a post, for its head: added, opened by their address, given up."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.appointments import presenting as words
from app.appointments.day import asking, queries, services
from app.appointments.day.forms import KINDS, DeviceForm
from app.appointments.day.models import Device
from app.appointments.day.rules import DeviceKind
from app.core.actor import Role
from app.web import idempotency
from app.web.access import acting, staff
from app.web.forms import KeyedForm

PATH = "/desk/hall/devices"
bp = Blueprint("hall_devices", __name__)


@bp.get("")
@staff(Role.HEAD)
def index() -> ResponseReturnValue:
    """Show the devices, and a form for one more."""
    return _page(_form(formdata=False))


def _form(*, formdata: bool = True) -> DeviceForm:
    form = DeviceForm() if formdata else DeviceForm(formdata=None)
    form.offer(queries.list_sites_to_come(acting().post_id or 0))
    return form


def _page(form: DeviceForm) -> str:
    return render_template(
        "day/devices.html",
        form=form,
        devices=queries.list_devices(acting().post_id or 0),
        kinds=KINDS,
    )


@bp.post("")
@staff(Role.HEAD)
def add() -> ResponseReturnValue:
    """Add a device and lead to its address."""
    form = _form()
    if not form.validate():
        return _page(form), 422

    def effect() -> str:
        site = queries.get_site(acting().post_id or 0, form.site.data)
        kind = DeviceKind(form.kind.data)
        device = services.add_device(site, kind, form.name.data, actor=acting())
        return url_for(".show", uid=device.uid)

    return redirect(idempotency.once(form.content_key(), effect))


@bp.get("/<uid>")
@staff(Role.HEAD)
def show(uid: str) -> ResponseReturnValue:
    """Show the address of a device, to be typed or scanned there."""
    device = queries.get_device(acting().post_id or 0, uid)
    address = _address(device)
    return render_template(
        "day/device.html",
        device=device,
        kind=KINDS[device.kind],
        address=address,
        qr=words.qr(address),
        form=KeyedForm(formdata=None),
    )


_PAGES = {
    DeviceKind.BOARD: "hall_public.board",
    DeviceKind.KIOSK: "hall_public.kiosk",
    DeviceKind.CALENDAR: "hall_public.calendar",
}


def _address(device: Device) -> str:
    address, language = queries.address_of(device), device.site.post.languages[0]
    return url_for(_PAGES[device.kind], address=address, lang=language, _external=True)


@bp.post("/<uid>/revoke")
@staff(Role.HEAD)
def revoke(uid: str) -> ResponseReturnValue:
    """Have the address of a device show nothing any more."""

    def act() -> str:
        services.revoke_device(uid, actor=acting())
        return _("The address shows nothing any more.")

    return asking.carry_out(KeyedForm(), act, url_for(".index"))
