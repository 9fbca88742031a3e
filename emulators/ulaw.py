"""μ-law, by table. Source: ITU-T G.711."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]

_BIAS = 0x84
_CLIP = 32635


def _decode_table() -> Samples:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent = (code >> 4) & 0x07
    magnitude = (((code & 0x0F) << 3) + _BIAS << exponent) - _BIAS
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encode_table() -> NDArray[np.uint8]:
    value = np.arange(65536, dtype=np.int32).astype(np.uint16).view(np.int16).astype(np.int32)
    sign = np.where(value < 0, 0x80, 0)
    magnitude = np.minimum(np.abs(value), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    code: NDArray[np.int32] = ~(sign | (exponent << 4) | mantissa) & 0xFF
    return code.astype(np.uint8)


_DECODED = _decode_table()
_ENCODED = _encode_table()


def decode(ulaw: bytes) -> Samples:
    """Return one signed 16-bit sample for each μ-law byte."""
    return _DECODED[np.frombuffer(ulaw, dtype=np.uint8)]


def encode(samples: Samples) -> bytes:
    """Return one μ-law byte for each signed 16-bit sample."""
    return _ENCODED[samples.view(np.uint16)].tobytes()
