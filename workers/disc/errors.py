"""What can go wrong with a disc, each with words that say what to do next.

Nothing here starts a process or touches a file, so that planning stays pure. A tool that is missing or that fails
raises the errors of `workers.exec` instead: those are about the machine, these are about the disc.
"""

from collections.abc import Mapping


class DiscError(Exception):
    """The family. `code` is for programs, `message` for people, `data` holds small facts (names, bytes, seconds)."""

    code = "disc.error"

    def __init__(self, message: str, **data: object) -> None:
        super().__init__(message)
        self.message = message
        self.data: Mapping[str, object] = data


class ItemTooLarge(DiscError):
    """One item alone is larger than the chosen medium (data disc) or longer than a viewing DVD can hold."""

    code = "disc.item_too_large"


class ImageTooLarge(DiscError):
    """The finished image would not fit on the medium; nothing was written."""

    code = "disc.image_too_large"


class UnsafeTree(DiscError):
    """The tree holds something a disc must not carry: a link, a device, or a name outside the rules."""

    code = "disc.unsafe_tree"


class ImageChanged(DiscError):
    """A file in the tree changed while the image was written, so the size promised beforehand was not met."""

    code = "disc.image_changed"


class ImageInvalid(DiscError):
    """An image to be burned is not the one that was sealed, is empty, or is no whole number of sectors."""

    code = "disc.image_invalid"


class TitleUnplayable(DiscError):
    """An item has no picture that can be put on a viewing DVD."""

    code = "disc.title_unplayable"


class DeviceUnsuitable(DiscError):
    """The device is missing, is not an optical drive, or has no usable disc in it."""

    code = "disc.device_unsuitable"


class DeviceInUse(DeviceUnsuitable):
    """The device, or the file posing as one, is mounted."""

    code = "disc.device_in_use"


class DeviceHoldsData(DeviceUnsuitable):
    """The disc is not blank; nothing on it was touched."""

    code = "disc.device_holds_data"


class DeviceTooSmall(DeviceUnsuitable):
    """The image is larger than what the disc can take; nothing was written."""

    code = "disc.device_too_small"


class DiscMismatch(DiscError):
    """What was read back from the disc is not the image: the disc must not be handed over."""

    code = "disc.mismatch"


class DiscCancelled(DiscError):
    """A person stopped the work between two processes."""

    code = "disc.cancelled"


class C2paUnready(DiscError):
    """C2PA manifests are asked for and cannot be signed here."""

    code = "disc.c2pa_unready"
