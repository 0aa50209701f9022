"""`GET /mobilite/v1/alerts.geojson`: the places of disruptions.

https://www.rfc-editor.org/rfc/rfc7946
"""

from collections.abc import Sequence
from typing import Annotated

import orjson
from fastapi import Query, Request, Response

from mobilite.alerts.api.alert_texts import effect_words
from mobilite.alerts.api.models import AlertFeatureJson, AlertMapJson
from mobilite.alerts.flows.list_alerts import AlertFilter
from mobilite.alerts.flows.map_alerts import AlertPlace, map_alerts
from mobilite.alerts.ports import AlertsState
from mobilite.gtfs.domain.ids import global_id
from mobilite.gtfs.domain.translations import best_translation
from mobilite.http.api.languages import Languages
from mobilite.http.api.parameters import MapLimit
from mobilite.http.api.responses import GEOJSON_TYPE, GeoJsonResponse, entity_tag, live_response
from mobilite.streams.ports import StateSource
from socle.clock import Clock
from socle.http import Router


def add_alert_map(router: Router, live: StateSource[AlertsState], clock: Clock) -> None:
    """Add the endpoint."""

    @router.get(
        "/alerts.geojson",
        operation_id="get_alerts_geojson",
        response_model=AlertMapJson,
        response_class=GeoJsonResponse,
        summary="Les lieux des perturbations",
    )
    async def show_alert_map(
        request: Request,
        languages: Languages,
        feed: Annotated[str | None, Query(max_length=100, description="Un réseau seul")] = None,
        limit: MapLimit = 500,
    ) -> Response:
        """Les arrêts que nomment les perturbations en vigueur, les plus graves d'abord. Celle
        d'une ligne ou d'un réseau entier n'a pas de lieu : voir `/alerts`."""
        now = int(clock.now().timestamp())
        found = map_alerts(live.state, AlertFilter(feed), now=now, limit=limit)
        content: AlertMapJson = {
            "type": "FeatureCollection",
            "features": [_feature(each, languages) for each in found],
        }
        headers = {"vary": "accept-language"}
        tag = entity_tag(content)
        return live_response(request, orjson.dumps(content), tag, GEOJSON_TYPE, headers)


def _feature(place: AlertPlace, wanted: Sequence[str]) -> AlertFeatureJson:
    alert, schedule = place.listed.alert, place.listed.index.schedule
    assert schedule is not None
    timetable, words = schedule.timetable, effect_words(alert)
    header = best_translation(alert.header or words, wanted) or words[0]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [round(place.lon, 6), round(place.lat, 6)]},
        "properties": {
            "id": alert.id,
            "header": header.text,
            "language": header.language,
            "severity": alert.severity,
            "effect": alert.effect,
            "stop_id": global_id(timetable.feed_id, timetable.stop_ids[place.stop]),
            "stop_name": timetable.stop_names[place.stop],
        },
    }
