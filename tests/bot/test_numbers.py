"""numbers.yaml: what it can say, and every way in which it can be wrong."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
import yaml

from bot.numbers import NumberEntry, Numbers, load_numbers
from bot.settings import Settings
from bot.stages import SettingsError

pytestmark = pytest.mark.unit

KYIV = ZoneInfo("Europe/Kyiv")
EXAMPLE = Path(__file__).parents[2] / "deploy/numbers.example.yaml"


def load(tmp_path: Path, text: str, **changes: Any) -> Numbers:
    path = tmp_path / "numbers.yaml"
    path.write_text(text, encoding="utf-8")
    return load_numbers(Settings(_env_file=None, numbers_file=path, **changes))


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as failed:
        load(tmp_path, text)
    head, _, rest = str(failed.value).partition("numbers.yaml: ")
    assert head.startswith("NUMBERS_FILE: ")
    return rest.split("; ")


def test_without_a_file_the_settings_answer_every_number() -> None:
    numbers = load_numbers(Settings(_env_file=None, default_language="ru", transfer_number="+380440000009"))
    entry = numbers.entry("+380441112233")
    assert (entry.language, entry.fallback, entry.flow) == ("ru", "+380440000009", "order_desk")


def test_an_entry_takes_from_default_what_it_does_not_say(tmp_path: Path) -> None:
    text = """
default: {language: en, fallback: "+380440000009"}
numbers:
  "+380441112233": {language: uk, voice: lada, greeting: "Вітаю!"}
  "+380441112244":
"""
    numbers = load(tmp_path, text, default_language="ru")
    first, second, other = (numbers.entry(n) for n in ("+380441112233", "+380441112244", "+1"))
    assert (first.language, first.voice, first.greeting, first.fallback) == ("uk", "lada", "Вітаю!", "+380440000009")
    assert (second.language, other.language) == ("en", "en")


@pytest.mark.parametrize(
    ("entry", "overflow"),
    [
        ("{}", "+380440000009"),
        ('{overflow: "+380440000008"}', "+380440000008"),
        ('{overflow: ""}', None),
        ("{fallback: null}", None),
        ('{fallback: null, overflow: "+380440000008"}', "+380440000008"),
    ],
)
def test_calls_beyond_capacity_go_to_the_fallback_unless_told_otherwise(
    tmp_path: Path, entry: str, overflow: str | None
) -> None:
    numbers = load(tmp_path, f'numbers: {{"+380441112233": {entry}}}', transfer_number="+380440000009")
    assert numbers.entry("+380441112233").overflow_number == overflow


def test_an_overflow_that_is_no_number_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, 'default: {overflow: "the office"}')
    assert "overflow: expected a phone number" in problem


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "numbers:\n", "default: {}\nnumbers: {}\n"])
def test_an_empty_file_leaves_the_settings_in_charge(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text, default_language="ru").entry("+380441112233").language == "ru"


def test_all_problems_are_reported_together_each_with_its_line(tmp_path: Path) -> None:
    text = """default:
  flow: no such flow
numbers:
  "+380441112233":
    language: de
    hours: "mon-fry 9-18"
  +380441112234:
    greeting: ""
  "+380441112233":
    colour: red
  "+380441112255": uk
  "+380441112266": {fallback: 380440000009}
