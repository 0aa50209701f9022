"""The documents of a resource in a summary: the report of a result, the text of a directive."""

import re
from collections.abc import Iterator
from typing import Final

from esante.core.domain.json_values import objects_in
from esante.summary.domain.sections import Json

_ELEMENTS: Final = ("presentedForm", "sourceAttachment")
_BINARY: Final = re.compile(r"Binary/[A-Za-z0-9\-.]{1,64}(?:/_history/[1-9][0-9]{0,8})?")


def document_urls(resource: Json, *, base: str) -> Iterator[str]:
    """The absolute address of each document of a resource that is on this server. One from
    elsewhere is left out: nobody has verified where it leads. `base`: the FHIR base."""
    for element in _ELEMENTS:
        value = resource.get(element)
        for attachment in objects_in(value if isinstance(value, list) else [value]):
            url = attachment.get("url")
            local = url.removeprefix(f"{base}/") if isinstance(url, str) else ""
            if _BINARY.fullmatch(local):
                yield f"{base}/{local}"
