"""plans.toml: what differs from the usual plans. Read again when it changes.

[plan.public]                       # what is not said stays as it is
streams = 100
[plan.public.classes.board]
rate = 5                            # a second
burst = 50
daily = 5000                        # none: no quota

[[account]]                         # raised to another plan, by agreement
id = "…"                            # as its page /auth/cles/gerer tells it
plan = "partner"

[[key]]                             # of a service of ours
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
from socle.wording import reason

log = logging.getLogger("gateway.plans")
_EVERY: Final = 1.0


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
    """What applies now. A file that cannot be used any more changes nothing, and is said."""

    def __init__(self, path: Path | None) -> None:
        """Without a file the usual plans apply. Raises Refusal when it cannot be used."""
        self._path = path
        self._version = _version(path)
        self._take(_PlansFile() if path is None else _read(path))

    def plans(self) -> Plans:
        """The plans, as the file changes them."""
        return self._plans

    def house_key(self, sha256: str) -> ApiKey | None:
        """The key of ours of that digest, if there is one."""
        return self._keys.get(sha256)

    def account_plan(self, account: str) -> PlanName | None:
        """What an account was raised to, if it was."""
        return self._accounts.get(account)

    async def watch(self, clock: Clock) -> None:
        """Read it again when it changes. Runs until cancelled."""
        while True:
            await clock.sleep(_EVERY)
            self.look()

    def look(self) -> None:
        """Read it again if it changed."""
        version = _version(self._path)
        if self._path is None or version == self._version:
            return
        self._version = version
        try:
            self._take(_read(self._path))
        except Refusal as refusal:
            log.error("plans.toml cannot be used, the former one applies: %s", refusal.message)

    def _take(self, said: _PlansFile) -> None:
        self._plans = {name: _changed(plan, said.plan.get(name)) for name, plan in PLANS.items()}
        self._accounts = {each.id: each.plan for each in said.account}
        self._keys = {each.sha256: ApiKey(each.name, each.name, each.plan) for each in said.key}


def _changed(plan: Plan, said: _Plan | None) -> Plan:
    if said is None:
        return plan
    classes = {name: Allowance(**each.model_dump()) for name, each in said.classes.items()}
    streams = plan.streams if said.streams is None else said.streams
    return Plan(plan.name, plan.label, {**plan.allowances, **classes}, streams)


def _read(path: Path) -> _PlansFile:
    try:
        return _PlansFile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal("invalid", f"GATEWAY_PLANS : {path} est illisible ({error}).") from error
    except tomllib.TOMLDecodeError as error:
        raise Refusal("invalid", f"{path} n'est pas du TOML : {error}.") from error
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        said = " ; ".join(f"{'.'.join(map(str, e['loc']))} : {reason(e)}" for e in found)
        raise Refusal("invalid", f"{path} : {said}.") from None


def _version(path: Path | None) -> tuple[int, int, int] | None:
    try:
        stat = path.stat() if path is not None else None
    except OSError:
        return 0, 0, 0
    return None if stat is None else (stat.st_mtime_ns, stat.st_size, stat.st_ino)
