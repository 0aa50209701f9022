"""The FastAPI application of the routes that the gateway answers itself.

They are in the route table like any other: a request that arrives here has passed the same checks,
and `gateway.routes.api` gives its context.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fastapi import FastAPI

from gateway.authentication.api.jwks import jwks_router
from gateway.contract.api.docs import docs_router
from gateway.contract.api.openapi import openapi_router
from gateway.contract.flows import ContractPublisher
from gateway.http.api.languages import languages_router
from gateway.routes.api import visitor_of
from socle.http import EntityTags, Router, make_bare_app
from socle.pages import SITE_FILES, PageRequests

TAGS: Final = [
    {"name": "api-keys", "description": "Clés d’API et quotas"},
    {"name": "auth", "description": "Connexion et jetons"},
]
"""The groups of the API reference, with the French names that its pages display."""


def own_document(routers: Iterable[Router], public_keys: Mapping[str, Any]) -> dict[str, Any]:
    """The OpenAPI document of the gateway's own routes."""
    app = make_bare_app("Région Lab", openapi_tags=TAGS)
    for router in (*routers, jwks_router(public_keys)):
        router.add_to(app)
    return app.openapi()


def control_app(
    contract: ContractPublisher,
    public_keys: Mapping[str, Any],
    routers: Iterable[Router] = (),
    *,
    public: str,
) -> FastAPI:
    """The application with documentation, contract, public keys, the style of the pages and
    `routers`; any other address is a problem 404.

    `public_keys`: a JWKS. `public`: the platform's address, without a final slash.
    """
    app = make_bare_app("Région Lab", openapi_url=None, docs_url=None)
    app.add_middleware(EntityTags)
    app.add_middleware(PageRequests, visitor_of=visitor_of)
    for router in (
        SITE_FILES.router(),
        languages_router(),
        openapi_router(contract),
        docs_router(contract, public=public),
        jwks_router(public_keys),
        *routers,
    ):
        router.add_to(app)
    return app
