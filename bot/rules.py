"""The desk's policy: the packaged one, or the file that POLICY_FILE names."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from bot.api_tools import api_plans
from bot.settings import Settings
from bot.stages import SettingsError
from tools.policy import Policy
from tools.registry import discover


def policy_of(settings: Settings) -> Policy:
    """The policy that calls go by. It blocks the first time, so call it before a call waits.

    Raises:
        SettingsError: One line for each problem of the file.
    """
    if settings.policy_file is None:
        return Policy.shipped()
    return _policy(settings.policy_file.resolve())


def check_policy(settings: Settings) -> None:
    """Refuses a policy that cannot be kept: a guard that there is not, or before a tool that there is not.

    It blocks the first time.

    Raises:
        SettingsError: One line for each problem.
    """
    policy, registry = policy_of(settings), discover()
    where = f"POLICY_FILE: {settings.policy_file or 'tools/policy.yaml'}"
    try:
        others = [bound.name for plan in api_plans(settings) for bound in plan.operations.values()]
    except SettingsError:  # told by itself; nobody can tell which tools there would be
        others = list(policy.guards)
    lines = [f"{where}: {problem}" for problem in registry.policy_problems(policy, others)]
    if policy.identity.code is not None and not settings.sms_from:
        lines.append(
            "POLICY_FILE: identity.code texts a code to callers, but SMS_FROM is empty; set it to a number of yours "
            "that may send text messages, or take identity.code out of the policy"
        )
    if lines:
        raise SettingsError("\n".join(lines))


@cache
def _policy(path: Path) -> Policy:
    try:
        return Policy.load(path)
    except ValidationError as exc:
        lines = [f"POLICY_FILE: {path}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in exc.errors()]
        raise SettingsError("\n".join(lines)) from exc
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise SettingsError(f"POLICY_FILE: {path}: expected a policy in YAML, got {type(exc).__name__}") from exc