extra: 1
"""
    found = problems(tmp_path, text)
    assert [problem.partition(": ")[0] for problem in found] == [
        f"line {number}" for number in (2, 5, 6, 7, 8, 9, 10, 11, 12, 13)
    ]
    for problem, word in zip(
        found,
        (
            "order_desk",
            "'de'",
            "mon-fri",
            "in quotes",
            "greeting",
            "twice",
            "colour",
            "name: value",
            "in quotes",
            "extra",
        ),
        strict=True,
    ):
        assert word in problem


def test_a_problem_of_default_is_not_repeated_for_each_number(tmp_path: Path) -> None:
    text = 'default: {language: de}\nnumbers:\n  "+380441112233": {}\n  "+380441112244": {}\n'
    assert len(problems(tmp_path, text)) == 1


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ("{greting: Вітаю}", "did you mean 'greeting'? expected one of flow, language"),
        ("{language: de}", "language: expected 'uk', 'ru' or 'en', got 'de'"),
        ('{greeting: ""}', "expected the sentence that greets callers, or no such line"),
        ("{voice: 7}", "voice: expected text, in quotes, got 7"),
        ("{hours: [9, 18]}", "hours: expected e.g. 'mon-fri 09:00-18:00"),
        ('{hours: "mon 22:00-06:00"}', "a night: 'mon 22:00-24:00, tue 00:00-06:00'"),
        ('{fallback: "+380441112233"}', "fallback: expected another number, this one would ring itself"),
        ('{overflow: "+380441112233"}', "overflow: expected another number, this one would ring itself"),
        ("{flow: orders}", "flow: expected one of delivery_reminder, order_desk, got 'orders'"),
    ],
)
def test_each_problem_says_what_to_write(tmp_path: Path, entry: str, says: str) -> None:
    found = problems(tmp_path, f'numbers:\n  "+380441112233": {entry}\n')
    assert any(problem.startswith("line 2: ") and says in problem for problem in found)


def test_a_day_may_end_at_24_00(tmp_path: Path) -> None:
    numbers = load(tmp_path, 'default: {hours: "fri 22:00-24:00, sat 00:00-02:00"}')
    for moment, is_open in (
        ("13T23:59:59", True),
        ("14T00:00:00", True),
        ("14T02:00:00", False),
        ("13T21:59:59", False),
    ):
        at = datetime.fromisoformat(f"2026-03-{moment}").replace(tzinfo=KYIV)
        assert numbers.entry("+1").is_open(at) is is_open


def test_the_example_says_everything_that_can_be_said_and_is_right(tmp_path: Path) -> None:
    numbers = load(tmp_path, EXAMPLE.read_text(encoding="utf-8"))
    said = {name for entry in numbers.entries.values() for name in entry.model_fields_set}
    assert said == set(NumberEntry.model_fields)
    schema = json.loads((EXAMPLE.parents[1] / "docs/schemas/numbers.json").read_text(encoding="utf-8"))
    check = jsonschema.Draft202012Validator(schema)
    example = yaml.safe_load(EXAMPLE.read_text(encoding="utf-8"))
    assert list(check.iter_errors(example)) == []
    example["numbers"]["+380441112233"]["greting"] = "Вітаю"
    assert not check.is_valid(example)


@pytest.mark.parametrize("text", ["numbers: [", "\tnumbers: {}", "numbers: {a: b: c}"])
def test_what_is_no_yaml_is_reported_with_its_line(tmp_path: Path, text: str) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.startswith(("line 1: not YAML", "line 2: not YAML"))


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"NUMBERS_FILE: cannot read .*none\.yaml: No such file"):
        load_numbers(Settings(_env_file=None, numbers_file=tmp_path / "none.yaml"))


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-03-13T08:59:59", False),
        ("2026-03-13T09:00:00", True),
        ("2026-03-13T17:59:59", True),
        ("2026-03-13T18:00:00", False),
        ("2026-03-14T12:00:00", True),
        ("2026-03-14T14:00:00", False),
        ("2026-03-15T12:00:00", False),
    ],
)
def test_hours_are_those_of_the_business_zone(tmp_path: Path, moment: str, is_open: bool) -> None:
    numbers = load(tmp_path, 'default: {hours: "mon-fri 09:00-18:00, sat 10:00-14:00"}')
    assert numbers.entry("+1").is_open(datetime.fromisoformat(moment).replace(tzinfo=KYIV)) is is_open


@pytest.mark.parametrize("hours", ["", "always", "fri-mon 09:00-18:00", "mon 18:00-09:00", "mon 25:00-26:00", "mon"])
def test_hours_of_another_form_are_refused(tmp_path: Path, hours: str) -> None:
    (problem,) = problems(tmp_path, f'default:\n  hours: "{hours}"\n')
    assert problem.startswith("line 2: hours: expected e.g. 'mon-fri 09:00-18:00, sat 10:00-14:00'")
