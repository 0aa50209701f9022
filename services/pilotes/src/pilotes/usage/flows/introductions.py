"""When the measures of a trial were introduced: who agreed to none of them is in none of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise

from pilotes.record.domain.protocol import Indicator
from pilotes.record.ports import ProtocolVersion
from pilotes.usage.domain.measures import measure_name


def introductions(
    indicators: Sequence[Indicator], protocols: Sequence[ProtocolVersion]
) -> Mapping[str, datetime]:
    """By id, when the amendment that introduced the measure of an indicator took effect; without
    the measures that the trial started with. `protocols`: of the trial, in their order."""
    found: dict[str, datetime] = {}
    for former, amended in pairwise(protocols):
        measured = {measure_name(each) for each in former.protocol.indicators}
        for each in indicators:
            if amended.frozen_at is not None and measure_name(each) not in measured:
                found[each.id] = amended.frozen_at
    return found
