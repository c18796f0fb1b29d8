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


class AnchorUnknown(CustodyError):
    """A setting that names where checkpoints are anchored cannot be read; the message says what is wrong with it."""


class AnchorAway(CustodyError):
    """Whoever was to keep or stamp a checkpoint does not answer, or cannot at the moment: try again later."""


class AnchorRefused(CustodyError):
    """They answered, and what they say does not hold, or contradicts this record: a person has to look."""


class ErasureByOne(CustodyError):
    """One person would both propose and approve an erasure."""


class ErasureTooEarly(CustodyError):
    """What is to be erased is not sealed yet."""


class ErasureEmpty(CustodyError):
    """Nothing of what is to be erased is there any more."""


class ClusterOther(CustodyError):
    """The record was brought into another database server: nothing is placed until `custody_restamp` has run."""


class WitnessUnknown(CustodyError):
    """The setting that names the witnesses cannot be read; the message says what is wrong with it."""


class VerifierLost(CustodyError):
    """A process that was verifying a part of the record died: nothing is known of that part."""
