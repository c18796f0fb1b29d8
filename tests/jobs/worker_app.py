"""The product's Celery application, with the kinds of job that exist in tests only."""

from config.celery import app

app.conf.imports = (*app.conf.imports, "tests.jobs.handlers")
