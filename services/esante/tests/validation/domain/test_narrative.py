"""Narrative that is safe to display. https://hl7.org/fhir/R4/narrative.html"""

import pytest
from narrative_attacks import ATTACKS, FAMILIES, SOUND, Attack, div

from esante.validation.domain.narrative import EMPTY, narrative_problem
from esante.validation.domain.narrative_elements import NarrativeRefused
from esante.validation.domain.narrative_html import check_html

# What HTML reads where XML reads nothing, and what an XML parser alone does not find.
READ_IN_HTML = [
    f"<!-->{'<img src=x onerror=hit()>'}-->",
    "<![CDATA[><img src=x onerror=hit()>]]>",
    "<?x ><img src=x onerror=hit()>?>",
    "<svg><desc><p>a",
    "<math><mi>a",
    "<h:p>a</h:p>",
    "a</div><p>b",
]


@pytest.mark.parametrize("content", SOUND)
def test_allowed(content: str) -> None:
    assert narrative_problem(div(content)) is None


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.content[:60])
def test_attacks_are_refused_with_what_is_wrong(attack: Attack) -> None:
    problem = narrative_problem(attack.text)
    assert problem not in (None, EMPTY)
    assert attack.named in problem


def test_the_table_has_every_family() -> None:
    assert {name: len(family) >= 15 for name, family in FAMILIES.items()} == dict.fromkeys(
        FAMILIES, True
    )
    assert len({attack.text for attack in ATTACKS}) == sum(map(len, FAMILIES.values())) >= 150


@pytest.mark.parametrize("content", READ_IN_HTML)
def test_the_html_reading_finds_it_alone(content: str) -> None:
    with pytest.raises(NarrativeRefused, match="Lu en HTML"):
        check_html(div(content))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            "<script>a</script>",
            "L’élément « script » n’est pas permis dans un texte : il exécute du code.",
        ),
        (
            "<p onclick='a'>a</p>",
            "L’attribut « onclick » de l’élément « p » n’est pas permis dans un texte :"
            " il exécute du code.",
        ),
        (
            "<p style='position: fixed'>a</p>",
            "Style de l’élément « p » : la propriété « position » n’est pas permise, elle sort le"
            " texte de sa place et peut couvrir la page.",
        ),
        (
            "<p style='width: 100vw'>a</p>",
            "Style de l’élément « p » : la valeur de « width » n’est pas permise, l’unité « vw »"
            " dépend de la page.",
        ),
    ],
)
def test_a_refusal_names_what_and_why(content: str, message: str) -> None:
    assert narrative_problem(div(content)) == message


@pytest.mark.parametrize(
    "text",
    [
        "bonjour",
        "",
        "<div>sans espace de noms</div>",
        '<p xmlns="http://www.w3.org/1999/xhtml">a</p>',
        '<body xmlns="http://www.w3.org/1999/xhtml">a</body>',
        div("<p>a</b>"),
        div("<p>a"),
        div("<p>&nbsp;</p>"),
        div("\ud800"),
    ],
)
def test_not_one_div(text: str) -> None:
    assert narrative_problem(text) not in (None, EMPTY)


def test_empty() -> None:
    assert narrative_problem(div(" \n <p> </p>")) == EMPTY


@pytest.mark.parametrize(
    "content",
    [
        # HTML copies the open elements into each paragraph: 36 million elements.
        "<p>" + "".join(f"<b id='b{at}'/>" for at in range(3_000)) + "</p>" + "<p>a</p>" * 12_000,
        "<p>" + "<b><i>" * 40 + "<p>a</p>" * 100_000 + "</i></b>" * 40 + "</p>",
        "<span/>" * 100_000,
        "<div>" * 100_000 + "</div>" * 100_000,
    ],
    ids=["formats", "nested formats", "left open", "deep"],
)
def test_what_is_costly_as_html_is_refused_before(content: str) -> None:
    assert "éléments" in str(narrative_problem(div(content)))


@pytest.mark.parametrize(
    "content",
    [
        "<p style='" + "color:red;" * 30_000 + "'>a</p>",
        "".join(f"<p style='width:{at}px'>a</p>" for at in range(20_000)),
    ],
    ids=["long", "many"],
)
def test_what_is_costly_as_css_is_refused_before(content: str) -> None:
    assert "styles" in str(narrative_problem(div(content)))
