"""The fast bound of nesting agrees with the parser; a changed object is parsed as a new one."""

import json
import random

import pytest

from esante.core.domain.json_depth import SHALLOW, is_shallow
from esante.core.domain.json_parser import parse_object
from esante.core.domain.json_reparse import reparse

_TEXTS = ("", "a", "[", "}{", '"', "\\", '\\"[', "é]", "\\\\{")


def _value(chance: random.Random, levels: int) -> object:
    kind = chance.randrange(4) if levels else chance.randrange(2)
    if kind == 0:
        return chance.choice(_TEXTS)
    if kind == 1:
        return chance.choice((1, -2.5, True, None))
    if kind == 2:
        return [_value(chance, levels - 1) for _ in range(chance.randrange(4))]
    return {
        chance.choice(_TEXTS) + str(n): _value(chance, levels - 1)
        for n in range(chance.randrange(4))
    }


def _depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def test_the_nesting_of_any_text_is_bounded() -> None:
    chance = random.Random(7)
    outcomes = set()
    for _ in range(500):
        value = _value(chance, 5)
        for _ in range(chance.choice((0, SHALLOW - 3, SHALLOW + 3))):
            value = chance.choice(([value], {"[": value}))
        body = json.dumps(value, ensure_ascii=chance.random() < 0.5).encode()
        outcomes.add(is_shallow(body))
        if _depth(value) > SHALLOW:
            assert not is_shallow(body), body
        if _depth(value) <= SHALLOW // 2:
            assert is_shallow(body), body
    assert outcomes == {True, False}


@pytest.mark.parametrize("body", [b"[" * 50, b"{]", b'{"a', b'{"a":[}]', b"]["])
def test_nothing_is_known_of_a_text_that_is_no_json(body: bytes) -> None:
    assert not is_shallow(body)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": 1, "b" :{"c":["x", {"d":"x"}]},"e":true}', ("x", "a longer text")),
        ('{"a":"x","b":"xx","c":{"d":"x"}}', ('"x"', '""')),
        ('{"a":[12,"long"],"b":{"c":"long"} , "d":0.10}', ("long", "s")),
        ('{"a":"x"}', ("y", "z")),
    ],
)
def test_a_changed_object_is_parsed_as_a_new_one(before: str, after: tuple[str, str]) -> None:
    text = before.replace(*after)

    assert reparse(parse_object(before.encode()), text) == parse_object(text.encode())
