"""The alarm of a sample ratio mismatch, for Prometheus."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import Gauge

from pilotes.record.domain.pilot import PilotId

_ALARM: Final = Gauge(
    "pilotes_draw_alarm",
    "1: the people of a running trial were not assigned to arms as planned (sample ratio mismatch):"
    " it concludes nothing until somebody finds out why; 0: they were.",
    ["pilot"],
)


class FigureMetrics:
    """Implements `RatioAlarms`."""

    def set_ratio_states(self, ratio_as_planned: Mapping[PilotId, bool]) -> None:
        _ALARM.clear()
        for pilot, as_planned in ratio_as_planned.items():
            _ALARM.labels(pilot).set(not as_planned)
