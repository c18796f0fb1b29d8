"""Files of a plain form, streamed into the spool as they arrive: never into memory, never under their own names.

Used by the upload page where no script runs. A newcomer's trap: the form's parser takes a body that was cut for a
shorter file, so the form ends with a field that only a whole body carries.
"""

import hashlib
from contextlib import ExitStack
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from evidence.ingest.errors import SpoolFull
from evidence.ingest.services import limit_require
from evidence.ingest.spool import Spool, SpoolFile


class SpooledFile(UploadedFile):
    """A file that lies in the spool, fsynced, under `upload_id`; what came over the line hashed to `sha256`."""

    def __init__(self, *, upload_id: UUID, name: str, size_bytes: int, sha256: str) -> None:
        super().__init__(file=BytesIO(), name=name, size=size_bytes)
        self.upload_id = upload_id
        self.sha256 = sha256


class SpoolUploadHandler(FileUploadHandler):
    """Django's upload handler for the spool. `drop_left` removes what no upload adopted."""

    chunk_size = 1024 * 1024

    def __init__(self) -> None:
        super().__init__()
        self.unadopted: set[UUID] = set()
        self._stack = ExitStack()
        self._file: SpoolFile | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins."""
        super().new_file(*args, **kwargs)
        self._upload_id, self._digest, self._size_bytes = uuid4(), hashlib.sha256(), 0
        self.unadopted.add(self._upload_id)
        self._file = self._stack.enter_context(Spool().opened(self._upload_id, 0))

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Bytes of it. Raises SpoolFull, UploadTooLarge: the form is refused as a whole."""
        assert self._file is not None  # noqa: S101 - the parser begins every file with new_file
        limit_require(self._size_bytes + len(raw_data))
        if self._file.write(raw_data, self._size_bytes) < len(raw_data):
            raise SpoolFull
        self._digest.update(raw_data)
        self._size_bytes += len(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        """It ends: safe from here on."""
        assert self._file is not None  # noqa: S101 - as above
        self._file.flush()
        self._stack.close()
        return SpooledFile(
            upload_id=self._upload_id, name=self.file_name or "", size_bytes=self._size_bytes,
            sha256=self._digest.hexdigest(),
        )  # fmt: skip

    def adopted(self, file: SpooledFile) -> None:
        """An upload row speaks of it now."""
        self.unadopted.discard(file.upload_id)

    def drop_left(self) -> None:
        """Close and remove what nobody adopted."""
        self._stack.close()
        for upload_id in self.unadopted:
            Spool().drop(upload_id)
