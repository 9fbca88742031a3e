"""The shipped examples are right by their own formats and cover what they should."""

from __future__ import annotations

import json

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from bot.callers.example import FOLDER, example_names, load_example
from bot.callers.schemas import schema_text

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("name", example_names())
def test_example_is_valid(name: str) -> None:
    example = load_example(name)
    assert example.rehearsal.language == name.split("/")[0]
    assert example.rehearsal.today
    orders = example.rehearsal.orders(example.rehearsal.today)
    changed = {key.split(".")[1] for key in example.expect.db_diff}
    assert changed <= set(orders)


def test_every_language_has_examples() -> None:
    languages = [name.split("/")[0] for name in example_names()]
    assert all(languages.count(language) >= 2 for language in ("en", "uk", "ru"))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*/*.yaml")), ids=lambda path: str(path.relative_to(FOLDER)))
def test_example_fits_its_published_schema(path) -> None:  # type: ignore[no-untyped-def]
    jsonschema.validate(yaml.safe_load(path.read_text("utf-8")), json.loads(schema_text(path.stem)))
