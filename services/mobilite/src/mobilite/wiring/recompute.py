"""`python -m mobilite indicators --recompute FROM TO`: writes the stored figures of the service
dates from FROM to TO (YYYY-MM-DD) again, from the archive of passages."""

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Final

from mobilite.settings import MobiliteSettings
from mobilite.wiring.indicators import FIGURES, open_tables
from socle.settings import SettingsError, load

_USAGE: Final = "Usage : python -m mobilite indicators --recompute AAAA-MM-JJ AAAA-MM-JJ\n"


def recompute(arguments: Sequence[str]) -> int:
    """Recompute a period. `arguments`: its first and last date. Returns the exit code: 0, 64 for
    wrong arguments, 70 for an error of the disk, 78 for wrong settings."""
    try:
        first, last = (date.fromisoformat(each) for each in arguments)
    except ValueError:
        sys.stderr.write(_USAGE)
        return 64
    try:
        settings = load(MobiliteSettings)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 78
    _, tables = open_tables(settings)
    try:
        count = tables.recompute(FIGURES, first, last, int(datetime.now(UTC).timestamp()))
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        return 70
    sys.stdout.write(f"{count} tables recalculées, du {first} au {last}.\n")
    return 0
