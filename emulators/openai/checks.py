"""What the real service refuses in a chat request, refused here."""

import json
import re
from collections.abc import Mapping
from typing import Any

from emulators.openai.errors import ApiError

_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_FUNCTION_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FIELDS = re.compile(
    "audio|frequency_penalty|function_call|functions|logit_bias|logprobs|max_completion_tokens|max_tokens|"
    "messages|metadata|modalities|model|moderation|n|parallel_tool_calls|prediction|presence_penalty|"
    "prompt_cache_key|prompt_cache_retention|reasoning_effort|response_format|safety_identifier|seed|"
    "service_tier|stop|store|stream|stream_options|temperature|tool_choice|tools|top_logprobs|top_p|user|"
    "verbosity|web_search_options"
)


def check_chat(body: Any) -> dict[str, Any]:
    """Return ``body`` if it is a chat request that the real service would take.

    Raises:
        ApiError: 400, with the service's own reason where it is known.
    """
    if not isinstance(body, dict):
        raise ApiError(400, "expected a JSON object as the body")
    for name in body:
        if not _FIELDS.fullmatch(name):
            raise ApiError(400, f"Unrecognized request argument supplied: {name}")
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise ApiError(400, "you must provide a model parameter", param="model")
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise ApiError(400, "expected a non-empty array of messages", param="messages")
    if body.get("stream_options") is not None and not body.get("stream"):
        raise ApiError(400, "stream_options is only allowed when stream is enabled", param="stream_options")
    for index, message in enumerate(messages):
        _check_message(message, f"messages.[{index}]")
    _check_tool_order(messages)
    for index, tool in enumerate(body.get("tools") or []):
        _check_tool(tool, f"tools[{index}]")
    if "tools" in body and not body["tools"]:
        raise ApiError(400, "[] is too short - 'tools'", param="tools")
    return body


def _check_message(message: Any, where: str) -> None:
    if not isinstance(message, dict) or message.get("role") not in _ROLES:
        raise ApiError(400, f"expected a message with a known role at {where}", param=where)
    content = message.get("content")
    if message["role"] == "assistant":
        if content is None and not message.get("tool_calls") and not message.get("function_call"):
            raise ApiError(400, f"expected content or tool_calls at {where}", param=where)
        for call in message.get("tool_calls") or []:
            _check_call(call, where)
    elif not isinstance(content, str | list) or content == []:
        raise ApiError(400, f"expected a string or an array as content at {where}", param=where)
    if message["role"] == "tool" and not isinstance(message.get("tool_call_id"), str):
        raise ApiError(400, f"missing tool_call_id at {where}", param=where)


def _check_call(call: Any, where: str) -> None:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or not isinstance(call.get("id"), str) or call.get("type") != "function":
        raise ApiError(400, f"expected tool_calls with id, type and function at {where}", param=where)
    if not isinstance(function.get("arguments"), str):
        raise ApiError(400, f"expected arguments as a string at {where}", param=where)


def _check_tool_order(messages: list[dict[str, Any]]) -> None:
    open_ids: set[str] = set()
    for message in messages:
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_ids:
                raise ApiError(
                    400,
                    "messages with role 'tool' must be a response to a preceding message with 'tool_calls'",
                    param="messages",
                )
            open_ids.discard(message["tool_call_id"])
            continue
        if open_ids:
            break
        open_ids = {call["id"] for call in message.get("tool_calls") or []}
    if open_ids:
        raise ApiError(
            400,
            "an assistant message with 'tool_calls' must be followed by tool messages responding to each "
            f"'tool_call_id'; these did not have one: {', '.join(sorted(open_ids))}",
            param="messages",
        )


def _check_tool(tool: Any, where: str) -> None:
    function = tool.get("function") if isinstance(tool, dict) else None
    if not isinstance(function, dict) or tool.get("type") != "function":
        raise ApiError(400, f"expected a tool of type function at {where}", param=where)
    if not _FUNCTION_NAME.fullmatch(str(function.get("name", ""))):
        raise ApiError(400, f"expected a name of letters, digits, _ and - at {where}", param=where)
    if not isinstance(function.get("parameters", {}), Mapping):
        raise ApiError(400, f"expected a JSON Schema object as parameters at {where}", param=where)


def read_json(raw: bytes) -> Any:
    """Return the JSON in a request's body.

    Raises:
        ApiError: 400, it is none.
    """
    try:
        return json.loads(raw)
    except ValueError as exc:
        raise ApiError(400, "we could not parse the JSON body of your request") from exc
