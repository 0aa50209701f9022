"""GET /decision-keys: the public keys that verify signed decisions."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from pydantic import BaseModel

from socle.http import Router


class DecisionKeysBody(BaseModel):
    """A JWK Set (RFC 7517) of public keys."""

    keys: list[dict[str, Any]]


def decision_keys_router(public: Mapping[str, Any]) -> Router:
    """The route of the keys. `public`: the JWKS of every key that ever signed a decision."""
    router = Router(tags=["decisions"])

    @router.get(
        "/decision-keys",
        operation_id="list_decision_keys",
        summary="Les clés qui vérifient les décisions signées",
    )
    async def decision_keys(response: Response) -> DecisionKeysBody:
        response.headers["cache-control"] = "public, max-age=300"
        return DecisionKeysBody(keys=public["keys"])

    return router
