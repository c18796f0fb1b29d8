"""Opens ONNX files for onnxruntime, and loosens models that were frozen to one input size.

CenterFace's file says that its input is 10x3x32x32 and lists all its weights among the inputs, so that nothing may be
folded at load. Both are notes in the graph, not facts of the network: without them it takes any size, at half the
processor time. The file on disk stays what it is (its hash is on record); only the bytes in memory change. ONNX is
protobuf, of which this needs to know no more than fields and lengths.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import onnxruntime as ort

from workers.media.detect.errors import DetectorRefused

Field: TypeAlias = tuple[int, int, bytes]
"""Number, wire type, content (of a varint, its bytes)."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MODEL_GRAPH = 7
_GRAPH_INPUT, _GRAPH_OUTPUT = 11, 12
_INFO_NAME, _INFO_TYPE = 1, 2
_TENSOR, _SHAPE, _DIMENSION, _DIMENSION_NAME = 1, 2, 1, 2
_SHAPE_IN_INFO = (_INFO_TYPE, _TENSOR, _SHAPE)
_CHANNELS_AT = 1
QUIET = 3
"""onnxruntime's level for errors alone; it warns of what is done here on purpose."""


def session(content: bytes) -> ort.InferenceSession:
    """A session with one thread: pictures are looked at side by side, which spends less than sharing one out.

    Raises DetectorRefused where the bytes are no model.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = QUIET
    try:
        return ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise DetectorRefused(
            "The detector's ONNX file cannot be used. Get it again from its maker.", reason=str(error)[:200]
        ) from error


def model_read(path: Path) -> bytes:
    """The file's bytes; raises DetectorRefused."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DetectorRefused("The detector's file cannot be read.", name=path.name[:100]) from error


def any_size(model: bytes, *, picture_input: str) -> bytes:
    """The model with `picture_input` as its only input, of any batch, height and width; outputs of any shape."""
    try:
        return b"".join(
            _field(number, wire, _loosened(content, picture_input) if number == _MODEL_GRAPH else content)
            for number, wire, content in _fields(model)
        )
    except (IndexError, ValueError) as error:
        raise DetectorRefused("The detector's ONNX file is damaged. Get it again from its maker.") from error


def _loosened(graph: bytes, picture_input: str) -> bytes:
    kept = []
    for number, wire, content in _fields(graph):
        if number == _GRAPH_INPUT and _name(content) != picture_input:
            continue
        is_shaped = number in {_GRAPH_INPUT, _GRAPH_OUTPUT}
        kept.append(_field(number, wire, _reshaped(content, _SHAPE_IN_INFO) if is_shaped else content))
    return b"".join(kept)


def _name(info: bytes) -> str:
    return next(content.decode() for number, _, content in _fields(info) if number == _INFO_NAME)


def _reshaped(message: bytes, path: tuple[int, ...]) -> bytes:
    """The message with all dimensions of the shape at the end of `path` left open, but the channels."""
    if not path:
        dimensions = [content for number, _, content in _fields(message) if number == _DIMENSION]
        nameless = _field(_DIMENSION_NAME, _BYTES, b"")
        return b"".join(
            _field(_DIMENSION, _BYTES, content if at == _CHANNELS_AT else nameless)
            for at, content in enumerate(dimensions)
        )
    return b"".join(
        _field(number, wire, _reshaped(content, path[1:]) if number == path[0] else content)
        for number, wire, content in _fields(message)
    )


def _fields(message: bytes) -> Iterator[Field]:
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == _BYTES:
            length, at = _varint(message, at)
            end = at + length
        elif wire == _VARINT:
            _, end = _varint(message, at)
        elif wire in {_FIXED64, _FIXED32}:
            end = at + (8 if wire == _FIXED64 else 4)
        else:
            raise ValueError(wire)
        if end > len(message):
            raise ValueError(end)
        yield number, wire, message[at:end]
        at = end


def _field(number: int, wire: int, content: bytes) -> bytes:
    length = _as_varint(len(content)) if wire == _BYTES else b""
    return _as_varint(number << 3 | wire) + length + content


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def _as_varint(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)
