"""What can go wrong between a file and the vault.

Every one of these leaves the vault as it was: no bytes under a key that no row speaks of for longer than the sweep's
hour. `KeyRefused` alone is a mistake in the code that calls, so it is no `AppError` and ends as a crash.
"""

from evidence.http.errors import AppError, Conflict, Gone, Unavailable


class KeyRefused(ValueError):
    """A key that the vault did not make: anything but `<class>/<uuid>`."""


class ObjectMismatch(AppError):
    """The bytes are not what the sender said they are."""

    status = 422
    code = "object-mismatch"
    title = "The file is not what was announced"


class VaultUnavailable(Unavailable):
    """The store cannot be reached, or refused; nothing was written."""

    code = "vault-unavailable"
    title = "The vault cannot be reached"


class VaultFull(Unavailable):
    """No room is left; nothing was written."""

    status = 507
    code = "vault-full"
    title = "The vault is full"


class StoreUnsafe(VaultUnavailable):
    """The store must not be used as it is set up: others could read it, or it does not keep what it confirms."""

    code = "vault-unsafe"
    title = "The vault is not safe to use"


class KeyTaken(VaultUnavailable):
    """Something lies under this key: the store refused to write over it."""

    code = "vault-key-taken"


class ObjectLocked(VaultUnavailable):
    """The store keeps these bytes until a lock of its own ends."""

    code = "vault-object-locked"


class LockRefused(VaultUnavailable):
    """The store would not lock a version, or says otherwise than it did."""

    code = "vault-lock-refused"


class ObjectMissing(VaultUnavailable):
    """A row speaks of bytes that the store does not have."""

    code = "vault-object-missing"
    title = "The file is missing from the vault"


class ObjectDamaged(ObjectMissing):
    """The bytes of an encrypted object do not open: they are not what was sealed."""

    code = "vault-object-damaged"
    title = "The file is damaged in the vault"


class ObjectKeyLost(ObjectMissing):
    """The bytes may be right, but the row with the key that opens them is gone or is not what was written."""

    code = "vault-object-key-lost"
    title = "The file's key is missing"


class KeyUnavailable(VaultUnavailable):
    """The key that keys of objects are wrapped by is not to be had just now: nothing is known of the objects."""

    code = "vault-key-unavailable"
    title = "A key of the vault is missing"


class KeyInUse(Conflict):
    """A key that something is still opened by must not go."""

    code = "vault-key-in-use"


class ObjectQuarantined(ObjectMissing):
    """A check found that the bytes are not what was sealed; they are kept as they are, and nobody is given them."""

    status = 409
    code = "vault-object-quarantined"
    title = "The file is in quarantine"


class RunBusy(Conflict):
    """The vault is being checked by somebody else just now."""

    code = "vault-run-busy"
    title = "A check is under way"


class RunLost(Exception):
    """Somebody else took this run over: nothing more may be counted for it."""


class ObjectDestroyed(Gone):
    """The bytes were disposed of; the custody record says when and by whom."""

    code = "object-destroyed"


class PutExpired(Conflict):
    """A put was given up by the sweep before its row was written, or its row exists already."""

    code = "put-expired"
