"""The board of a hub as JSON: that of a stop, with the departures and networks of several."""

from collections.abc import Sequence

from mobilite.boards.api.models import BoardJson
from mobilite.boards.api.rendering import board_json
from mobilite.boards.flows.show_hub_departures import HubBoard
from mobilite.boards.ports import BoardsState
from mobilite.stops.api.models import StopJson
from mobilite.stops.api.rendering import RenderedRoutes


def hub_board_json(
    state: BoardsState, board: HubBoard, rendered: RenderedRoutes, wanted: Sequence[str] = ()
) -> BoardJson:
    """The board of a hub, with times in the zone of its principal network. The arguments are those
    of `board_json`."""
    parts = [board_json(state, part, rendered, wanted) for part in board.parts]
    order = board.departures()
    # Why nothing leaves, or nothing before another day: as the network of the first departure does.
    speaker = parts[order[0][0]] if order else parts[0]
    alerts = {alert["id"]: alert for part in parts for alert in part["alerts"]}
    return {
        "stop": _hub_json(board, [part["stop"] for part in parts]),
        "at": parts[0]["at"],
        "generated_at": parts[0]["generated_at"],
        "message": speaker["message"],
        "feeds": [feed for part in parts for feed in part["feeds"]],
        "alerts": list(alerts.values()),
        "departures": [parts[part]["departures"][at] for part, at in order],
        "next": board.next,
    }


def _hub_json(board: HubBoard, stops: Sequence[StopJson]) -> StopJson:
    hub, access = board.hub, {stop["wheelchair"] for stop in stops}
    principal = next((s for s in stops if s["feed"] == hub.stops[0].feed_id), stops[0])
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
