"""The state that streams render: immutable, and replaced by one writer."""

from typing import Protocol, TypeVar

StateT = TypeVar("StateT")
StateT_co = TypeVar("StateT_co", covariant=True)
StateT_contra = TypeVar("StateT_contra", contravariant=True)


class StateSource(Protocol[StateT_co]):
    """The newest immutable state of a replica."""

    @property
    def state(self) -> StateT_co: ...

    async def next_change(self) -> None:
        """Wait until the state is replaced."""
        ...
