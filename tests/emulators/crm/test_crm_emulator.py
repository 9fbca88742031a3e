"""The CRM's emulator is what its own description says, and fails as it is told to."""

import asyncio
import json
import signal
import sys
from typing import Any

import aiohttp
import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from emulators.crm import MISHAPS, CrmRecords, CrmServer, SeededMishaps, load_document
from emulators.errors import ScriptError

pytestmark = pytest.mark.wire

PRIYA = "+15550107788"
ORDERS = {
    "1033": {
        "phone": PRIYA,
        "name": "Priya",
        "status": "scheduled",
        "delivery_date": "2026-03-14",
        "city": "Denver",
    }
}
KEY = {"Authorization": "Bearer emulated-crm"}
MOVE = {"new_date": "2026-03-17", "expected": {"status": "scheduled", "date": "2026-03-14"}}
CALLBACK = {"phone": PRIYA, "at": "2026-03-12T10:00:00+02:00", "reference": "CA1", "reason": "invoice"}


def resolved(schema: Any) -> Any:
    """A schema of the description with its references put in place."""
    if isinstance(schema, list):
        return [resolved(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        found: Any = load_document()
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return resolved(found)
    return {name: resolved(value) for name, value in schema.items()}


async def ask(crm: CrmServer, method: str, path: str, **rest: Any) -> tuple[int, Any, dict[str, str]]:
    async with (
        aiohttp.ClientSession(headers=KEY) as session,
        session.request(method, f"{crm.base_url}{path}", **rest) as answer,
    ):
        return answer.status, json.loads(await answer.text()), dict(answer.headers)


def test_its_description_is_valid() -> None:
    assert list(OpenAPIV30SpecValidator(load_document()).iter_errors()) == []


async def test_every_operation_answers_as_described() -> None:
    asked = {
        ("get", "/orders"): ("/orders", {"params": {"phone": PRIYA}}),
        ("get", "/orders/{order_id}"): ("/orders/1033", {}),
        ("post", "/orders/{order_id}/reschedule"): ("/orders/1033/reschedule", {"json": MOVE}),
        ("get", "/customers"): ("/customers", {"params": {"phone": PRIYA}}),
        ("get", "/callbacks"): ("/callbacks", {"params": {"reference": "CA1"}}),
        ("post", "/callbacks"): ("/callbacks", {"json": CALLBACK}),
    }
    described = load_document()["paths"]
    operations = {(method, path) for path, item in described.items() for method in item if method in {"get", "post"}}
    assert set(asked) == operations
    async with CrmServer(CrmRecords.of(ORDERS)) as crm:
        for (method, path), (address, rest) in asked.items():
            headers = {"Idempotency-Key": f"key-{path}"} if method == "post" else {}
            status, body, _ = await ask(crm, method, address, headers=headers, **rest)
            (success,) = (code for code in described[path][method]["responses"] if code != "default")
            assert status == int(success), body
            schema = described[path][method]["responses"][success]["content"]["application/json"]["schema"]
            OAS30Validator(resolved(schema)).validate(body)
            status, body, _ = await ask(crm, method, address.replace("1033", "4711"), **{**rest, "params": {}})
            if status >= 400:
                OAS30Validator(resolved({"$ref": "#/components/schemas/Problem"})).validate(body)
        async with aiohttp.ClientSession() as session, session.get(crm.document_url) as answer:
            assert await answer.json() == load_document()


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({}, MOVE, 400, "idempotency_key_missing"),
        ({"Idempotency-Key": "used-before"}, {"new_date": "2026-03-18"}, 422, "idempotency_key_reused"),
        ({"Idempotency-Key": "a-new-one"}, MOVE, 409, "delivery_changed"),
        ({"Idempotency-Key": "a-new-one"}, {"new_date": 17}, 422, "invalid"),
        ({"Idempotency-Key": "a-new-one", "Authorization": "Bearer other"}, MOVE, 401, "unauthorised"),
    ],
)
async def test_changes_that_are_refused_change_nothing(
    headers: dict[str, str], body: Any, status: int, code: str
) -> None:
    async with CrmServer(CrmRecords.of(ORDERS)) as crm:
        used = {"Idempotency-Key": "used-before"}
        assert (await ask(crm, "POST", "/orders/1033/reschedule", json=MOVE, headers=used))[0] == 200
        refused = await ask(crm, "POST", "/orders/1033/reschedule", json=body, headers=headers)
        assert (refused[0], refused[1]["code"]) == (status, code)
        # The same request again gets the first answer.
        assert (await ask(crm, "POST", "/orders/1033/reschedule", json=MOVE, headers=used))[0] == 200
        assert crm.records.changes == 1


async def test_requests_beyond_the_rate_are_told_when_to_come_again() -> None:
    at_s = [0.0]
    async with CrmServer(CrmRecords.of(ORDERS), rate_per_s=2, retry_after_s=1, now_s=lambda: at_s[0]) as crm:
        answers = [await ask(crm, "GET", "/orders/1033") for _ in range(3)]
        assert [status for status, _, _ in answers] == [200, 200, 429]
        assert answers[2][2]["Retry-After"] == "1"
        at_s[0] = 1.0
        assert (await ask(crm, "GET", "/orders/1033"))[0] == 200


def test_mishaps_by_chance_can_be_repeated() -> None:
    shares = dict.fromkeys(MISHAPS, 0.05)
    drawn = [
        [mishaps.next("GET") for _ in range(500)] for mishaps in (SeededMishaps(shares, 7), SeededMishaps(shares, 7))
    ]
    assert drawn[0] == drawn[1]
    assert set(drawn[0]) == {*MISHAPS, None}
    for wrong in ({"holiday": 0.1}, {"cut": 0.6, "hang": 0.6}):
        with pytest.raises(ScriptError):
            SeededMishaps(wrong)  # type: ignore[arg-type]


async def test_the_command_prints_settings_and_obeys() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "emulators", "crm", "--rate", "1000",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    assert process.stderr
    try:
        async with asyncio.timeout(20):
            env = dict([(await process.stdout.readline()).decode().strip().split("=", 1) for _ in range(3)])
            assert env["SHOP"] == "http"
            headers = {"Authorization": f"Bearer {env['CRM_API_KEY']}"}
            process.stdin.write(b"/holiday\n/server_error\n")
            await process.stderr.readline()
            assert b"expected a mishap of" in await process.stderr.readline()
            async with aiohttp.ClientSession(headers=headers) as session:
                status = 0
                while status != 500:  # the line may arrive after the first question
                    async with session.get(f"{env['CRM_BASE_URL']}/orders/1033") as answer:
                        status = answer.status
    finally:
        process.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(process.wait(), 10) == 0
