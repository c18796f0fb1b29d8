"""What can go wrong with detectors, as typed errors; whatever a plug-in does ends in one of these or in the sandbox."""

from workers.media.errors import MediaError


class DetectorMissing(MediaError):
    """A detector that was asked for is not there, or its file is not."""

    code = "detector_missing"


class DetectorRefused(MediaError):
    """A detector does not say what it is, or its file is not what it must be."""

    code = "detector_refused"


class DetectorFailed(MediaError):
    """A detector raised, or gave something that is no list of boxes; `data.detector` names it."""

    code = "detector_failed"
