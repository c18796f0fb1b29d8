"""Processes that verify stretches of one record, all of them seeing the database as their parent sees it.

Each has a pipe of its own, so that its death is noticed at once, and so that it ends when its parent dies.
"""

import multiprocessing
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Self

from django.db import connection, transaction

from evidence.custody.errors import VerifierLost
from evidence.custody.hanging import limits_lift
from evidence.custody.stretches import Stretch, stretch_verify

Bounds = tuple[int, int]


class Verifiers:
    """As many processes as it says, forked on entry, gone on exit.

    There must be no open connection to the database on entry, and an open transaction, of isolation level repeatable
    read, whenever `run` is asked for stretches.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("fork")
        for _ in range(self._count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=[theirs, [*self._pipes, ours]], daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.terminate()
            process.join()

    def run(self, bounds: Sequence[Bounds]) -> Iterator[Stretch]:
        """What comes out of each stretch, in their order. Work begins at once.

        Raises:
            VerifierLost: a process died.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_export_snapshot()")
            (view,) = cursor.fetchone()
        for place, pipe in enumerate(self._pipes):
            pipe.send((view, bounds[place :: self._count]))
        return self._received(len(bounds))

    def _received(self, count: int) -> Iterator[Stretch]:
        for place in range(count):
            try:
                part: Stretch = self._pipes[place % self._count].recv()
            except (EOFError, ConnectionError):
                raise VerifierLost(
                    "A process that was verifying a part of the record died; its own message, if it left one, says "
                    "why. Nothing is known of that part: verify again."
                ) from None
            yield part


def _serve(pipe: Connection, not_ours: Sequence[Connection]) -> None:
    """Verify what the parent asks for and send it what comes out."""
    for each in not_ours:
        each.close()  # else a pipe would stay open when our parent is gone
    try:
        view, bounds = pipe.recv()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET TRANSACTION SNAPSHOT %s", [view])
            limits_lift(connection)
            for first, end in bounds:
                pipe.send(stretch_verify(first, end))
        status = 0
    except (EOFError, ConnectionError):
        status = 1  # the parent is gone
    except Exception:  # noqa: BLE001 - whatever it is, the parent has to learn that nothing came out
        traceback.print_exc()
        status = 1
    connection.close()
    sys.stderr.flush()
    os._exit(status)  # not the parent's clean-up: what was open at the fork is not ours to end
