"""How many first messages were requested for each address in a day, over all recipients and
pilots.

An address is given by somebody, and can be anybody's: whoever enrols, withdraws and enrols again is
another recipient each time, and the mailbox is the same. The database has a digest of it, which
nobody without PILOTES_KEY can compute from an address.
"""

from datetime import date
from typing import Final

from pilotes.messages.adapters.sealed_addresses import SealedAddresses
from pilotes.messages.domain.addresses import Address
from pilotes.messages.domain.topics import MOST_CONFIRMATIONS
from socle.errors import Refusal
from socle.postgres import Connection

# The row is locked until the transaction ends: two requests at once are counted one by one.
_COUNT: Final = """
INSERT INTO mail_request (digest, day, requests) VALUES ($1, $2, 1)
ON CONFLICT (digest, day) DO UPDATE SET requests = mail_request.requests + 1
RETURNING requests
"""


async def count_request(
    connection: Connection, addresses: SealedAddresses, address: Address, today: date
) -> None:
    """Count one more first message to that address, in the caller's transaction. Raises Refusal
    beyond `MOST_CONFIRMATIONS`."""
    requests = await connection.fetchval(_COUNT, addresses.digest(address), today)
    if requests > MOST_CONFIRMATIONS:
        raise too_many_requests()


async def forget_requests(connection: Connection, today: date) -> None:
    """Delete what was counted on former days."""
    await connection.execute("DELETE FROM mail_request WHERE day < $1", today)


def too_many_requests() -> Refusal:
    """The refusal of one first message more, to whoever requests it."""
    return Refusal(
        "too_many",
        f"{MOST_CONFIRMATIONS} demandes ont déjà été faites aujourd'hui. Réessayez demain.",
        rule="mail_confirmations_limit",
        most=MOST_CONFIRMATIONS,
    )
