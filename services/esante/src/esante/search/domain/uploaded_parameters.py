"""The uploaded search parameters that this process knows.

They are one immutable value, which a task of the process replaces (`flows/follow_parameters.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from esante.store.domain.index_keys import hash_key

if TYPE_CHECKING:
    from esante.search.domain.definitions import SearchParameter

ByType: TypeAlias = "Mapping[str, Mapping[str, SearchParameter]]"
"""Resource type → code → parameter."""


@dataclass(frozen=True, slots=True)
class UploadedParameters:
    """The parameters of one moment."""

    searchable: ByType = field(default_factory=dict)
    """Those by which every stored resource is indexed."""
    indexing: ByType = field(default_factory=dict)
    """Those by which some stored resources are not indexed yet: searches refuse them."""

    def key(self) -> int:
        """A key of their definitions; 0 if there are none."""
        codes = sorted(
            f"{base} {parameter.code}"
            for by_type in (self.searchable, self.indexing)
            for base, of_type in by_type.items()
            for parameter in of_type.values()
        )
        return hash_key("definitions", *codes) if codes else 0


class _Current:
    parameters = UploadedParameters()


def uploaded_parameters() -> UploadedParameters:
    """The parameters that this process uses now."""
    return _Current.parameters


def install_uploaded(parameters: UploadedParameters) -> None:
    """Replace the parameters of this process. Searches and writes that begin later use them."""
    _Current.parameters = parameters
