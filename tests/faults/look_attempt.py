"""One attempt at looking at a copy again, in a process that dies by SIGKILL when it comes to a step: `JOB STEP`.

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
    from workers.handlers import look_again
    from workers.handlers.attempt import attempt

    def dying_after(at: str, call):
        @functools.wraps(call)
        def wrapped(*args, **kwargs):
            made = call(*args, **kwargs)
            if at == step:
                sys.stdout.flush()
                os.kill(os.getpid(), signal.SIGKILL)
            return made

        return wrapped

    look_again.media_run = dying_after("looked", look_again.media_run)
    look_again.object_put = dying_after("put", look_again.object_put)
    look_again.look_finish = dying_after("written", look_again.look_finish)
    attempt(UUID(job_id))


if __name__ == "__main__":
    main(*sys.argv[1:])
