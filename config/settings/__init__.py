"""Django settings by topic: each module below holds one concern and reads `config.env` only."""

from config.settings.apps import *  # noqa: F403
from config.settings.jobs import *  # noqa: F403
from config.settings.pages import *  # noqa: F403
from config.settings.records import *  # noqa: F403
from config.settings.security import *  # noqa: F403
from config.settings.sites import *  # noqa: F403
from config.settings.storage import *  # noqa: F403
