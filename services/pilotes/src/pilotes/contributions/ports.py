"""What the flows of contributions need of the database."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pilotes.contributions.domain import Contribution, Counts, Moderation, State
from pilotes.record.domain.decisions import Signatory


class Contributions(Protocol):
    """The store of contributions."""

    async def add(self, pilot_id: str, text: str, *, at: datetime) -> None:
        """Store a text with the day (UTC) of `at`. A text with the digest of one that the pilot
        already has is not stored. Raises Refusal beyond the daily limit."""
        ...

    async def list_of(
        self, pilot_id: str, *, state: State | None, before: int | None, limit: int
    ) -> Sequence[Contribution]:
        """At most `limit` contributions, the latest first. `state`: None for any. `before`: only
        those with a smaller number; None: all."""
        ...

    async def counts(self, pilot_id: str) -> Counts:
        """The counts of one pilot."""
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
        """Store the moderation of a contribution. Returns it as stored.

        `revision`: the one the caller read. Raises Refusal if there is no such contribution, it has
        another revision, or its text is erased and would be published.
        """
        ...
