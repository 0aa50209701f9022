"""The readings of one notice: one version, one digest, required, and easy where they have to be."""

from dataclasses import replace

import pytest
from people_world import notice
from pilot_lab import HOLDER, NOTICE, Lab, reading_draft
from visitors import Visitor, codes

from pilotes.record.domain.amendments import requires_new_consent
from pilotes.record.domain.notice import parse_notice
from pilotes.record.domain.readings import Reading, easy_mistakes, reading_gaps

EASY = Reading("Essai", "Nous essayons.", "Venez.", "Un gain.", "Aucun.", ("A", "B"), ("C",))
ENGLISH = replace(EASY, title="Trial")


def test_one_digest_covers_every_reading_and_earlier_notices_retain_it() -> None:
    plain = notice("alertes")
    assert "easy" not in plain.content()
    assert plain.readings == ("plain",)
    complete = replace(plain, easy=EASY, english=ENGLISH)
    assert parse_notice(complete.content()) == complete
    assert complete.readings == ("plain", "easy", "english")
    other = replace(complete, english=replace(ENGLISH, risks="Many."))
    assert len({plain.digest, complete.digest, other.digest}) == 3
    # Another reading is another notice; one that was missing is none.
    assert requires_new_consent(complete, other)
    assert not requires_new_consent(plain, complete)
    assert complete.read_as("english").title == "Trial"
    assert complete.read_as("english").language == "en"
    assert plain.read_as("easy") == plain


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("Vous recevez un message. " + "mot " * 16 + ".", "16 mots, 15 au plus"),
        ("La CNIL vous aide.", "CNIL : écrivez le mot entier"),
        ("25 % des gens.", "1 personne sur 4"),
    ],
)
def test_what_is_not_easy(text: str, mistake: str) -> None:
    (found,) = easy_mistakes(replace(EASY, asked=text))
    assert mistake in found
    assert "ce qui est demandé" in found


def test_what_a_reading_lacks() -> None:
    assert list(reading_gaps(EASY, "x", arms=2, data=1)) == []
    assert list(reading_gaps(None, "x", arms=2, data=1)) == ["x"]
    lacking = replace(EASY, risks=" ", arms=("A",))
    assert list(reading_gaps(lacking, "x", arms=2, data=1)) == [
        "ce que l'on risque, dans x",
        "qui reçoit quoi, dans x (2 textes)",
    ]


async def test_a_person_reads_what_they_choose_and_the_consent_states_it(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    for changes in (
        {"easy": None},
        {"easy": reading_draft("fr", arms=1)},
        {"english": reading_draft("en", data=2)},
        {"easy": reading_draft("fr") | {"risks": "La CNIL."}},
    ):
        draft = NOTICE | {"version": "2"} | changes
        refused = await pilots.request("POST", "/pilots/alertes/notices", draft, who=HOLDER)
        assert refused.status in (400, 409, 422), changes
    (code,) = await codes(pilots, uses=3)
    for reading, words in (("easy", "Nous vous prévenons."), ("english", "We warn you.")):
        visitor = Visitor(pilots)
        offer = await visitor.go(f"/participer/c/{code}?reading={reading}")
        assert words in offer.words
        assert 'aria-current="true"' in offer.text
        fields = {**offer.hidden, "declared": "age", "decision": "yes"}
        assert (await visitor.go(f"/participer/c/{code}", fields)).title == "Vous participez"
        (record,) = (await visitor.request_api("GET", "/participations/alertes/records"))[1]
        processing = record["pii_processing"]
        assert processing["privacy_notice"]["reading"] == reading
        assert processing["language"] == ("en" if reading == "english" else "fr")
        assert words in (await visitor.go("/participer/mes-participations/alertes")).words
    # Not one of them: the plain text.
    assert NOTICE["risks"] in (await Visitor(pilots).go(f"/participer/c/{code}?reading=x")).words
