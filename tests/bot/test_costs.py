"""A call's cost is exact, comes from a table with sources, and never passes over what has no price."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import pytest
from openai.types import CompletionUsage

from bot.clock import business_clock
from bot.costs import Price, PricesError, PriceTable, describe, load_prices, price, usage_record
from bot.desk import Desk
from bot.endpoints import DEFAULT_MODELS
from bot.settings import Settings
from bot.telephony.base import CallRequest
from bot.text_call import TextLine
from pipelines.endpoint import Endpoint
from pipelines.usage import Usage
from storage.calls import get_call
from storage.database import Database

pytestmark = pytest.mark.component

COSTS_PAGE = Path(__file__).parents[2] / "docs" / "costs.md"
LLM = Endpoint("llm", "openai", "openai", "https://x.invalid", "sk-test", "m")
STT = Endpoint("stt", "deepgram:s", "deepgram", "https://x.invalid", "k", "s")
TTS = Endpoint("tts", "elevenlabs", "elevenlabs", "https://x.invalid", "k", "t")
LOCAL = Endpoint("llm", "local", "openai", "http://127.0.0.1:9/v1", "none", "rules", is_local=True)


def rate(**rates: str) -> Price:
    return Price.model_validate({"source": "https://example.com/prices", "seen": "2026-01-02", **rates})


TABLE = PriceTable(
    as_of=dt.date(2026, 1, 3),
    currency="USD",
    prices={
        "openai:m": rate(input_per_million="2.50", cached_per_million="1.25", output_per_million="10"),
        "deepgram:s": rate(minute="0.006"),
        "elevenlabs:t": rate(characters_per_million="50"),
    },
)


def tokens(prompt: int, completion: int, cached: int | None = None) -> CompletionUsage:
    details = None if cached is None else {"cached_tokens": cached}
    return CompletionUsage.model_validate(
        {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": details,
        }
    )


def test_each_unit_has_its_price() -> None:
    usage = Usage([LLM, STT, TTS])
    usage.add_answer(LLM, tokens(1_000, 100, cached=600))
    usage.add_answer(LLM, tokens(200, 7))
    usage.add_audio(STT.key, 90.0)
    usage.add_speech(TTS.key, 411)
    cost = price(usage, TABLE)
    assert cost.services == {
        "llm:openai": Decimal("0.003320"),  # 600 at 2.50, 600 at 1.25, 107 at 10
        "stt:deepgram:s": Decimal("0.009000"),
        "tts:elevenlabs": Decimal("0.020550"),
    }
    assert cost.total == Decimal("0.032870")
    assert cost.unpriced == []


def test_many_small_amounts_add_up_without_loss() -> None:
    usage = Usage([LLM])
    for _ in range(1_000_000 // 1_000):
        usage.add_answer(LLM, tokens(1_000, 0))
    assert price(usage, TABLE).total == Decimal("2.500000")


def test_cached_tokens_without_a_price_of_their_own_cost_as_much_as_others() -> None:
    usage = Usage([LLM])
    usage.add_answer(LLM, tokens(1_000_000, 0, cached=400_000))
    table = TABLE.model_copy(update={"prices": {"openai:m": rate(input_per_million="2", output_per_million="1")}})
    assert price(usage, table).total == Decimal("2.000000")


@pytest.mark.parametrize(
    "prices",
    [{}, {"openai:other": rate(input_per_million="1")}, {"openai:m": rate(input_per_million="1")}],
    ids=["no line", "another model", "no price for output"],
)
def test_what_has_no_price_makes_the_total_unknown(prices: dict[str, Price]) -> None:
    usage = Usage([LLM, STT])
    usage.add_answer(LLM, tokens(10, 10))
    usage.add_audio(STT.key, 60.0)
    cost = price(usage, TABLE.model_copy(update={"prices": {**prices, "deepgram:s": rate(minute="0.006")}}))
    assert cost.services["llm:openai"] is None
    assert cost.unpriced == ["llm:openai"]
    assert cost.total is None
    assert cost.priced == Decimal("0.006000")


def test_a_local_call_costs_nothing_and_says_so() -> None:
    usage = Usage([LOCAL])
    usage.add_answer(LOCAL, tokens(800, 12))
    record = usage_record(usage)
    assert record["cost"]["total"] == "0.000000"
    assert describe(record) == "$0.0000 (all local); 812 tokens, 0 characters, 0 s recognised"


def test_a_line_names_what_it_does_not_include() -> None:
    endpoint = Endpoint("tts", "compatible", "openai", "https://x.invalid", "k", "voice")
    usage = Usage([endpoint])
    usage.add_speech(endpoint.key, 20)
    line = describe(usage_record(usage))
    assert line == "$0.0000 and what tts:compatible cost; 0 tokens, 20 characters, 0 s recognised"


def test_the_record_is_plain_json_and_keeps_answers_of_unknown_size() -> None:
    usage = Usage([LLM, TTS])
    usage.add_answer(LLM, None)
    record = json.loads(json.dumps(usage_record(usage)))
    assert list(record["services"]) == ["llm:openai"]
    assert (record["services"]["llm:openai"]["requests"], record["services"]["llm:openai"]["unmeasured"]) == (1, 1)


async def test_the_record_is_stored_on_the_call_when_it_is_finished(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    database = Database.open(settings.database)
    await database.migrate()
    request = CallRequest(call_id="CA1", carrier="chat", from_number="+15550107788", language="en")
    usage = Usage([LOCAL])
    usage.add_answer(LOCAL, tokens(800, 12))
    async with Desk.open(settings, request, TextLine(lambda language: ""), business_clock(settings)) as desk:
        await desk.finish(None, usage)
    stored = await get_call(database, "CA1")
    await database.close()
    assert stored is not None
    assert stored.usage == usage_record(usage)
    assert stored.tape is None


@pytest.mark.parametrize(
    "text", ["", "as_of: 2026-01-01", "prices: [", "as_of: 2026-01-01\ncurrency: USD\nprices: {a: {minute: '1'}}"]
)
def test_a_table_that_is_not_of_its_form_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(PricesError, match=r"prices\.yaml"):
        load_prices(path)


def test_no_price_is_younger_than_the_table() -> None:
    table = load_prices()
    assert all(line.seen <= table.as_of for line in table.prices.values())


@pytest.mark.parametrize(("stage_provider", "model"), DEFAULT_MODELS.items(), ids=str)
def test_every_default_model_has_a_price_or_is_named_as_unpriced(stage_provider: tuple[str, str], model: str) -> None:
    name = f"{stage_provider[1]}:{model}"
    is_named = f"\n- `{name}`: " in COSTS_PAGE.read_text(encoding="utf-8")
    assert (name in load_prices().prices) is not is_named
