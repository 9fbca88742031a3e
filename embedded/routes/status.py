"""`GET /healthz`, `/v1/models` and `/v1/lease`."""

from __future__ import annotations

import os

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from embedded.routes.chat import MODEL_ID
from embedded.routes.common import server_of
from embedded.speech import MODELS


async def health(request: Request) -> Response:
    """State of each part with one sentence; always answered, also while models are being loaded."""
    server = server_of(request)
    states = {part.state for part in server.parts}
    status = "missing" if "missing" in states else "loading" if "loading" in states else "ready"
    return JSONResponse(
        {
            "status": status,
            "pid": os.getpid(),
            "leases": server.leases.held,
            "parts": {part.name: part.describe() for part in server.parts},
        }
    )


async def models(request: Request) -> Response:
    """What may be named as `model`."""
    server = server_of(request)
    described = {
        MODEL_ID: "rules, not a language model",
        f"whisper-{server.options.stt_model}": "speech recognition",
        **{model: f"speech, {language}" for model, language in MODELS.items()},
    }
    rows = [
        {"id": model, "object": "model", "created": 0, "owned_by": "embedded", "description": what}
        for model, what in described.items()
    ]
    return JSONResponse({"object": "list", "data": rows})


async def lease(request: Request) -> Response:
    """A response that never ends: the server lives while somebody reads it."""
    leases = server_of(request).leases
    leases.check()
    return StreamingResponse(leases.hold(), media_type="text/plain")
