"""A resource is written as FHIR XML, in the order of its definition."""

import pytest

from esante.core.domain.xml.reader import json_of_xml
from esante.core.domain.xml.writer import xml_of_json
from socle.errors import Refusal

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def written(text: str) -> str:
    return xml_of_json(text.encode()).decode()


def test_elements_come_in_the_order_of_their_definition() -> None:
    text = (
        '{"birthDate":"1815","resourceType":"Patient","name":[{"given":["A"],"use":"usual"}],'
        '"id":"p"}'
    )
    assert written(text) == (
        f'{HEAD}<Patient xmlns="http://hl7.org/fhir"><id value="p"/><name><use value="usual"/>'
        '<given value="A"/></name><birthDate value="1815"/></Patient>'
    )


def test_each_element_can_have_its_line() -> None:
    text = b'{"resourceType":"Patient","name":[{"family":"A"}]}'
    assert xml_of_json(text, pretty=True).decode().split("\n") == [
        HEAD,
        '<Patient xmlns="http://hl7.org/fhir">',
        "  <name>",
        '    <family value="A"/>',
        "  </name>",
        "</Patient>",
    ]


def test_ids_and_addresses_of_extensions_are_attributes() -> None:
    text = '{"resourceType":"Basic","extension":[{"valueString":"x","url":"urn:a","id":"e"}]}'
    assert '<extension id="e" url="urn:a"><valueString value="x"/></extension>' in written(text)


def test_numbers_stay_as_written() -> None:
    values = ("1.10", "1e-5", "0.000000000000000001", "12345678901234567890")
    for value in values:
        text = f'{{"resourceType":"Observation","valueQuantity":{{"value":{value}}}}}'
        assert f'<value value="{value}"/>' in written(text)
        assert json_of_xml(written(text).encode()).decode() == text


def test_characters_survive() -> None:
    value = r"a\tb\nc\rd \"e\" <&> é 😀 '"
    text = f'{{"resourceType":"Basic","language":"{value}"}}'
    assert json_of_xml(written(text).encode()).decode() == text.replace(r"\"", '\\"')
    for none_in_xml in (r"\u0000", r"\u001f", r"\ud800", "\ufffe"):
        assert "a\ufffdb" in written(f'{{"resourceType":"Basic","language":"a{none_in_xml}b"}}')


@pytest.mark.parametrize(
    "text",
    [
        '{"resourceType":"Wings"}',
        '{"resourceType":"Patient","wings":2}',
        '{"resourceType":"Patient","active":{"a":1}}',
        '{"resourceType":"Patient","name":["a"]}',
        '{"resourceType":"Patient","text":{"div":"a"}}',
        '{"resourceType":"Patient","text":{"div":"<?xml version=\'1.0\'?><div/>"}}',
        '{"resourceType":"Patient","text":{"div":"<div/>"}}',
        '{"resourceType":"Patient","text":{"div":"<!DOCTYPE div><div/>"}}',
    ],
)
def test_what_xml_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        written(text)
    assert refused.value.details["rule"] == "not-acceptable"
