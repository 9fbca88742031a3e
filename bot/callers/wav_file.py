"""A recording as a caller's turn: checked before the call, read as samples for it."""

from __future__ import annotations

import wave
from pathlib import Path

MAX_SECONDS = 120


def check_wav(path: Path) -> str | None:
    """What was expected of a recording that cannot be played; None if it can. Blocks on the disk."""
    try:
        with wave.open(str(path), "rb") as recording:
            width, frames, rate = recording.getsampwidth(), recording.getnframes(), recording.getframerate()
    except FileNotFoundError:
        return "a recording, there is no file of this name"
    except IsADirectoryError:
        return "a recording, this is a folder"
    except (wave.Error, EOFError) as exc:
        return f"a WAV file of 16-bit samples, this cannot be read ({exc or 'it is cut short'})"
    except OSError as exc:
        return f"a recording that can be read ({exc.strerror})"
    if width != 2:
        return f"a WAV file of 16-bit samples, this has {width * 8} bits"
    if not 4000 <= rate <= 192_000:
        return f"4,000 to 192,000 samples a second, this has {rate:,}"
    if frames == 0:
        return "a recording with sound, this is empty"
    if frames > rate * MAX_SECONDS:
        return f"a recording of at most {MAX_SECONDS} s, this lasts {frames / rate:.0f} s"
    return None
