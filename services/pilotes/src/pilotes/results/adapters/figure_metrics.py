"""The draw alarm, for Prometheus."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import Gauge

from pilotes.record.domain.pilot import PilotId

_ALARM: Final = Gauge(
    "pilotes_draw_alarm",
    "1 where the people of a running trial are not drawn as planned: it concludes nothing until"
    " somebody finds out why; 0 where they are.",
    ["pilot"],
)


class FigureMetrics:
    """Implements `DrawAlarms`."""

    def set_soundness(self, sound: Mapping[PilotId, bool]) -> None:
        _ALARM.clear()
        for pilot, as_planned in sound.items():
            _ALARM.labels(pilot).set(not as_planned)
