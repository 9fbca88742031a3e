"""Sound in and out: files of any rate, honest resampling, trimmed edges."""

import numpy as np
import pytest
from sounds import wav

from embedded.audio import read_wav, resample, to_pcm16, trim_edges, write_wav
from embedded.errors import InvalidRequestError

pytestmark = pytest.mark.unit


def tone(hz: float, rate_hz: int, seconds: float = 1.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 22_050, 24_000, 44_100, 48_000])
@pytest.mark.parametrize(("width", "channels"), [(1, 1), (2, 1), (2, 2), (4, 1)])
def test_wav_files_of_any_usual_form_are_read(rate_hz: int, width: int, channels: int) -> None:
    sound = tone(300, rate_hz, 0.1)
    samples, found_hz = read_wav(wav(sound, rate_hz, width=width, channels=channels))
    assert found_hz == rate_hz
    np.testing.assert_allclose(samples, sound, atol=0.02)


@pytest.mark.parametrize("content", [b"", b"not audio", b"RIFF\x00\x00\x00\x00WAVE", wav(tone(300, 8_000), 8_000)[:30]])
def test_what_is_no_wav_file_is_refused_with_a_sentence(content: bytes) -> None:
    with pytest.raises(InvalidRequestError, match="file: expected PCM wav audio"):
        read_wav(content)


def test_a_wav_file_cut_short_gives_what_is_there() -> None:
    samples, _ = read_wav(wav(tone(300, 8_000), 8_000)[:-1_001])
    assert 7_000 < len(samples) < 8_000


def test_audio_that_is_far_too_long_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match="at most 300 s"):
        read_wav(wav(np.zeros(301 * 4_000), 4_000))


def test_telephone_rate_is_raised_without_mirror_images() -> None:
    raised = resample(tone(3_000, 8_000), 8_000, 16_000)
    spectrum = np.abs(np.fft.rfft(raised * np.hanning(len(raised))))
    hz = np.fft.rfftfreq(len(raised), 1 / 16_000)
    assert abs(hz[spectrum.argmax()] - 3_000) < 5
    assert spectrum[hz > 4_200].max() < spectrum.max() / 1_000


def test_edges_are_trimmed_to_the_given_quiet() -> None:
    rate_hz = 24_000
    quiet = np.random.default_rng(0).normal(0, 1e-4, rate_hz).astype(np.float32)
    trimmed = trim_edges(np.concatenate([quiet, tone(300, rate_hz, 0.5), quiet]), rate_hz, lead_ms=20, tail_ms=140)
    assert len(trimmed) / rate_hz == pytest.approx(0.02 + 0.5 + 0.14, abs=0.011)
    missing_tail = trim_edges(tone(300, rate_hz, 0.5), rate_hz, lead_ms=20, tail_ms=140)
    assert len(missing_tail) / rate_hz == pytest.approx(0.5 + 0.14, abs=0.011)


def test_a_written_wav_file_reads_back() -> None:
    samples, rate_hz = read_wav(write_wav(to_pcm16(tone(300, 24_000)), 24_000))
    assert rate_hz == 24_000
    np.testing.assert_allclose(samples, tone(300, 24_000), atol=1e-3)
