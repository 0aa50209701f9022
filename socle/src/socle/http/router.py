"""The endpoints of a capability, declared apart from the application that serves them.

FastAPI's `APIRouter` analyses an endpoint where it is declared and again where it is included, and
matches the path of a request twice. A `Router` stores declarations: the application analyses each
once, and matches paths in one list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, TypeVar, Unpack

from fastapi import FastAPI, Response
from fastapi.params import Depends

EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])


class EndpointOptions(TypedDict, total=False):
    """FastAPI's options of an endpoint, the used ones."""

    operation_id: str
    summary: str
    description: str
    response_model: Any
    response_class: type[Response]
    responses: dict[int | str, dict[str, Any]]
    status_code: int
    dependencies: Sequence[Depends]
    include_in_schema: bool
    openapi_extra: dict[str, Any]
    name: str


@dataclass(frozen=True, slots=True)
class _Endpoint:
    path: str
    function: Callable[..., Any]
    dependencies: tuple[Depends, ...]
    options: Mapping[str, Any]
    """The other arguments of `FastAPI.add_api_route`."""


class Router:
    """Declares endpoints: `@router.get("/people/{name}", summary="Une personne")`.

    `prefix`: of their paths. `tags`: of their operations. `dependencies`: FastAPI's `Depends`,
    resolved before each endpoint. `include_in_schema`: whether the OpenAPI document describes them.
    """

    def __init__(
        self,
        *,
        prefix: str = "",
        tags: Sequence[str] = (),
        dependencies: Sequence[Depends] = (),
        include_in_schema: bool = True,
    ) -> None:
        self._prefix = prefix
        self._tags = list(tags)
        self._dependencies = tuple(dependencies)
        self._include_in_schema = include_in_schema
        self._endpoints: list[_Endpoint] = []

    def get(
        self, path: str, **options: Unpack[EndpointOptions]
    ) -> Callable[[EndpointT], EndpointT]:
        """Declare the function below as the endpoint of GET. `path`: below the prefix."""
        return self._declare("GET", path, options)

    def head(
        self, path: str, **options: Unpack[EndpointOptions]
    ) -> Callable[[EndpointT], EndpointT]:
        """Declare an endpoint of HEAD."""
        return self._declare("HEAD", path, options)

    def post(
        self, path: str, **options: Unpack[EndpointOptions]
    ) -> Callable[[EndpointT], EndpointT]:
        """Declare an endpoint of POST."""
        return self._declare("POST", path, options)

    def put(
        self, path: str, **options: Unpack[EndpointOptions]
    ) -> Callable[[EndpointT], EndpointT]:
        """Declare an endpoint of PUT."""
        return self._declare("PUT", path, options)

    def delete(
        self, path: str, **options: Unpack[EndpointOptions]
    ) -> Callable[[EndpointT], EndpointT]:
        """Declare an endpoint of DELETE."""
        return self._declare("DELETE", path, options)

    def include(self, router: "Router") -> None:
        """Declare the endpoints of `router` too, with its own prefix, tags and dependencies."""
        self._endpoints += router._endpoints

    def add_to(
        self, app: FastAPI, *, prefix: str = "", dependencies: Sequence[Depends] = ()
    ) -> None:
        """Add the endpoints to `app`, in the order of declaration.

        `prefix`: before their paths. `dependencies`: resolved before their own.
        """
        for each in self._endpoints:
            app.add_api_route(
                prefix + each.path,
                each.function,
                dependencies=[*dependencies, *each.dependencies],
                **each.options,
            )

    def _declare(
        self, method: str, path: str, given: EndpointOptions
    ) -> Callable[[EndpointT], EndpointT]:
        options: dict[str, Any] = {**given, "methods": [method], "tags": self._tags}
        options["include_in_schema"] = self._include_in_schema and given.get(
            "include_in_schema", True
        )
        dependencies = (*self._dependencies, *options.pop("dependencies", ()))

        def declare(function: EndpointT) -> EndpointT:
            self._endpoints.append(_Endpoint(self._prefix + path, function, dependencies, options))
            return function

        return declare
