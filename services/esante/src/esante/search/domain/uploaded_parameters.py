"""The uploaded search parameters that this process knows.

They are one immutable value, which a task of the process replaces (`flows/follow_parameters.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

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


class _Current:
    parameters = UploadedParameters()


def uploaded_parameters() -> UploadedParameters:
    """The parameters that this process uses now."""
    return _Current.parameters


def install_uploaded(parameters: UploadedParameters) -> None:
    """Replace the parameters of this process. Searches and writes that begin later use them."""
    _Current.parameters = parameters
