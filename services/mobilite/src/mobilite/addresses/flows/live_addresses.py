"""The addresses of this replica."""

from mobilite.addresses.domain.address import Address, address_id
from mobilite.addresses.ports import AddressIndex, AddressSource
from socle.errors import Refusal


class LiveAddresses:
    """The addresses in service (`AddressSource`). One writer: the task that follows the source."""

    def __init__(self) -> None:
        self.configured = False
        self.current: AddressIndex | None = None

    async def serve(self, index: AddressIndex) -> None:
        """Serve these from now on."""
        self.current = index


def find_address(source: AddressSource, place_id: str) -> Address | None:
    """The address or street of an id; None for an unknown one, and for the id of anything else.
    Raises Refusal("unavailable") until the configured source is packed."""
    if address_id(place_id) is None:
        return None
    if source.current is not None:
        return source.current.find(place_id)
    if not source.configured:
        return None
    raise Refusal(
        "unavailable",
        "Les adresses sont en préparation : redemandez dans quelques minutes, ou choisissez un "
        "arrêt.",
        retry_after=60,
    )
