"""By which way the messages of each channel leave; the inbox of the portal needs none."""

from collections.abc import Callable, Sequence

from app.notifications import gateways
from app.notifications.channels import email, push, sms, telegram
from app.notifications.channels.protocol import Way
from app.notifications.models import Channel
from config import Settings

WAYS: dict[Channel, Callable[[Settings], Sequence[Way]]] = {
    Channel.EMAIL: lambda settings: [email.Line(settings.smtp_url)],
    Channel.SMS: lambda settings: [sms.Line(one) for one in gateways.read(settings.sms_gateways)],
    Channel.PUSH: lambda settings: [push.Line(settings)] if settings.vapid_key else [],
    Channel.TELEGRAM: lambda settings: [telegram.Line(settings)] if settings.telegram_token else [],
}
"""What makes the ways of a channel, one for each provider; nothing is connected before it has to
be ready. One more channel is a file beside these, a line here and a word in rules.Channel."""


def names(settings: Settings) -> frozenset[str]:
    """Return what everybody is called who carries messages by the settings."""
    return frozenset(way.provider.name for make in WAYS.values() for way in make(settings))


def can_reach(channel: Channel, settings: Settings) -> bool:
    """Return whether the settings name anybody who carries messages of a channel."""
    return bool(WAYS[channel](settings))
