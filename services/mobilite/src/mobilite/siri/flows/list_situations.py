"""The alerts as situations: those in force, those to come, and those over that are published."""

from collections.abc import Sequence

from mobilite.alerts.flows.list_alerts import AlertFilter, ListedAlert, listed, select_alerts
from mobilite.siri.ports import SiriState


def list_situations(
    state: SiriState, *, lines: Sequence[str], stops: Sequence[str], now: int
) -> list[ListedAlert]:
    """The alerts, in order of their public ids, at `now` (POSIX seconds). `lines`, `stops`: public
    ids, of which one must be affected; none: all.

    An alert that is over is listed as long as its operator publishes it; one that its operator
    does not display yet, or of a feed without a timetable in service, is not. Raises Refusal for
    an unknown id.
    """
    filters = [
        *(AlertFilter(route=line) for line in lines),
        *(AlertFilter(stop=stop) for stop in stops),
    ] or [AlertFilter()]
    found = {alert.id: alert for each in filters for alert in select_alerts(state, each)}
    return [
        listed(state, alert)
        for _, alert in sorted(found.items())
        if (alert.is_visible(now) or alert.when(now) == "past")
        and state.alert_index(alert.feed_id).schedule is not None
    ]
