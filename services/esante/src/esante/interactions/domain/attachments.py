"""The attachments of a resource that refer to a Binary of this server, with hash or size.

https://hl7.org/fhir/R4/datatypes.html#Attachment
"""

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from socle.errors import Refusal

_LOCAL: Final = re.compile(r"Binary/([A-Za-z0-9\-.]{1,64})(?:/_history/([1-9][0-9]{0,8}))?")


@dataclass(frozen=True, slots=True)
class BinaryAttachment:
    """An Attachment whose `url` is that of a Binary."""

    place: str
    """Its FHIRPath."""
    resource_id: str
    """The id of the Binary."""
    version: int | None
    """The version in the `url`; None: the current one."""
    size: int | None
    """The `size` that it declares, in bytes."""
    hash: str | None
    """The `hash` that it declares: SHA-1 in base64."""

    def check(self, size: int, sha1: bytes) -> None:
        """Raises Refusal("invalid"), rule `unprocessable`, naming the element that differs from
        the size and the SHA-1 of the content. Of the SHA-1, its hexadecimal digits are accepted
        too: IHE's examples of MHD encode those in base64."""
        where = f"Binary/{self.resource_id}"
        if self.size is not None and self.size != size:
            sentence = f"« size » dit {self.size} octets, {where} en a {size}."
            raise self._refuse("size", sentence)
        if self.hash is not None and _decoded(self.hash) not in (sha1, sha1.hex().encode()):
            expected = base64.b64encode(sha1).decode()
            sentence = f"« hash » n'est pas l'empreinte SHA-1 de {where}, qui est {expected}."
            raise self._refuse("hash", sentence)

    def _refuse(self, element: str, sentence: str) -> Refusal:
        return Refusal(
            "invalid",
            sentence,
            rule="unprocessable",
            issue="business-rule",
            expression=[f"{self.place}.{element}"],
        )


def has_binary_attachments(text: bytes) -> bool:
    """Whether the JSON of a resource can have one. Nearly every other resource is excluded without
    being parsed again."""
    return b"Binary" in text and (b'"hash"' in text or b'"size"' in text)


def binary_attachments(resource: Mapping[str, Any], *, base: str) -> list[BinaryAttachment]:
    """The attachments of a resource, also of those in it. `base`: the FHIR base, whose absolute
    addresses are local."""
    return list(_found(resource, str(resource.get("resourceType")), base))


def _found(value: Any, place: str, base: str) -> Iterator[BinaryAttachment]:
    if isinstance(value, list):
        for index, each in enumerate(value):
            yield from _found(each, f"{place}[{index}]", base)
    elif isinstance(value, dict):
        url = value.get("url")
        match = _LOCAL.fullmatch(url.removeprefix(f"{base}/")) if isinstance(url, str) else None
        size, digest = value.get("size"), value.get("hash")
        if match and (size is not None or digest is not None):
            yield BinaryAttachment(
                place,
                match[1],
                int(match[2]) if match[2] else None,
                size if isinstance(size, int) else None,
                digest if isinstance(digest, str) else None,
            )
        for name, each in value.items():
            if isinstance(each, list | dict):
                yield from _found(each, f"{place}.{name}", base)


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text)
    except ValueError:
        return None
