"""When a program that ended is started again, and in which words that is reported."""

import os
import signal
from dataclasses import dataclass
from typing import Final

_HOPELESS: Final = {
    os.EX_USAGE: "commande refusée",
    os.EX_UNAVAILABLE: "démarrage impossible",
    os.EX_CONFIG: "réglages refusés",
}
"""The exit codes of a program that would end in the same way again."""
_REASONS: Final = _HOPELESS | {
    os.EX_SOFTWARE: "erreur interne",
    os.EX_TEMPFAIL: "dépendance absente ou port déjà pris",
}
_SIGNALS: Final = {each.value: each.name for each in signal.Signals}


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How often and how fast programs are started again."""

    first_pause: float = 0.5
    """Seconds before a program is started again; doubled as long as it ends soon."""
    longest_pause: float = 30.0
    stable_seconds: float = 60.0
    """A program that was ready for so long did not end soon."""
    failed_starts: int = 4
    """So many starts in a row that ended before the program was ready are a failure."""


class Restarts:
    """Decides about one program after each of its ends."""

    def __init__(self, policy: RestartPolicy) -> None:
        self._policy = policy
        self._pause = 0.0
        self._failed_starts = 0

    def pause_after(self, code: int, *, ready_seconds: float | None) -> float | None:
        """The seconds until it is started again; None: it would be of no use.

        `code`: its exit code, or minus the number of the signal that ended it. `ready_seconds`: how
        long it was ready; None: never.
        """
        policy = self._policy
        self._failed_starts = self._failed_starts + 1 if ready_seconds is None else 0
        if code in _HOPELESS or self._failed_starts >= policy.failed_starts:
            return None
        if ready_seconds is not None and ready_seconds >= policy.stable_seconds:
            self._pause = 0.0
        self._pause = min(max(policy.first_pause, self._pause * 2), policy.longest_pause)
        return self._pause

    def misses(self) -> str:
        """How many starts in a row ended before the program was ready, as the end of a French
        sentence; empty for fewer than two."""
        count = self._failed_starts
        return f", {count} départs manqués de suite" if count > 1 else ""


def ending(code: int) -> str:
    """How a program ended, in French. `code`: as in `Restarts.pause_after`."""
    if code < 0:
        return f"signal {_SIGNALS.get(-code, -code)}"
    return f"code {code}, {_REASONS[code]}" if code in _REASONS else f"code {code}"
