"""What an admin chooses for bookings that a change of the schedule hits."""

from wtforms import RadioField
from wtforms.fields import SelectChoice

from app.appointments.resettling import presenting
from app.appointments.resettling.rules import Way
from app.web.forms import KeyedForm


class WayForm(KeyedForm):
    """Keep them, move them, or cancel them."""

    way = RadioField(
        presenting.QUESTION,
        choices=[SelectChoice(way.value, text) for way, text in presenting.WAYS.items()],
        default=Way.KEEP.value,
    )

    def chosen(self) -> Way:
        """Return what was chosen; nothing that is known means to keep them, which harms nobody."""
        return next((way for way in Way if way.value == self.way.data), Way.KEEP)


class SettleForm(KeyedForm):
    """What becomes of all that have no place now."""

    way = RadioField(
        presenting.QUESTION,
        choices=[
            SelectChoice(way.value, text)
            for way, text in presenting.WAYS.items()
            if way is not Way.KEEP
        ],
        default=Way.MOVE.value,
    )
