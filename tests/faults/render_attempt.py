"""One attempt at one job in a process of its own that dies by SIGKILL when it comes to a step: `JOB STEP`.

The product's own functions run; at the step named the process is gone, as when memory runs out or power fails.
"""

import functools
import os
import signal
import sys
from uuid import UUID

import django


def main(job_id: str, step: str) -> None:
    django.setup()
    from evidence.jobs.work import Work
    from workers.handlers import copying, parts, render
    from workers.handlers.attempt import attempt

    def dies(at: str):
        if at == step:
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    def dying_after(at: str, call):
        @functools.wraps(call)
        def wrapped(*args, **kwargs):
            made = call(*args, **kwargs)
            dies(at)
            return made

        return wrapped

    def progress(self, done, total, stage, *more):
        if done:
            dies(stage)
        return usual(self, done, total, stage, *more)

    usual = Work.progress
    Work.progress = progress
    copying.object_put = dying_after("put", copying.object_put)
    copying.copy_finish = dying_after("registered", copying.copy_finish)
    parts.object_put = dying_after("part put", parts.object_put)
    parts.put_to_obj = dying_after("part told", parts.put_to_obj)
    render.parts_join = dying_after("joined", render.parts_join)
    render.copy_seal = dying_after("committed", render.copy_seal)
    attempt(UUID(job_id))


if __name__ == "__main__":
    main(*sys.argv[1:])
