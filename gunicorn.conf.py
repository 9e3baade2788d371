"""The web server of production: threads, a bounded wait, and room for a proxy in front."""

import os
import sys

from app.core import memory, schema
from config import Settings, SettingsError

bind = os.environ.get("BIND_WEB", "0.0.0.0:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 25
keepalive = 75
max_requests = 50_000  # a new process takes two seconds, amid a crowd as well
max_requests_jitter = 5_000
control_socket_disable = True


def on_starting(_server: object) -> None:
    """Start with no database that pages could not be made from; the reason is said at once."""
    try:
        fault = schema.fault_of(Settings.from_environment().database_url)
    except SettingsError as error:
        fault = str(error)
    if fault:
        sys.exit(fault)


def post_worker_init(_worker: object) -> None:
    """Let the app, which has been made, weigh on no request."""
    memory.settle()
