"""The web server of production: threads, a bounded wait, and room for a proxy in front."""

import os

bind = os.environ.get("BIND_WEB", "0.0.0.0:8000")
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 60
graceful_timeout = 25
keepalive = 75
max_requests = 5000
max_requests_jitter = 500
control_socket_disable = True
