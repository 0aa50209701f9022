"""The official examples are the same after a way through XML."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import canonicalize

import pytest
from official_r4 import official_examples

from esante.core.domain.xml.reader import json_of_xml
from esante.core.domain.xml.writer import xml_of_json
from socle.testing import one_size

LARGEST = 20_000  # bytes
MOST = 10_000_000  # elements of one example


def test_one_of_each_type_is_the_same_after_a_way_through_xml() -> None:
    files = [each for each in official_examples(of_each=1) if each.stat().st_size < LARGEST]
    assert (_different(files), len(files) > 100) == ([], True)


@one_size
@pytest.mark.deep_only
def test_all_are_the_same_after_a_way_through_xml() -> None:
    files = official_examples()
    assert (_different(files), len(files)) == ([], 5_306)


def _different(files: Iterable[Path]) -> list[str]:
    return [file.name for file in files if not _is_same(file.read_bytes())]


def _is_same(text: bytes) -> bool:
    back = json_of_xml(xml_of_json(text), max_elements=MOST)
    return back == text or _parsed(back) == _parsed(text)


def _parsed(text: bytes) -> Any:
    # The text of a number counts, and what a div contains, not how that is escaped.
    value = json.loads(text, parse_float=_Number, parse_int=_Number)
    return _with_canonical_divs(value)


class _Number(str):
    __slots__ = ()


def _with_canonical_divs(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_canonical_divs(each) for each in value]
    if not isinstance(value, dict):
        return (type(value), value)
    return {
        name: canonicalize(each, with_comments=True)
        if name == "div"
        else _with_canonical_divs(each)
        for name, each in value.items()
    }
