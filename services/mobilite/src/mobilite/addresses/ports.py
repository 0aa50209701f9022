"""The addresses in service."""

from typing import Protocol

from mobilite.addresses.domain.address import Address, AddressMatches


class AddressIndex(Protocol):
    """The addresses of one source, searched on the disk: callers do not wait on the event loop."""

    def search(self, text: str, *, limit: int) -> AddressMatches:
        """The addresses that fit a text, or the words of it that are typed so far."""
        ...

    def find(self, place_id: str) -> Address | None:
        """The address or street of an id."""
        ...


class AddressSource(Protocol):
    """Gives the newest addresses."""

    @property
    def configured(self) -> bool:
        """Whether there is a source of addresses."""
        ...

    @property
    def current(self) -> AddressIndex | None:
        """None without a source, or until it is packed for the first time."""
        ...
