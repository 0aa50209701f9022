"""`/auth/v1/…`: plans and API keys, for programs."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import Body, Request, Response, Security
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyHeader
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from gateway.quotas.api.models import AccountKeysJson, NewKeyJson, PlansJson
from gateway.quotas.domain.account import TERMS
from gateway.quotas.domain.api_key import ApiKey
from gateway.quotas.domain.plans import Plans
from gateway.quotas.flows.manage_api_keys import LONGEST_OVERLAP, ApiKeyManager, KeyRequest
from socle.errors import Refusal
from socle.http import Router

_NO_STORE: Final = {"cache-control": "no-store"}
_LAST: Final = datetime(9999, 1, 1, tzinfo=UTC)
# PostgreSQL's texts have no null character.
_STORABLE: Final = r"^[^\x00]*$"
OptionalText = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=200, pattern=_STORABLE)
]
RequiredText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=2, max_length=200, pattern=_STORABLE)
]
EmailAddress = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, max_length=254, pattern=r"^[^@\s\x00]+@[^@\s\x00]+\.[^@\s.\x00]+$"
    ),
]


_KEY_REQUIRED: Final = Security(
    APIKeyHeader(name="X-API-Key", scheme_name="apiKey", auto_error=False)
)
"""For the OpenAPI document."""


class KeyRequestJson(BaseModel):
    """A request for a key."""

    model_config = ConfigDict(extra="forbid")

    name: RequiredText = Field(examples=["Ada"])
    organisation: OptionalText = ""
    email: EmailAddress = Field(examples=["ada@exemple.fr"])
    purpose: RequiredText = Field(description="À quoi sert la clé", examples=["essai"])
    terms: str = Field(
        description="La version acceptée des conditions (/auth/conditions)", examples=[TERMS]
    )
    services: frozenset[str] = Field(
        default=frozenset(), max_length=20, description="Ce qu’elle ouvre ; vide : tout"
    )
    # A year of margin: an offset must not lead past the last representable instant.
    expires_at: Annotated[AwareDatetime, Field(lt=_LAST)] | None = None

    def to_request(self) -> KeyRequest:
        """The same request for `ApiKeyManager.register`."""
        return KeyRequest(**dict(self))


class RotationJson(BaseModel):
    """The rotation of the current key. Without a body, its defaults."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: int = Field(
        default=24,
        ge=0,
        le=LONGEST_OVERLAP,
        description="Heures pendant lesquelles les deux clés sont valables",
    )


def api_keys_router(manager: ApiKeyManager, plans: Callable[[], Plans]) -> Router:
    """The router of the endpoints; a key is sent as `X-API-Key`. `plans`: the plans in force."""
    router = Router(tags=["api-keys"])

    @router.get(
        "/auth/v1/plans",
        operation_id="list_plans",
        response_model=PlansJson,
        summary="Les plans et leurs quotas",
    )
    async def list_plans() -> JSONResponse:
        return JSONResponse(plans_json(plans()), headers={"cache-control": "public, max-age=60"})

    @router.post(
        "/auth/v1/keys",
        operation_id="create_api_key",
        response_model=NewKeyJson,
        status_code=201,
        summary="Créer une clé",
    )
    async def register(body: KeyRequestJson) -> JSONResponse:
        key, stored = await manager.register(body.to_request())
        return _created(key, stored)

    _add_current_key(router, manager)
    _add_changes(router, manager)
    return router


def _add_current_key(router: Router, manager: ApiKeyManager) -> None:
    @router.get(
        "/auth/v1/keys/current",
        operation_id="list_api_keys",
        response_model=AccountKeysJson,
        dependencies=[_KEY_REQUIRED],
        summary="Votre compte et ses clés",
    )
    async def list_keys(request: Request) -> JSONResponse:
        current = await manager.authenticate(_presented_key(request))
        keys = [
            {
                "id": each.id,
                "services": sorted(each.services),
                "created_at": each.created_at.isoformat(),
                "expires_at": _instant(each.expires_at),
                "revoked_at": _instant(each.revoked_at),
                "current": each.id == current.id,
            }
            for each in await manager.list(current)
        ]
        return JSONResponse({"account": current.account, "keys": keys}, headers=_NO_STORE)


def _add_changes(router: Router, manager: ApiKeyManager) -> None:
    @router.post(
        "/auth/v1/keys/current/rotation",
        operation_id="rotate_api_key",
        response_model=NewKeyJson,
        status_code=201,
        dependencies=[_KEY_REQUIRED],
        summary="Remplacer une clé",
    )
    async def rotate(
        request: Request, rotation: Annotated[RotationJson, Body(default_factory=RotationJson)]
    ) -> JSONResponse:
        current = await manager.authenticate(_presented_key(request))
        return _created(*await manager.rotate(current, overlap_hours=rotation.overlap_hours))

    @router.delete(
        "/auth/v1/keys/current",
        operation_id="revoke_api_key",
        status_code=204,
        dependencies=[_KEY_REQUIRED],
        summary="Révoquer une clé",
    )
    async def revoke(request: Request) -> Response:
        await manager.revoke(await manager.authenticate(_presented_key(request)))
        return Response(status_code=204, headers=_NO_STORE)


def plans_json(plans: Plans) -> dict[str, Any]:
    """The limits of each plan, except that of the platform's services."""
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


def _presented_key(request: Request) -> str:
    presented = request.headers.get("x-api-key")
    if presented is None:
        raise Refusal("unauthenticated", "Présentez votre clé dans l'en-tête X-API-Key.")
    return presented.strip()


def _created(key: str, stored: ApiKey) -> JSONResponse:
    body = {
        "key": key,
        "id": stored.id,
        "account": stored.account,
        "plan": stored.plan,
        "services": sorted(stored.services),
        "expires_at": _instant(stored.expires_at),
    }
    return JSONResponse(body, 201, headers=_NO_STORE)


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
