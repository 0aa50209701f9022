"""The end of what consents cover, when the terms of a trial changed.

People whose figures are not disclosed yet are observed afresh from the first exposure after they
agree to the new terms: no outcome mixes two terms, and none contains an interval without a consent.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pilotes.usage.adapters.fact_locks import EXCLUSIVE_FACT_LOCK
from socle.postgres import Connection

# A clock that was set back must not end a consent before it was given.
_LAPSE: Final = """
UPDATE consent SET lapsed_at = greatest($2, given_at)
WHERE pilot_id = $1 AND withdrawn_at IS NULL AND lapsed_at IS NULL
    AND ($3::bytea IS NULL OR pseudonym = $3) RETURNING pseudonym
"""
_BEGIN_AFRESH: Final = """
UPDATE cohort SET first_exposure = NULL, arm = NULL, observed_from = $2
WHERE pilot_id = $1 AND ($3::bytea IS NULL OR pseudonym = $3)
    AND NOT EXISTS (SELECT FROM shown_person
        WHERE shown_person.participant = cohort.participant AND tranche > 0)
"""
_AWAIT_NO_SIGNATURE: Final = """
UPDATE joint_consent SET pending = false, stratum = NULL
WHERE pilot_id = $1 AND pseudonym = $2 AND pending
"""


async def lapse_consents(
    connection: Connection,
    pilot_id: str,
    at: datetime,
    pseudonym: bytes | None,
    afresh: bool = True,
) -> Sequence[bytes]:
    """End what the active consents of a pilot cover. `pseudonym`: of one person, 32 bytes; None:
    everybody. `afresh`: False after another wording alone, so that no team erases what was seen of
    a harm. Returns the pseudonyms.

    It runs in the caller's transaction, and waits for transactions that add facts.
    """
    # In the order of a withdrawal, which also changes consents before it takes the lock.
    rows = await connection.fetch(_LAPSE, pilot_id, at, pseudonym)
    if pseudonym is not None:
        # After new terms for everybody, a signature under the former ones is refused anyway, and
        # who awaits it needs no other code to sign again.
        await connection.execute(_AWAIT_NO_SIGNATURE, pilot_id, pseudonym)
    await connection.execute(EXCLUSIVE_FACT_LOCK)
    if afresh:
        await connection.execute(_BEGIN_AFRESH, pilot_id, at, pseudonym)
    return [row["pseudonym"] for row in rows]
