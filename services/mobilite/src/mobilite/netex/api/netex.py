"""`GET /netex/`, `/netex/region.zip`, `/netex/{feed_id}.zip`: the schedules as NeTEx.

The national access point checks the addresses with HEAD.
"""

from typing import Annotated, Final

from fastapi import Path, Request, Response
from fastapi.responses import FileResponse

from mobilite.http.api.responses import schedule_response
from mobilite.netex.api.models import NetexListJson
from mobilite.netex.api.rendering import INDEX, netex_list_json
from mobilite.netex.flows.netex_exports import NetexExports
from mobilite.open_data.api.zip_responses import licence_links, zip_response
from mobilite.open_data.ports import MergedState
from mobilite.streams.ports import StateSource
from socle.http import Router

PREFIX: Final = "/netex"
_EXPORT: Final = """\
Les horaires en NeTEx, profil France 2.3 : `region.zip` réunit tous les réseaux, `{réseau}.zip` n'en
contient qu'un. Le zip contient un document XML par réseau : exploitants, arrêts, lignes, parcours,
calendriers et courses. L'identifiant public d'un objet, celui de GTFS, est dans PrivateCode.
L'export est écrit à la première demande, puis refait dès qu'un horaire change ; tant que le premier
n'est pas prêt, 503 et Retry-After."""


def netex_router(exports: NetexExports, live: StateSource[MergedState]) -> Router:
    """The router of the NeTEx exports."""
    router = Router(tags=["open-data"])

    @router.head("/", include_in_schema=False)
    @router.get(
        "/",
        operation_id="list_netex_exports",
        response_model=NetexListJson,
        summary="Les exports NeTEx : adresses, licences, dates",
    )
    async def show_exports(request: Request) -> Response:
        """L'export de la région, puis celui de chaque réseau : où il est, à qui il est dû, quels
        jours il couvre."""
        return schedule_response(request, netex_list_json(exports.list_exports(), live.state))

    @router.head("/{name}.zip", include_in_schema=False)
    @router.get(
        "/{name}.zip",
        operation_id="get_netex_export",
        response_class=FileResponse,
        responses={200: {"content": {"application/zip": {}}}},
        summary="Les horaires d'un réseau ou de la région, en NeTEx",
        description=_EXPORT,
    )
    async def send_export(
        request: Request,
        name: Annotated[
            str,
            Path(description="L'identifiant du réseau, ou « region »", examples=["region"]),
        ],
    ) -> Response:
        file, version = await exports.get(name)
        return zip_response(
            request, file, filename=f"{name}.netex.zip", link=licence_links(INDEX, version)
        )

    return router
