"""The rules of the desk, its clocks and its sentences."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from string import Formatter
from zoneinfo import ZoneInfo

import pytest
import yaml
from pydantic import ValidationError

from spoken import LANGUAGES
from spoken.readback import read_readback
from tools.context import FixedClock, SystemClock
from tools.phrases import PHRASES, say
from tools.policy import Policy

pytestmark = pytest.mark.unit
WEDNESDAY = dt.date(2026, 3, 11)


@pytest.mark.parametrize(
    ("ahead", "problem"),
    [
        (-1, "date_too_early"),
        (0, "date_too_early"),
        (1, None),
        (3, None),
        (4, "date_sunday"),
        (5, None),
        (14, None),
        (15, "date_too_late"),
        (18, "date_too_late"),
    ],
)
def test_days_that_may_be_chosen(ahead: int, problem: str | None) -> None:
    assert Policy.shipped().check_date(WEDNESDAY + dt.timedelta(days=ahead), WEDNESDAY) == problem


@pytest.mark.parametrize("day", range(7))
def test_limits_that_are_said_can_be_chosen(day: int) -> None:
    policy, today = Policy.shipped(), WEDNESDAY + dt.timedelta(days=day)
    for limit in (policy.earliest(today), policy.latest(today)):
        assert policy.check_date(limit, today) is None


def test_free_days_leave_out_sundays_and_the_day_that_is_planned() -> None:
    free = Policy.shipped().free_days(WEDNESDAY, apart_from=dt.date(2026, 3, 13))
    assert free == [dt.date(2026, 3, day) for day in (12, 14, 16, 17)]


def test_another_desk_may_have_other_rules(tmp_path: Path) -> None:
    shipped = yaml.safe_load((Path(__file__).parents[2] / "tools" / "policy.yaml").read_text("utf-8"))
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump({**shipped, "date": {"earliest_days": 0, "latest_days": 3, "sundays": True}}))
    policy = Policy.load(path)
    assert policy.check_date(WEDNESDAY, WEDNESDAY) is None
    path.write_text(yaml.safe_dump({**shipped, "guards": {"reschedule_delivery": ["date"]}}))
    with pytest.raises(ValidationError, match="identity"):
        Policy.load(path)
    path.write_text(yaml.safe_dump({**shipped, "dates": {}}))
    with pytest.raises(ValidationError):
        Policy.load(path)


def test_a_clock_that_was_set_goes_on_and_keeps_its_zone() -> None:
    seconds = [100.0]
    kyiv = ZoneInfo("Europe/Kyiv")
    clock = FixedClock(dt.datetime(2026, 3, 29, 2, 59, 50, tzinfo=kyiv), monotonic=lambda: seconds[0])
    seconds[0] += 5
    clock.advance(15)
    # Clocks in Kyiv go from 03:00 to 04:00 that night.
    assert clock.now() == dt.datetime(2026, 3, 29, 4, 0, 10, tzinfo=kyiv)
    assert clock.now().utcoffset() == dt.timedelta(hours=3)
    with pytest.raises(ValueError, match="aware"):
        FixedClock(dt.datetime(2026, 3, 29))
    assert SystemClock().now().tzinfo is not None


@pytest.mark.parametrize("phrase", PHRASES)
def test_sentences_say_the_same_in_three_languages(phrase: str) -> None:
    sentences = PHRASES[phrase]
    assert set(sentences) == set(LANGUAGES)
    fields = {tuple(sorted(name for _, name, _, _ in Formatter().parse(text) if name)) for text in sentences.values()}
    assert len(fields) == 1
    for language, sentence in sentences.items():
        spoken = say(phrase, language, order_id="1033", day=dt.date(2026, 3, 17))
        assert not re.search(r"[0-9{}]", spoken)
        assert bool(re.search("[а-яіїєґ]", sentence)) == (language != "en")
        assert not (language == "ru" and re.search("[іїєґ]", sentence))
        assert not (language == "uk" and re.search("[ыэъё]", sentence))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("day", [dt.date(2026, 3, 12) + dt.timedelta(days=ahead) for ahead in range(14)])
def test_the_read_back_parses_to_exactly_what_it_asks_for(language: str, day: dt.date) -> None:
    sentence = say("not_confirmed", language, order_id="1033", day=day)  # type: ignore[arg-type]
    found = read_readback(sentence, language, WEDNESDAY)  # type: ignore[arg-type]
    assert found
    assert (found.order_id, found.date) == ("1033", day)
