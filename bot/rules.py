"""The desk's policy: the packaged one, or the file that POLICY_FILE names."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import ValidationError

from bot.settings import Settings
from bot.stages import SettingsError
from tools.policy import Policy


def policy_of(settings: Settings) -> Policy:
    """The policy that calls go by. It blocks the first time, so call it before a call waits.

    Raises:
        SettingsError: One line for each problem of the file.
    """
    if settings.policy_file is None:
        return Policy.shipped()
    return _policy(settings.policy_file.resolve())


def check_policy(settings: Settings) -> None:
    """Refuses a policy that cannot be kept.

    Raises:
        SettingsError: One line for each problem.
    """
    if policy_of(settings).identity.code is not None and not settings.sms_from:
        raise SettingsError(
            "POLICY_FILE: identity.code texts a code to callers, but SMS_FROM is empty; set it to a number of yours "
            "that may send text messages, or take identity.code out of the policy"
        )


@cache
def _policy(path: Path) -> Policy:
    try:
        return Policy.load(path)
    except ValidationError as exc:
        lines = [f"POLICY_FILE: {path}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in exc.errors()]
        raise SettingsError("\n".join(lines)) from exc
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise SettingsError(f"POLICY_FILE: {path}: expected a policy in YAML, got {type(exc).__name__}") from exc
