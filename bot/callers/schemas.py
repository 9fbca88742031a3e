"""JSON Schemas of all files that people write: `python -m bot.callers.schemas FOLDER` writes them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pydantic import BaseModel

from bot.callers.expect import Expect
from bot.callers.faults import Faults
from bot.callers.moves import Moves
from bot.callers.result import Result
from bot.callers.script import Script
from bot.callers.shop import Shop
from bot.numbers import NumbersFile

MODELS: dict[str, type[BaseModel]] = {
    "script": Script,
    "shop": Shop,
    "faults": Faults,
    "moves": Moves,
    "result": Result,
    "expect": Expect,
    "numbers": NumbersFile,
}


def schema_text(name: str) -> str:
    """The JSON Schema of one kind of file, as it stands in docs/schemas."""
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **MODELS[name].model_json_schema()}
    return json.dumps(schema, ensure_ascii=False, indent=2) + "\n"


def write_schemas(folder: Path) -> None:
    """Writes NAME.json for every kind of file."""
    for name in MODELS:
        (folder / f"{name}.json").write_text(schema_text(name), encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))
