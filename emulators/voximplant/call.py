"""The state of one call on the platform."""

from typing import Any

from emulators.twilio.call import CallPlan, CarrierCall

ACCOUNT = "voximplant"


class PlatformCall(CarrierCall):
    """One call; ``sid`` is the agent's name for it once the agent has given it one."""

    def __init__(self, from_: str, to: str, direction: str, plan: CallPlan) -> None:
        super().__init__(ACCOUNT, from_, to, direction, plan)
        self.id = self.sid.removeprefix("CA")
        self.orders: list[dict[str, Any]] = []
        self.digits_sent = ""
