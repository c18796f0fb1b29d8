"""Who sees how the store and the record stand. It shows no footage and names nobody, so administrators see it too."""

from evidence.http.errors import Forbidden
from evidence.identity.roles import Role
from evidence.identity.who import Who

WATCHERS = (Role.ADMINISTRATOR, Role.EVIDENCE_MANAGER, Role.AUDITOR)


def status_require(who: Who) -> None:
    """Let through whoever looks after the installation.

    Raises:
        Forbidden: this person does not.
    """
    if not (who.is_person and who.is_active and who.has(*WATCHERS)):
        raise Forbidden(
            "The status of the system is for administrators, evidence managers and auditors. If something does not "
            "work, tell one of them."
        )
