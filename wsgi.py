"""The web app, and the Celery app of the workers."""

from app.factory import create_app

app = create_app()
celery = app.extensions["celery"]
