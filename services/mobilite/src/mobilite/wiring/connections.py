"""The recorder of forecast errors, for the roles that search journeys."""

from mobilite.connections.adapters.connection_metrics import count_calls
from mobilite.connections.adapters.errors_file import ErrorsFile
from mobilite.connections.flows.record_errors import ErrorRecorder
from mobilite.live.flows import Live
from mobilite.wiring.shared import Start
from socle.service import RunningRole


def wire_recorder(given: Start, live: Live) -> tuple[ErrorRecorder, RunningRole]:
    """A recorder of what `live` forecasts, and the task that runs it."""
    stored = ErrorsFile(given.settings.data / "connections")
    recorder = ErrorRecorder(lambda: live.state.snapshot, given.clock, stored, count_calls)
    return recorder, RunningRole(tasks={"connections": recorder.run})
