"""Refusals of the fleet."""

from evidence.http.errors import Conflict


class CameraOut(Conflict):
    """The camera is with somebody."""

    code = "camera-out"
