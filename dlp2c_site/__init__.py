"""The site: settings, addresses and the Celery application."""

from dlp2c_site.celery import app as celery_app

__all__ = ["celery_app"]
