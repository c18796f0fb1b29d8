"""How this installation is put together: settings, sites, WSGI and Celery. Holds no business rule."""
