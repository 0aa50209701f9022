"""`GET /mobilite/v1/emissions/factors`: the public method, as the law requires for itineraries."""

from fastapi import Request, Response

from mobilite.emissions.api.models import EmissionFactorsJson
from mobilite.emissions.api.rendering import factors_json
from mobilite.emissions.domain.factors import FactorTable
from mobilite.http.api.languages import Languages, text_language
from mobilite.http.api.responses import schedule_response
from socle.http import Router


def factors_router(table: FactorTable) -> Router:
    """The router of the endpoint of the emission factors."""
    router = Router(tags=["open-data"])

    @router.get(
        "/emissions/factors",
        operation_id="get_emission_factors",
        response_model=EmissionFactorsJson,
        summary="Les émissions par kilomètre, et la méthode de calcul",
    )
    async def show_factors(request: Request, languages: Languages) -> Response:
        """Ce qu'émet un voyageur au kilomètre : CO2e, NOx et PM10, avec la source et la date de
        chaque chiffre. Ce sont ceux qui servent à calculer les émissions d'un itinéraire (code des
        transports, L.1115-8-1 et D.1115-21)."""
        content = factors_json(table, text_language(languages))
        return schedule_response(request, content, {"vary": "accept-language"})

    return router
