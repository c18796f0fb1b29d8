"""What a file in quarantine means for the item it belongs to: the one place that knows both vault and items.

The vault holds the bytes back; here the record of the recording, of the disc's case, or of the vault itself learns of
it, in the same transaction, and a flag asks people to look.
"""

from dataclasses import dataclass

from evidence.cases.services import case_subject
from evidence.court.models import Disc
from evidence.custody.parties import Actor, Reason, system
from evidence.custody.services import act
from evidence.custody.verbs import Verb
from evidence.recordings.services.integrity import RULE, file_of_object, file_quarantined, file_released
from evidence.recordings.subjects import subject_of
from evidence.signoff.models import Look
from evidence.vault.checking import Checked, object_check
from evidence.vault.models import CheckResult, StoredObject
from evidence.vault.pace import Pace
from evidence.vault.restoring import version_restored
from evidence.vault.services import object_release
from evidence.vault.subjects import VAULT

CHECKS = system("Vault check")
RELEASE_RULE = "operator:release"


@dataclass(frozen=True, slots=True)
class Owner:
    """The item an object belongs to, in words, and where to look at it."""

    says: str
    path: str = ""


def quarantine_tell(stored: StoredObject, checked: Checked) -> None:
    """Tell the item of an object that was just quarantined; to be called in that transaction."""
    file, disc, look = file_of_object(stored.pk), _disc_of(stored), _look_of(stored)
    data: dict[str, object] = {"object": str(stored.pk), "class": stored.object_class, "found": checked.result.value}
    with act(actor=CHECKS) as deed:
        if file is not None:
            file_quarantined(deed=deed, file=file, found=checked.result.value)
        elif disc is not None:
            subject = case_subject(disc.disc_set.case)
            deed.record(Verb.DISC_QUARANTINED, subject, rule=RULE, data={**data, "disc": str(disc.pk)})
        elif look is not None:
            deed.record(Verb.FILE_QUARANTINED, subject_of(look.copy), rule=RULE, data={**data, "look": str(look.pk)})
        else:
            deed.record(Verb.VAULT_QUARANTINED, VAULT, rule=RULE, data=data)


def quarantine_release(*, stored: StoredObject, actor: Actor, reason: str) -> Checked:
    """Read an object in quarantine again, and release it if it is what was sealed. Returns what the reading found.

    Where the version that was sealed is not, one that was brought back under the same key is taken if its bytes are:
    the release's event then says which version it was and which it is.

    Raises:
        VaultUnavailable: it cannot be told now.
    """
    checked, restored = object_check(stored, Pace(0)), None
    if checked.result != CheckResult.SOUND:
        restored = version_restored(stored, Pace(0))
        if restored is None:
            return checked
        checked = Checked(CheckResult.SOUND)
    versions = {"version_before": stored.version_id, "version": restored} if restored is not None else {}
    data: dict[str, object] = {"object": str(stored.pk), "class": stored.object_class, **versions}
    with act(actor=actor, reason=Reason(text=reason)) as deed:
        if not object_release(stored=stored, version_id=restored):
            return checked
        file, disc, look = file_of_object(stored.pk), _disc_of(stored), _look_of(stored)
        if file is not None:
            file_released(deed=deed, file=file, rule=RELEASE_RULE, versions=versions)
        elif disc is not None:
            subject = case_subject(disc.disc_set.case)
            deed.record(Verb.DISC_RELEASED, subject, rule=RELEASE_RULE, data={**data, "disc": str(disc.pk)})
        elif look is not None:
            subject = subject_of(look.copy)
            deed.record(Verb.FILE_RELEASED, subject, rule=RELEASE_RULE, data={**data, "look": str(look.pk)})
        else:
            deed.record(Verb.VAULT_RELEASED, VAULT, rule=RELEASE_RULE, data=data)
    return checked


def owner_of(stored: StoredObject) -> Owner:
    """Which item an object belongs to, for people."""
    file, disc, look = file_of_object(stored.pk), _disc_of(stored), _look_of(stored)
    if file is not None:
        part = f" (part {file.part})" if file.part > 1 else ""
        said = f"{file.get_role_display()}{part} of recording {file.recording_id}: {file.recording.label}"
        return Owner(said, f"/recordings/{file.recording_id}/")
    if disc is not None:
        return Owner(f"Image of disc {disc.volume_id}, case {disc.disc_set.case.urn}")
    if look is not None:
        said = f"Pictures of what was seen when recording {look.copy_id} was looked at again: {look.copy.label}"
        return Owner(said, f"/recordings/{look.copy_id}/look-again")
    return Owner("Belongs to no item")


def _look_of(stored: StoredObject) -> Look | None:
    return Look.objects.select_related("copy").filter(pictures=stored).first()


def _disc_of(stored: StoredObject) -> Disc | None:
    return Disc.objects.select_related("disc_set__case").filter(image=stored).first()
