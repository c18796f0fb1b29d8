"""What can go wrong with a job: refusals that a person sees, and what interrupts an attempt inside a worker.

The second family never reaches a page: the attempt catches it and writes the row. A handler raises `JobFailed` only.
"""

from evidence.http.errors import Conflict, NotFound


class JobMissing(NotFound):
    """There is no such job."""

    def __init__(self) -> None:
        super().__init__("There is no such job, or you may not know of it.")


class JobOver(Conflict):
    """It has ended; there is nothing left to cancel."""

    code = "job-over"
    title = "Already over"

    def __init__(self) -> None:
        super().__init__("This work has already ended, so it cannot be cancelled. Reload the page to see its outcome.")


class JobKept(Conflict):
    """Its kind is never cancelled."""

    code = "job-kept"
    title = "Not to be cancelled"

    def __init__(self) -> None:
        super().__init__(
            "This work takes evidence in or makes it visible, so it cannot be cancelled. It goes on by itself; if it "
            "fails, it can be tried again."
        )


class JobNotRetryable(Conflict):
    """It is under way, or it succeeded."""

    code = "job-not-retryable"
    title = "Nothing to try again"

    def __init__(self) -> None:
        super().__init__("Only work that failed or was cancelled can be tried again. Reload the page to see it.")


class JobIsPart(Conflict):
    """It is one part of a bigger job."""

    code = "job-is-part"
    title = "Part of a bigger job"

    def __init__(self) -> None:
        super().__init__("This is one part of a bigger piece of work. Cancel or try again the whole.")


class JobFailed(Exception):
    """A handler says what went wrong. `code` for programs, `message` for people; final: trying again would not help.

    `is_environment`: not the job's fault but that of what it needs (the vault, a disk, the sandbox). It counts as no
    attempt, and the message says what has to come back.
    """

    def __init__(self, code: str, message: str, *, is_final: bool = False, is_environment: bool = False) -> None:
        super().__init__(message)
        self.code, self.message, self.is_final = code, message, is_final
        self.is_environment = is_environment


class JobInterrupted(Exception):
    """Base of what ends an attempt early without its fault. Output made so far is to be dropped."""


class JobLost(JobInterrupted):
    """Somebody else owns the job now, or it is over: whatever this attempt made must not appear."""


class JobCancelled(JobInterrupted):
    """A person asked for it to stop."""


class WorkerStopping(JobInterrupted):
    """This worker was told to end; the job goes back and another takes it."""
