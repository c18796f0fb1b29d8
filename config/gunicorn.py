"""How the web process listens: in threads, because a broken upload then keeps the bytes that came; with no time limit.

Used as `gunicorn --config python:config.gunicorn --bind ... config.wsgi:application`, by `manage.py serve` and wherever
else the web server is started; what differs between places is given on their command lines.
"""

from pathlib import Path

from config.env import BASE_DIR, ENV
from config.memory import malloc_keep

malloc_keep()
chdir = str(BASE_DIR)
worker_class = "gthread"
# One process keeps memory small on one machine; a player and an upload each hold a thread for as long as they run
workers = 2 if ENV.is_production else 1
threads = 32
# Says how long the accepting thread may be silent, never how long a request may take: uploads take hours
timeout = 120
graceful_timeout = 10
keepalive = 15
loglevel = "warning"
control_socket_disable = True
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - memory, for the heartbeat file alone
