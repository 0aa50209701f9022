"""What contributions need of the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pilotes.contributions.domain import Contribution, Counts, Moderation, State
from pilotes.record.domain.decisions import Signatory


class Contributions(Protocol):
    """The contributions of the pilots."""

    async def add(self, pilot_id: str, text: str, *, at: datetime) -> None:
        """Store a text with the day (UTC) of `at`. A text with the digest of another is that one.
        Raises Refusal beyond the daily limit."""
        ...

    async def list_of(
        self, pilot_id: str, *, state: State | None, before: int | None, limit: int
    ) -> Sequence[Contribution]:
        """The last one first. `state`: None for any; `before`: those with a smaller number."""
        ...

    async def counts(self, pilot_id: str) -> Counts:
        """Of one pilot."""
        ...

    async def moderate(
        self,
        pilot_id: str,
        number: int,
        moderation: Moderation,
        *,
        revision: int,
        by: Signatory,
        at: datetime,
    ) -> Contribution:
        """Store the moderation. Raises Refusal: there is no such contribution, it has another
        revision, or its text is erased."""
        ...
