"""The literal references in the JSON of a resource. https://hl7.org/fhir/R4/references.html"""

import json
import re
from collections.abc import Iterator
from typing import Final
from unicodedata import normalize
from urllib.parse import unquote, urlsplit

from esante.core.domain.resource import is_id
from esante.core.domain.structures import RESOURCE_TYPES

# A quote inside a string is escaped: this matches members, never text in a narrative.
_REFERENCE: Final = re.compile(r'"reference"\s*:\s*"([^"\\]*+(?:\\.[^"\\]*+)*+)"')


def references(text: str) -> Iterator[str]:
    """The value of every member `reference` in a JSON text."""
    for reference in _REFERENCE.findall(text):
        yield str(json.loads(f'"{reference}"')) if "\\" in reference else reference


def local_references(text: str) -> Iterator[str]:
    """The same as `Device/x`: without the base before it and the version after it."""
    for reference in references(text):
        yield "/".join(reference.partition("/_history/")[0].split("/")[-2:])


_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):(.*)", re.DOTALL)
_PORTS: Final = {"http": "80", "https": "443"}
# Characters of a host that browsers leave out, or read as a dot (UTS 46).
_IGNORED: Final = {
    **dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)]),
    0x3002: ".",
}
_MAX_DECODINGS: Final = 5
"""How often a path is percent-decoded: each reader on its way can do it once."""


def disguised_target(reference: str, base: str) -> tuple[str, str] | None:
    """(type, id) of the resource below `base` that a lenient reader retrieves for a reference that
    is not in plain form; None if it is of another server, or none.

    Read as the WHATWG reads URLs, and more leniently: any case of scheme and host, a default port,
    `//host`, dot segments, percent-encoding, backslashes, spaces, parameters, a query, a fragment.
    A reference that anybody could take for one into a record is judged as one.
    https://url.spec.whatwg.org/#url-parsing
    """
    path = _path_here(_without_controls(reference), base)
    if path is None:
        return None
    home = _segments(urlsplit(base).path)
    found = _segments(path)
    if [each.casefold() for each in found[: len(home)]] != [each.casefold() for each in home]:
        return None
    named = found[len(home) : len(home) + 2]
    if len(named) < 2 or named[0] not in RESOURCE_TYPES or not is_id(named[1]):
        return None
    return named[0], named[1]


def _without_controls(reference: str) -> str:
    """The reference as browsers read it: without tabs and line ends, `/` for a backslash."""
    text = "".join(each for each in _compatible(reference) if each not in "\t\r\n")
    return text.strip("".join(map(chr, range(33)))).replace("\\", "/")


def _path_here(text: str, base: str) -> str | None:
    """The path of a reference on the server of `base`; None for another server."""
    text = text.partition("#")[0].partition("?")[0]
    scheme, found = urlsplit(base).scheme, _SCHEME.fullmatch(text)
    if found is not None:
        scheme, text = found[1].lower(), found[2]
        if scheme not in _PORTS:
            return None
        if text.startswith("/") and not text.startswith("//") and scheme == urlsplit(base).scheme:
            # With one slash browsers read a path, or the host, by where the reference stands.
            home = urlsplit(base).path.casefold().rstrip("/")
            if f"{'/'.join(['', *_segments(text)])}/".casefold().startswith(f"{home}/"):
                return text
        if text.startswith("/"):
            text = "//" + text.lstrip("/")
    if text.startswith("//"):
        host, _, path = text.lstrip("/").partition("/")
        return path if _is_host_of(host, scheme, base) else None
    return text if text.startswith("/") else f"{urlsplit(base).path}/{text}"


def _is_host_of(host: str, scheme: str, base: str) -> bool:
    """Whether `user@host:port` is that of `base`."""
    name, _, port = _decoded(host).translate(_IGNORED).rpartition("@")[2].partition(":")
    own = urlsplit(base)
    own_port = str(own.port or _PORTS.get(own.scheme, ""))
    if name.casefold().rstrip(".") != (own.hostname or "").casefold():
        return False
    # Whoever asks for the other scheme is sent to this one.
    return (port.lstrip("0") or _PORTS[scheme]) in {own_port, _PORTS[scheme]}


def _segments(path: str) -> list[str]:
    """The segments of a path, decoded, without parameters (`;…`), empty and dot segments."""
    found: list[str] = []
    for segment in _decoded(path).replace("\\", "/").split("/"):
        name = segment.partition(";")[0].partition("?")[0].partition("#")[0].strip()
        if name == "..":
            del found[-1:]
        elif name not in ("", "."):
            found.append(name)
    return found


def _decoded(text: str) -> str:
    for _ in range(_MAX_DECODINGS):
        decoded = unquote(text)
        if decoded == text:
            break
        text = decoded
    return _compatible(text)


def _compatible(text: str) -> str:
    """The compatibility form of each character alone: a run of combining marks, which normalisation
    of the entire text sorts in quadratic time, costs no more than other text."""
    return text if text.isascii() else "".join(normalize("NFKC", each) for each in text)
