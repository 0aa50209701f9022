"""JSON texts compared without white space."""

from esante.core.domain.json_spacing import differ_in_spacing_only


def test_spaces_between_tokens_do_not_count() -> None:
    assert differ_in_spacing_only('{"a":[1,"b c"]}', ' {"a" : [ 1,\n"b c" ] }')
    assert differ_in_spacing_only("{}", "{}")


def test_texts_and_digits_count() -> None:
    assert not differ_in_spacing_only('{"a":"b c"}', '{"a":"bc"}')
    assert not differ_in_spacing_only('{"a":"b c"}', '{"a":"b  c"}')
    assert not differ_in_spacing_only(r'{"a":"\" x"}', r'{"a":"\"x"}')
    assert not differ_in_spacing_only('{"a":1.0}', '{"a":1.00}')
