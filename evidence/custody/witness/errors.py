"""Why our own witness must not start or sign. What a log meets when it asks one is in `asking.py`."""


class WitnessError(Exception):
    """Base of the family; the message says what to do."""


class WitnessNotReady(WitnessError):
    """It must not start: its key, its memory, its logs or its clock are not as they should be."""


class MemoryFailed(WitnessError):
    """What it remembers cannot be read or written, so nothing may be signed."""
