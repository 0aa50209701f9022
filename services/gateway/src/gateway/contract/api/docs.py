"""The API documentation: the platform's contract, rendered as pages without scripts."""

from dataclasses import dataclass

import orjson
from fastapi import Response

from gateway.contract.domain.reference.operations import Group, read_groups
from gateway.contract.flows import ContractPublisher
from gateway.http.api.pages import PAGES
from socle.errors import Refusal
from socle.http import Router
from socle.pages import BRIEFLY


@dataclass(frozen=True, slots=True)
class _Reference:
    """The contract as it is displayed."""

    etag: str
    """Of the document it was read from."""
    groups: tuple[Group, ...]
    unavailable: tuple[str, ...]
    """The services whose contract is missing."""


def docs_router(contract: ContractPublisher, *, public: str) -> Router:
    """The router of `/docs` and its pages. `public`: the platform's address."""
    router = Router(include_in_schema=False)
    reader = _ReferenceReader(contract, public)

    @router.get("/docs")
    async def index() -> Response:
        reference = await reader.current()
        return PAGES.answer(
            "documentation/index.html",
            cache=BRIEFLY,
            services=_by_service(reference.groups),
            unavailable=reference.unavailable,
        )

    @router.get("/docs/{name}")
    async def group(name: str) -> Response:
        reference = await reader.current()
        found = next((each for each in reference.groups if each.slug == name), None)
        if found is not None:
            return PAGES.answer("documentation/group.html", cache=BRIEFLY, group=found)
        if reference.unavailable:
            message = "Cette documentation est momentanément indisponible. Réessayez."
            raise Refusal("unavailable", message, retry_after=5)
        raise Refusal("not_found", "Cette page de la documentation n'existe pas.")

    return router


class _ReferenceReader:
    """Reads the contract again when it changes."""

    def __init__(self, contract: ContractPublisher, public: str) -> None:
        self._contract, self._public = contract, public
        self._read: _Reference | None = None

    async def current(self) -> _Reference:
        published = await self._contract.current()
        if self._read is None or self._read.etag != published.etag:
            document = orjson.loads(published.body)
            groups = read_groups(document, public=self._public)
            missing = tuple(document.get("x-unavailable", ()))
            self._read = _Reference(published.etag, groups, missing)
        return self._read


def _by_service(groups: tuple[Group, ...]) -> dict[str, list[Group]]:
    services: dict[str, list[Group]] = {}
    for each in groups:
        services.setdefault(each.service, []).append(each)
    return services
