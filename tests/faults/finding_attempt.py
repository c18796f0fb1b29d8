"""One attempt at a job of finding, in a process of its own that dies by SIGKILL at a step: `JOB STEP`."""

import os
import signal
import sys
from uuid import UUID

import django


def main(job_id: str, step: str) -> None:
    django.setup()
    from evidence.jobs.work import Work
    from workers.handlers import finding
    from workers.handlers.attempt import attempt

    def dies(at: str):
        if at == step:
            os.kill(os.getpid(), signal.SIGKILL)

    def dying_after(at: str, call):
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
    finding.looked = dying_after("found", finding.looked)
    finding.stretch_keep = dying_after("kept", finding.stretch_keep)
    attempt(UUID(job_id))
    dies("committed")


if __name__ == "__main__":
    main(*sys.argv[1:])
