"""Parses values of reference parameters: a local resource, or an external URL.
https://hl7.org/fhir/R4/search.html#reference"""

import re
from collections.abc import Iterable
from typing import Final

from esante.core.domain.resource import is_id
from esante.core.domain.structures import RESOURCE_TYPES
from esante.search.domain.query.criteria import Criterion, References, Tokens
from esante.search.domain.query.value_parser import unescape
from esante.store.domain.index_keys import ref_element, self_key, uri_element
from socle.errors import Refusal

_LOCAL: Final = re.compile(
    r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(/_history/[A-Za-z0-9\-.]{1,64})?"
)
_EXTERNAL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:.+|#.+", re.DOTALL)


def read_reference(
    text: str, parameter: int, *, targets: Iterable[str], base: str, one_type: str | None
) -> Criterion:
    """The criterion of `id`, `Type/id`, `Type/id/_history/version`, or a URL.

    `parameter`: its key. `targets`: the types it can refer to. `base`: the FHIR base; URLs below it
    are local, others are compared exactly. `one_type`: the type in the modifier. Raises Refusal if
    the text is none of these, or of another type than `one_type`.
    """
    plain_text = unescape(text)
    local = plain_text.removeprefix(base + "/")
    if match := _LOCAL.fullmatch(local):
        resource_type, resource_id, version = match.groups()
        if resource_type not in RESOURCE_TYPES:
            raise Refusal("invalid", f"« {resource_type} » n'est pas un type de ressource.")
        if one_type not in (None, resource_type):
            raise Refusal("invalid", f"« {text} » n'est pas une référence à {one_type}.")
        if version is not None:
            return Tokens((uri_element(parameter, local),))
        return References((ref_element(parameter, self_key(resource_type, resource_id)),))
    if is_id(plain_text):
        types = [one_type] if one_type else sorted(targets)
        return References(
            tuple(ref_element(parameter, self_key(each, plain_text)) for each in types)
        )
    if _EXTERNAL.fullmatch(plain_text) and one_type is None:
        return Tokens((uri_element(parameter, plain_text),))
    raise Refusal(
        "invalid", f"« {text} » n'est pas une référence : écrivez id, Type/id ou une adresse."
    )
