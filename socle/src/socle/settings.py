"""Settings: read from the environment once, at start, and immutable.

Only `load` reads the environment; building a class directly reads nothing. All mistakes are
reported at once, by the variable's name and never with its value. A variable with one of our
prefixes that no settings class reads is a mistake too: a misspelt limit must not be ignored.
"""

import difflib
import os
from collections.abc import Mapping
from typing import Any, Final, Literal, Self, TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings import SettingsError as EnvironmentUnreadable

from socle.clock import SystemClock
from socle.wording import reason

# Read by the test plugin, not by the platform; a service started by a test inherits them.
_READ_BY_TESTS = "REGIONLAB_TEST_"


class SettingsError(Exception):
    """The environment is invalid.

    `problems`: a French sentence for each mistake, without the value.
    """

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """Base of every settings class; a subclass sets `env_prefix` and its fields."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", validate_default=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


class ClockSettings(Settings):
    """The platform's time of day, the same for every program: a part of `PlatformSettings`."""

    clock_offset: float = Field(
        default=0.0, ge=-4e9, le=4e9, allow_inf_nan=False, description="seconds"
    )
    clock_speed: float = Field(
        default=1.0, ge=1, le=1000, allow_inf_nan=False, description="platform seconds per second"
    )
    clock_anchor: float = Field(
        default=0.0,
        ge=0,
        le=4e9,
        allow_inf_nan=False,
        description="POSIX instant of the machine from which clock_speed counts",
    )

    @model_validator(mode="after")
    def _speed_has_a_start(self) -> Self:
        if self.clock_speed != 1 and self.clock_anchor == 0:
            raise ValueError("REGIONLAB_CLOCK_SPEED demande REGIONLAB_CLOCK_ANCHOR")
        return self

    def clock(self) -> SystemClock:
        """The clock these settings describe."""
        return SystemClock(self.clock_offset, speed=self.clock_speed, anchor=self.clock_anchor)


_CLOCK: Final = frozenset(ClockSettings.model_fields)


class PlatformSettings(ClockSettings):
    """The settings that every service of the platform shares."""

    model_config = SettingsConfigDict(env_prefix="REGIONLAB_")

    env: Literal["development", "test", "production"] = "development"
    kafka: str = Field(min_length=1, description="bootstrap servers, host:port[,host:port…]")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    host: str = Field(default="127.0.0.1", description="the address services listen on")
    start_seconds: float = Field(
        default=60.0, ge=0, le=3600, description="how long a service waits for what it needs"
    )
    drain_seconds: float = Field(
        default=0.0, ge=0, le=300, description="not ready but still answering, before stopping"
    )
    grace_seconds: float = Field(
        default=10.0, gt=0, le=300, description="how long open requests may take at the stop"
    )

    gateway_keys: str | None = Field(
        default=None,
        description="the gateway's public JWKS: its address, or a file; unset: callers are not"
        " verified and count as anonymous",
    )

    @field_validator("gateway_keys")
    @classmethod
    def _empty_is_unset(cls, value: str | None) -> str | None:
        return value or None

    @model_validator(mode="after")
    def _production_uses_real_time(self) -> Self:
        if self.env == "production" and self.clock_offset != 0:
            raise ValueError("REGIONLAB_CLOCK_OFFSET doit valoir 0 en production")
        if self.env == "production" and self.clock_speed != 1:
            raise ValueError("REGIONLAB_CLOCK_SPEED doit valoir 1 en production")
        return self

    @model_validator(mode="after")
    def _production_verifies_callers(self) -> Self:
        if self.env == "production" and self.gateway_keys is None:
            raise ValueError("REGIONLAB_GATEWAY_KEYS doit être donné en production")
        return self


class ServiceSettings(Settings):
    """The settings of every service: its HTTP port, 0 for any free one."""

    port: int = Field(default=0, ge=0, le=65535)


SettingsT = TypeVar("SettingsT", bound=Settings)


def variables(settings_type: type[Settings]) -> dict[str, str]:
    """The environment variables of a settings class: name → field."""
    prefix = settings_type.model_config.get("env_prefix", "")
    return {f"{prefix}{field}".upper(): field for field in settings_type.model_fields}


def load(settings_type: type[SettingsT], environ: Mapping[str, str] | None = None) -> SettingsT:
    """Read one settings class from the environment (the process's own by default).

    Raises SettingsError with every mistake: missing, unusable, unknown.
    """
    environ = os.environ if environ is None else environ
    problems = _unknown(settings_type, environ)
    try:
        settings = settings_type(**_values(settings_type, environ))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        problems += [_sentence(settings_type, each) for each in found]
    except EnvironmentUnreadable as error:
        problems.append(f"{_variable_of(settings_type, error)} : un texte JSON valide est attendu")
    else:
        if not problems:
            return settings
    raise SettingsError(tuple(problems))


def platform_clock() -> SystemClock:
    """The platform's clock, for a program that is no service: only the clock's variables are read.

    Raises ValidationError (pydantic's) if one of them is invalid.
    """
    values = _values(PlatformSettings, os.environ)
    return ClockSettings(**{field: values[field] for field in values.keys() & _CLOCK}).clock()


def _values(settings_type: type[Settings], environ: Mapping[str, str]) -> dict[str, Any]:
    known = variables(settings_type)
    source = EnvSettingsSource(settings_type)
    source.env_vars = {name.lower(): environ[name] for name in known if name in environ}
    return source()


def _unknown(settings_type: type[Settings], environ: Mapping[str, str]) -> list[str]:
    known = variables(settings_type)
    prefix = settings_type.model_config.get("env_prefix", "").upper()
    unknown = sorted(
        name
        for name in environ
        if name.upper().startswith(prefix)
        and name not in known
        and not name.startswith(_READ_BY_TESTS)
    )
    return [f"{name} : variable inconnue{_nearest(name, known)}" for name in unknown]


def _nearest(name: str, known: Mapping[str, str]) -> str:
    close = difflib.get_close_matches(name.upper(), known, n=1)
    return f" (vouliez-vous dire {close[0]} ?)" if close else ""


def _sentence(settings_type: type[Settings], error: ErrorDetails) -> str:
    if not error["loc"]:
        return reason(error)
    field, *inside = (str(part) for part in error["loc"])
    name = next((n for n, f in variables(settings_type).items() if f == field), field)
    return f"{'.'.join((name, *inside))} : {reason(error)}"


def _variable_of(settings_type: type[Settings], error: Exception) -> str:
    # pydantic-settings gives the field only in its message, between quotes.
    named = (n for n, f in variables(settings_type).items() if f'"{f}"' in str(error))
    return next(named, settings_type.__name__)
