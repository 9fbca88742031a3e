import numpy as np
import pytest

from emulators.ulaw import decode, encode

pytestmark = pytest.mark.unit

# G.711: code words and their values, scaled to 16 bits
VALUES = {0xFF: 0, 0x7F: 0, 0xFE: 8, 0x7E: -8, 0xF0: 120, 0x80: 32124, 0x00: -32124, 0xD5: 716, 0x55: -716}


def test_code_words_have_their_standard_values() -> None:
    assert decode(bytes(VALUES)).tolist() == list(VALUES.values())


def test_every_code_word_survives_the_round_trip() -> None:
    words = bytes(range(256))
    again = encode(decode(words))
    assert again == words.replace(b"\x7f", b"\xff")  # the two zeros are one value


def test_no_sample_is_off_by_more_than_half_a_step() -> None:
    samples = np.arange(-32124, 32125).astype(np.int16)
    error = np.abs(decode(encode(samples)).astype(np.int32) - samples)
    assert (error <= (np.abs(samples.astype(np.int32)) + 132) / 32).all()  # 16 steps in each doubling
