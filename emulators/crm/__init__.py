"""A shop's CRM on loopback: orders, customers and callbacks over JSON, as `openapi.yaml` describes it.

async with CrmServer(CrmRecords.of(orders), api_key="k") as crm:
    await crm.break_with("lose_reply", times=1)
    ...
    assert crm.records.changes == 1
"""

from emulators.crm.mishaps import MISHAPS, Mishap, Mishaps, SeededMishaps
from emulators.crm.records import CrmRecords
from emulators.crm.server import CrmServer, load_document

__all__ = ["MISHAPS", "CrmRecords", "CrmServer", "Mishap", "Mishaps", "SeededMishaps", "load_document"]
