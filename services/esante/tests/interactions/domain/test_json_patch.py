"""JSON Patch: the examples of RFC 6902, appendix A, and what cannot be done."""

import json
from typing import Any

import pytest

from esante.interactions.domain.patch.json_patch import apply_json_patch
from socle.errors import Refusal

EXAMPLES = [
    ('{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]', '{"baz":"qux","foo":"bar"}'),
    (
        '{"foo":["bar","baz"]}',
        '[{"op":"add","path":"/foo/1","value":"qux"}]',
        '{"foo":["bar","qux","baz"]}',
    ),
    ('{"baz":"qux","foo":"bar"}', '[{"op":"remove","path":"/baz"}]', '{"foo":"bar"}'),
    (
        '{"foo":["bar","qux","baz"]}',
        '[{"op":"remove","path":"/foo/1"}]',
        '{"foo":["bar","baz"]}',
    ),
    (
        '{"baz":"qux","foo":"bar"}',
        '[{"op":"replace","path":"/baz","value":"boo"}]',
        '{"baz":"boo","foo":"bar"}',
    ),
    (
        '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}',
        '[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]',
        '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}',
    ),
    (
        '{"foo":["all","grass","cows","eat"]}',
        '[{"op":"move","from":"/foo/1","path":"/foo/3"}]',
        '{"foo":["all","cows","eat","grass"]}',
    ),
    (
        '{"baz":"qux","foo":["a",2,"c"]}',
        '[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]',
        '{"baz":"qux","foo":["a",2,"c"]}',
    ),
    (
        '{"foo":"bar"}',
        '[{"op":"add","path":"/child","value":{"grandchild":{}}}]',
        '{"foo":"bar","child":{"grandchild":{}}}',
    ),
    (
        '{"foo":"bar"}',
        '[{"op":"add","path":"/baz","value":"qux","xyz":123}]',
        '{"foo":"bar","baz":"qux"}',
    ),
    (
        '{"/":9,"~1":10}',
        '[{"op":"test","path":"/~01","value":10}]',
        '{"/":9,"~1":10}',
    ),
    (
        '{"foo":["bar"]}',
        '[{"op":"add","path":"/foo/-","value":["abc","def"]}]',
        '{"foo":["bar",["abc","def"]]}',
    ),
    ('{"a":1}', '[{"op":"add","path":"","value":{"b":2}}]', '{"b":2}'),
    ('{"a":[1]}', '[{"op":"copy","from":"/a","path":"/b"}]', '{"a":[1],"b":[1]}'),
]


@pytest.mark.parametrize(("before", "patch", "after"), EXAMPLES)
def test_the_examples_of_the_rfc(before: str, patch: str, after: str) -> None:
    document = json.loads(before)
    assert apply_json_patch(document, json.loads(patch)) == json.loads(after)
    assert document == json.loads(before)


@pytest.mark.parametrize(
    ("patch", "rule"),
    [
        ({"op": "add", "path": "/a", "value": 1}, None),
        ([{"op": "spam", "path": "/a"}], None),
        ([{"path": "/a"}], None),
        ([{"op": "add", "path": "/a"}], None),
        ([{"op": "add", "path": "a", "value": 1}], None),
        ([{"op": "add", "path": "/~2", "value": 1}], None),
        ([{"op": "move", "path": "/a"}], None),
        ([{"op": "remove", "path": "/x"}], "unprocessable"),
        ([{"op": "replace", "path": "/x", "value": 1}], "unprocessable"),
        ([{"op": "add", "path": "/x/y", "value": 1}], "unprocessable"),
        ([{"op": "add", "path": "/l/3", "value": 1}], "unprocessable"),
        ([{"op": "add", "path": "/l/01", "value": 1}], "unprocessable"),
        ([{"op": "remove", "path": "/l/-"}], "unprocessable"),
        ([{"op": "remove", "path": ""}], "unprocessable"),
        ([{"op": "test", "path": "/a", "value": True}], "unprocessable"),
        ([{"op": "test", "path": "/a", "value": "1"}], "unprocessable"),
        ([{"op": "move", "from": "/o", "path": "/o/p"}], "unprocessable"),
    ],
)
def test_what_cannot_be_done_is_refused(patch: Any, rule: str | None) -> None:
    with pytest.raises(Refusal) as refused:
        apply_json_patch({"a": 1, "l": [1, 2], "o": {}}, patch)
    assert refused.value.details.get("rule") == rule


def test_copies_upon_copies_are_bounded() -> None:
    doubling = [{"op": "copy", "from": "", "path": f"/{at}"} for at in range(64)]
    with pytest.raises(Refusal, match="copie trop"):
        apply_json_patch({"a": [1, 2, 3]}, doubling)
