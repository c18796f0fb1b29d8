"""The web process. Refuses to serve when the custody record is not guarded against change."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from evidence.custody.guard import guard_require  # noqa: E402 - models exist only after setup

guard_require()
