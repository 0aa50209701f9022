"""`/auth/v1/…`: plans and API keys, for programs."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from gateway.quotas.domain.api_key import ApiKey
from gateway.quotas.domain.plans import Plans
from gateway.quotas.flows.manage_api_keys import LONGEST_OVERLAP, KeyKeeper, Wanted
from socle.errors import Refusal

_NEVER_KEPT: Final = {"cache-control": "no-store"}
_LAST: Final = datetime(9999, 1, 1, tzinfo=UTC)
# PostgreSQL's texts have no null character.
_STORABLE: Final = r"^[^\x00]*$"
Said = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_STORABLE)]
Must = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200, pattern=_STORABLE)
]
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s.\x00]+$"
    ),
]


class WantedJson(BaseModel):
    """A key that is asked for."""

    model_config = ConfigDict(extra="forbid")

    name: Must
    organisation: Said = ""
    email: Email
    purpose: Must = Field(description="what the key is for")
    terms: str = Field(description="the version of /auth/conditions that is accepted")
    services: frozenset[str] = Field(default=frozenset(), max_length=20)
    # A year's margin: another offset than UTC must not lead past the last instant there is.
    expires_at: Annotated[AwareDatetime, Field(lt=_LAST)] | None = None

    def wanted(self) -> Wanted:
        """As the flow takes it."""
        return Wanted(**dict(self))


class RotationJson(BaseModel):
    """How the present key is replaced."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(default=24, ge=0, le=LONGEST_OVERLAP)


def keys_router(keeper: KeyKeeper, plans: Callable[[], Plans]) -> APIRouter:
    """The addresses; whoever has a key presents it as `X-API-Key`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/auth/v1/plans")
    async def show_plans() -> JSONResponse:
        return JSONResponse(plans_json(plans()), headers={"cache-control": "public, max-age=60"})

    @router.post("/auth/v1/keys")
    async def register(wanted: WantedJson) -> JSONResponse:
        key, facts = await keeper.register(wanted.wanted())
        return _shown(key, facts)

    _add_own(router, keeper)
    return router


def _add_own(router: APIRouter, keeper: KeyKeeper) -> None:
    @router.get("/auth/v1/keys/current")
    async def show(request: Request) -> JSONResponse:
        own = await keeper.own(_presented(request))
        keys = [
            {
                "id": each.id,
                "services": sorted(each.services),
                "created_at": each.created_at.isoformat(),
                "expires_at": _instant(each.expires_at),
                "revoked_at": _instant(each.revoked_at),
                "current": each.id == own.id,
            }
            for each in await keeper.list(own)
        ]
        return JSONResponse({"account": own.account, "keys": keys}, headers=_NEVER_KEPT)

    @router.post("/auth/v1/keys/current/rotation")
    async def rotate(request: Request, rotation: RotationJson) -> JSONResponse:
        own = await keeper.own(_presented(request))
        return _shown(*await keeper.rotate(own, overlap_hours=rotation.overlap_hours))

    @router.delete("/auth/v1/keys/current")
    async def revoke(request: Request) -> Response:
        await keeper.revoke(await keeper.own(_presented(request)))
        return Response(status_code=204, headers=_NEVER_KEPT)


def plans_json(plans: Plans) -> dict[str, Any]:
    """What each plan gives; the house's own is nobody else's business."""
    return {
        "plans": [
            {
                "name": plan.name,
                "streams": plan.streams,
                "classes": {
                    name: {"per_second": each.rate, "burst": each.burst, "daily": each.daily}
                    for name, each in plan.allowances.items()
                },
            }
            for plan in plans.values()
            if plan.name != "house"
        ]
    }


def _presented(request: Request) -> str:
    presented = request.headers.get("x-api-key")
    if presented is None:
        raise Refusal("unauthenticated", "Présentez votre clé dans l'en-tête X-API-Key.")
    return presented.strip()


def _shown(key: str, facts: ApiKey) -> JSONResponse:
    body = {
        "key": key,
        "id": facts.id,
        "account": facts.account,
        "plan": facts.plan,
        "services": sorted(facts.services),
        "expires_at": _instant(facts.expires_at),
    }
    return JSONResponse(body, 201, headers=_NEVER_KEPT)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
