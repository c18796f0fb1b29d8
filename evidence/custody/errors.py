"""What can go wrong in the custody record. All of it stops the action: no event, no effect."""


class CustodyError(Exception):
    """Base of the family; the message says what to do."""


class BodyInvalid(CustodyError):
    """An event's content cannot be written in canonical form (floats, huge numbers, unknown fields)."""


class RecordUnguarded(CustodyError):
    """The triggers that keep the record append-only are missing; nothing may run until they are back."""


class ActMissing(CustodyError):
    """A service tried to record outside an `act`: its effect and its event could come apart."""


class ActorUnknown(CustodyError):
    """Somebody or something would act without being known."""


class SigningKeyMissing(CustodyError):
    """The key that signs checkpoints is missing or cannot be read; the message says where it belongs."""


class TreeRefused(CustodyError):
    """The tree is not what was signed before: nothing is signed until a person has found out why."""


class WitnessUnknown(CustodyError):
    """The setting that names the witnesses cannot be read; the message says what is wrong with it."""
