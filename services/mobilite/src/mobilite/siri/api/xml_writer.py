"""A tree of SIRI as XML (SIRI 2.1, UTF-8)."""

import re
from typing import Any, Final

from mobilite.siri.api.tree import Element, Ref, is_written

NAMESPACE: Final = "http://www.siri.org.uk/siri"
_ESCAPED: Final = str.maketrans(
    # What XML cannot have: an operator's text can contain it.
    dict.fromkeys((*range(0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd")
    | {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": " ", "\n": "\n", "\r": "&#13;"}
)
_SPECIAL: Final = re.compile('[&<>"\x00-\x1f\ud800-\udfff\ufffe\uffff]')


def xml_of(siri: Element) -> bytes:
    """The document whose root, `Siri`, has these members."""
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Siri xmlns="{NAMESPACE}" version="2.1">',
    ]
    for name, value in siri.items():
        _write(parts, name, value)
    parts.append("</Siri>\n")
    return "".join(parts).encode()


def _write(parts: list[str], name: str, value: Any) -> None:
    if not is_written(value):
        return
    if isinstance(value, dict):
        attributes = "".join(
            f' {key[1:]}="{_escaped(each)}"' for key, each in value.items() if key[0] == "@"
        )
        parts.append(f"<{name}{attributes}>")
        for key, each in value.items():
            if key[0] != "@":
                _write(parts, key, each)
        parts.append(f"</{name}>")
    elif isinstance(value, list):
        for each in value:
            _write(parts, name, each)
    elif isinstance(value, tuple):
        for each in value:
            language = f' xml:lang="{_escaped(each.language)}"' if each.language else ""
            parts.append(f"<{name}{language}>{_escaped(each.text)}</{name}>")
    else:
        content = value.value if isinstance(value, Ref) else value
        parts.append(f"<{name}>{_escaped(content)}</{name}>")


def _escaped(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    words = str(value)
    return words.translate(_ESCAPED) if _SPECIAL.search(words) else words
