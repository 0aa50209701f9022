"""The JSON of plans and API keys. Docstrings are part of the OpenAPI document."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict


class AllowanceJson(TypedDict):
    """The requests of one class that a plan allows."""

    per_second: float
    burst: int
    daily: Annotated[int | None, Field(description="null : sans limite par jour")]


class PlanJson(TypedDict):
    """A plan."""

    name: str
    streams: Annotated[
        int | None, Field(description="Flux ouverts en même temps ; null : sans limite")
    ]
    classes: Annotated[dict[str, AllowanceJson], Field(description="Par classe de demandes")]


class PlansJson(TypedDict):
    """All plans."""

    plans: list[PlanJson]


class NewKeyJson(TypedDict):
    """A new key, which is disclosed in this response only."""

    key: str
    id: str
    account: str
    plan: str
    services: Annotated[list[str], Field(description="Ce qu'elle ouvre ; vide : tout")]
    expires_at: str | None


class KeyJson(TypedDict):
    """A key of an account, without the key itself."""

    id: str
    services: list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    current: Annotated[bool, Field(description="Celle de cette demande")]


class AccountKeysJson(TypedDict):
    """The keys of an account."""

    account: str
    keys: list[KeyJson]
