"""FastAPI applications with problem+json errors, documented in their OpenAPI."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.routing import Match

from socle.clock import Clock
from socle.errors import Refusal, Retry
from socle.http.edge import MAX_BODY, Edge
from socle.http.problems import MEDIA_TYPE, Problem, of_refusal, of_retry, of_status
from socle.telemetry import current_request_id
from socle.wording import reason

_PLACES: Final[Mapping[str, str]] = {
    "query": "paramètre",
    "path": "adresse",
    "header": "en-tête",
    "cookie": "cookie",
    "body": "contenu",
}


class ProblemBody(BaseModel):
    """An error (RFC 9457). Some categories add members of their own."""

    type: str = Field(examples=["urn:regionlab:problem:not_found"])
    title: str = Field(examples=["Introuvable"])
    status: int = Field(examples=[404])
    detail: str = Field(description="Une phrase : que faire", examples=["Ceci n'existe pas."])
    request_id: str | None = Field(examples=["4f1c2d"])


# By reference, so that the document holds the model once; FastAPI's `model=` would document it
# as application/json too.
_ANY_PROBLEM: Final[dict[str, Any]] = {
    "description": "Erreur",
    "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


class _Documented(FastAPI):
    """FastAPI whose OpenAPI document defines the problem that every operation refers to."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas["Problem"] = ProblemBody.model_json_schema()
        return document


def make_app(
    title: str,
    *,
    service: str,
    clock: Clock,
    version: str = "0.1.0",
    max_body: int = MAX_BODY,
    **fastapi_options: Any,
) -> FastAPI:
    """A FastAPI application behind the edge.

    `service`: the label of its metrics. `max_body`: bytes of a request body.
    """
    app = make_bare_app(title, version=version, **fastapi_options)
    app.add_middleware(Edge, service=service, clock=clock, max_body=max_body)
    return app


def make_bare_app(title: str, *, version: str = "0.1.0", **fastapi_options: Any) -> FastAPI:
    """A FastAPI application without the edge, for callers that add the edge themselves.

    Its endpoints raise `Refusal` instead of choosing a status. Every operation documents the
    problem response, which replaces FastAPI's own 422: invalid input is a 400 here.
    """
    app = _Documented(
        title=title,
        version=version,
        redoc_url=None,
        responses={"default": _ANY_PROBLEM},
        # A path with a stray "/" is another path: a redirect would reveal this process's address
        # to outside callers.
        redirect_slashes=False,
        **fastapi_options,
    )
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(Retry, _retry)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _bare_status)
    return app


def _render(problem: Problem) -> Response:
    status, headers, body = problem.render(current_request_id())
    response = Response(body, status)
    response.raw_headers = headers
    return response


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _render(of_refusal(error))


async def _retry(request: Request, error: Exception) -> Response:
    assert isinstance(error, Retry)
    return _render(of_retry(error))


async def _bare_status(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if "Allow" in headers:
        headers["Allow"] = _allow(request)
    return _render(of_status(error.status_code, headers))


def _allow(request: Request) -> str:
    """Every method of an address (RFC 9110 §10.2.1). The framework names those of one endpoint, and
    HEAD, which the edge answers as a GET, never."""
    methods: set[str] = set()
    for route in request.app.routes:
        if route.matches(request.scope)[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


async def _not_valid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return _render(of_refusal(validation_refusal(error.errors())))


def _field(error: ErrorDetails) -> str:
    # For invalid JSON the location is a position in the text, not a field.
    inside = error["loc"][1:] if error["type"] != "json_invalid" else ()
    return ".".join(str(part) for part in inside)


def validation_refusal(errors: Sequence[ErrorDetails]) -> Refusal:
    """The errors that pydantic found in a request as one refusal: a sentence, and the same errors
    one by one in its detail `errors`."""
    found = [
        {
            "in": str(error["loc"][0]) if error["loc"] else "body",
            "field": _field(error),
            "reason": reason(error),
        }
        for error in errors
    ]
    places = (f"{_PLACES.get(e['in'], e['in'])} {e['field']}".strip() for e in found)
    sentence = " ; ".join(f"{at} : {e['reason']}" for at, e in zip(places, found, strict=True))
    return Refusal("invalid", sentence, errors=found)
