"""The broker made of folders, with messages that appear whole.

Kombu's own transport creates a message's file under its final name and writes it afterwards. A worker that looks in
between takes an empty message, cannot read it and stops (kombu 5.7.0, `filesystem.Channel._put`; to be dropped with the
first release that renames instead).
"""

from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Puts a message by renaming; takes one as Kombu does."""

    # The stubs of Kombu's two classes contradict each other; this is what both are called with
    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        folder = Path(self.data_folder_out)
        name = f"{round(monotonic() * 1000)}_{uuid4()}.{queue}.msg"
        # A name that begins with a dot is no queue's: nobody takes it
        aside = folder / f".{name}"
        aside.write_text(dumps(payload))
        aside.rename(folder / name)


class Transport(filesystem.Transport):
    """Set as Celery's broker transport where there is no broker address."""

    Channel = Channel
