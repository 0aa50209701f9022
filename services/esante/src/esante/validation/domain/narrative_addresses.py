"""The addresses that narrative links to or displays, as a browser resolves them (WHATWG URL)."""

from typing import Final

_LINK_SCHEMES: Final = ("http:", "https:", "ftp:", "mailto:", "tel:")


def is_link(address: str) -> bool:
    """Whether a person can follow a link without running code: relative, or of a known scheme."""
    return address_scheme(address) in ("", *_LINK_SCHEMES)


def is_embedded(address: str) -> bool:
    """Whether an image is in the resource or relative to it, or embedded (`data:image/`)."""
    scheme = address_scheme(address)
    return scheme == "" or (scheme == "data:" and _plain(address).startswith("data:image/"))


def address_scheme(address: str) -> str:
    """The scheme of an address (`https:`), empty for a relative one; "//host" is absolute."""
    plain = _plain(address)
    if plain.startswith("//"):
        return "https:"
    head, colon, _ = plain.partition(":")
    return head + colon if colon and not set(head) & set("/?#") else ""


def _plain(address: str) -> str:
    """An address in lower case, without what browsers leave out or read as a slash."""
    return "".join(address.split()).lower().replace("\\", "/")
