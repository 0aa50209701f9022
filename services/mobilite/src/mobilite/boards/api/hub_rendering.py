"""The board of a hub as JSON: that of a stop, with the departures and networks of several."""

from collections.abc import Sequence

from mobilite.alerts.domain.alert import severity_rank
from mobilite.boards.api.models import BoardJson
from mobilite.boards.api.rendering import board_json
from mobilite.boards.flows.show_hub_departures import HubBoard
from mobilite.boards.ports import BoardsState
from mobilite.places.domain.hubs import Hub
from mobilite.stops.api.models import StopJson
from mobilite.stops.api.rendering import RenderedRoutes


def hub_board_json(
    state: BoardsState, board: HubBoard, rendered: RenderedRoutes, wanted: Sequence[str] = ()
) -> BoardJson:
    """The board of a hub. Its own times are in the zone of its principal network, those of each
    departure in the zone of its stop. The arguments are those of `board_json`."""
    parts = [board_json(state, part, rendered, wanted) for part in board.parts]
    order = board.departures()
    # The network of the first departure states why nothing leaves, or nothing before another day.
    soonest = parts[order[0][0]] if order else parts[0]
    feed_id = board.hub.stops[0].feed_id
    principal = next((part for part in parts if part["stop"]["feed"] == feed_id), parts[0])
    alerts = [alert for part in parts for alert in part["alerts"]]
    return {
        "stop": _hub_json(board.hub, principal["stop"], [part["stop"] for part in parts]),
        "at": principal["at"],
        "generated_at": principal["generated_at"],
        "message": soonest["message"],
        "feeds": [feed for part in parts for feed in part["feeds"]],
        "alerts": sorted(alerts, key=lambda alert: severity_rank(alert["severity"])),
        "departures": [parts[part]["departures"][at] for part, at in order],
        "next": board.next,
    }


def _hub_json(hub: Hub, principal: StopJson, stops: Sequence[StopJson]) -> StopJson:
    access = {stop["wheelchair"] for stop in stops}
    return {
        "id": hub.id,
        "name": hub.name,
        "code": None,
        "platform_code": None,
        "kind": "hub",
        "station": None,
        "lat": principal["lat"],
        "lon": principal["lon"],
        "wheelchair": access.pop() if len(access) == 1 else "unknown",
        "timezone": principal["timezone"],
        "feed": principal["feed"],
    }
