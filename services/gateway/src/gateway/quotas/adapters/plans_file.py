"""plans.toml (GATEWAY_PLANS): changes to the default plans. It is read again when it changes.

[plan.public]                       # what is absent keeps its default
streams = 100
[plan.public.classes.board]
rate = 5                            # a second
burst = 50
daily = 20000                       # none: no quota

[[account]]                         # raised to another plan, by agreement
id = "…"                            # its number, displayed with each new key
plan = "partner"

[[key]]                             # a service of the platform
name = "portail"
plan = "house"
sha256 = "…"                        # of the key: regionlab house-key
"""

import logging
import tomllib
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gateway.quotas.domain.api_key import ApiKey
from gateway.quotas.domain.plans import PLANS, Allowance, Plan, Plans
from gateway.routes.domain.plan_names import PlanClass, PlanName
from socle.clock import Clock
from socle.errors import Refusal
from socle.wording import mistakes_of

log = logging.getLogger("gateway.plans")
_CHECK_SECONDS: Final = 1.0


class _Allowance(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rate: float = Field(gt=0, le=1e6, allow_inf_nan=False)
    burst: int = Field(ge=1, le=1_000_000)
    daily: int | None = Field(default=None, ge=1, le=1_000_000_000)


class _Plan(BaseModel):
    model_config = ConfigDict(extra="forbid")

    streams: int | None = Field(default=None, ge=1)
    classes: dict[PlanClass, _Allowance] = {}


class _Account(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1)]
    plan: PlanName


class _Key(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,50}$")]
    plan: PlanName
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _PlansFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    plan: dict[PlanName, _Plan] = {}
    account: tuple[_Account, ...] = ()
    key: tuple[_Key, ...] = ()


class PlansFile:
    """The plans in force. A file that becomes invalid is logged and has no effect."""

    def __init__(self, path: Path | None) -> None:
        """Without a file the default plans apply. Raises Refusal("invalid") if it is invalid."""
        self._path = path
        self._version = _version(path)
        self._apply(_PlansFile() if path is None else _read(path))

    def plans(self) -> Plans:
        """The default plans with the file's changes."""
        return self._plans

    def house_key(self, sha256: str) -> ApiKey | None:
        """The platform's own key of that digest, if any."""
        return self._keys.get(sha256)

    def account_plan(self, account: str) -> PlanName | None:
        """The plan that the file gives an account, if any."""
        return self._accounts.get(account)

    async def watch(self, clock: Clock) -> None:
        """Check every second whether the file changed. Runs until cancelled."""
        while True:
            await clock.sleep(_CHECK_SECONDS)
            self.reload_if_changed()

    def reload_if_changed(self) -> None:
        """Read the file again if it changed."""
        version = _version(self._path)
        if self._path is None or version == self._version:
            return
        self._version = version
        try:
            self._apply(_read(self._path))
        except Refusal as refusal:
            log.error(
                "plans.toml is invalid, the previous version stays in force: %s", refusal.message
            )

    def _apply(self, table: _PlansFile) -> None:
        self._plans = {name: _override(plan, table.plan.get(name)) for name, plan in PLANS.items()}
        self._accounts = {each.id: each.plan for each in table.account}
        self._keys = {each.sha256: ApiKey(each.name, each.name, each.plan) for each in table.key}


def _override(plan: Plan, table: _Plan | None) -> Plan:
    if table is None:
        return plan
    classes = {name: Allowance(**each.model_dump()) for name, each in table.classes.items()}
    streams = plan.streams if table.streams is None else table.streams
    return Plan(plan.name, plan.label, {**plan.allowances, **classes}, streams)


def _read(path: Path) -> _PlansFile:
    try:
        return _PlansFile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("invalid", f"GATEWAY_PLANS : {path} est illisible ({error}).") from error
    except tomllib.TOMLDecodeError as error:
        raise Refusal("invalid", f"{path} n'est pas du TOML : {error}.") from error
    except ValidationError as error:
        raise Refusal("invalid", f"{path} : {mistakes_of(error)}.") from None


def _version(path: Path | None) -> tuple[int, int, int] | None:
    try:
        stat = path.stat() if path is not None else None
    except OSError:
        return 0, 0, 0
    return None if stat is None else (stat.st_mtime_ns, stat.st_size, stat.st_ino)
