"""By which way the messages of each channel leave; the inbox of the portal needs none."""

from collections.abc import Callable

from app.notifications.channels import email
from app.notifications.channels.protocol import Way
from app.notifications.models import Channel
from config import Settings

WAYS: dict[Channel, Callable[[Settings], Way]] = {
    Channel.EMAIL: lambda settings: email.Line(settings.smtp_url),
}
"""What opens a way; nothing is connected before it has to be ready."""
