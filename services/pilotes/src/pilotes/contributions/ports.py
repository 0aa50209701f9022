"""What hearing everybody asks of the outside."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pilotes.contributions.domain import Contribution, Counts, State, Verdict
from pilotes.record.domain.decisions import Signatory


class Contributions(Protocol):
    """What anybody said, pilot by pilot."""

    async def add(self, pilot_id: str, said: str, *, at: datetime) -> None:
        """Keep it, and of `at` the day (UTC) alone; what says the same as another is that one.
        Raises Refusal past the bound of a day."""
        ...

    async def list_of(
        self, pilot_id: str, *, state: State | None, before: int | None, limit: int
    ) -> Sequence[Contribution]:
        """The last one first. `state`: None for any; `before`: those of a smaller number."""
        ...

    async def counts(self, pilot_id: str) -> Counts:
        """Of one pilot."""
        ...

    async def settle(
        self,
        pilot_id: str,
        number: int,
        verdict: Verdict,
        *,
        revision: int,
        by: Signatory,
        at: datetime,
    ) -> Contribution:
        """Keep what the team makes of it. Raises Refusal: there is none, somebody else settled it
        since that revision, or its text is gone."""
        ...
