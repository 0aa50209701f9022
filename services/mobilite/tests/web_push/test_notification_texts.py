"""What a notification contains."""

import json

from boards import EIGHT
from hypothesis import given, settings
from hypothesis import strategies as st

from mobilite.web_push.api.message_body import LONGEST
from mobilite.web_push.api.notification_texts import TEXTS, NotificationTexts
from mobilite.web_push.api.traffic_texts import TRAFFIC_TEXTS
from mobilite.web_push.domain.journey_facts import POSSIBLE, JourneyFacts
from mobilite.web_push.flows.subscribe import LONGEST_ID
from socle.testing import sized

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(title=TEXT, sentences=st.lists(TEXT, max_size=8), times=st.integers(1, 400))
@settings(max_examples=sized(60, deep=2000))
def test_no_message_is_too_long_for_a_push_service(
    title: str, sentences: list[str], times: int
) -> None:
    facts = {f"alert {number}": text * times for number, text in enumerate(sentences)}
    journey = JourneyFacts({}, facts, title * times, "Résumé.", EIGHT, arrived=False)
    journey_id = "x" * LONGEST_ID
    message = NotificationTexts().message(journey_id, journey, [*facts], "fr")
    assert len(message) <= LONGEST
    content = json.loads(message)
    assert (content["journey"], content["lang"]) == (journey_id, "fr")


def test_a_sentence_about_two_facts_is_written_once() -> None:
    sentences = {"departure 1": "Tram A : départ à 9:00.", "arrival 1": "Tram A : départ à 9:00."}
    journey = JourneyFacts({POSSIBLE: True}, sentences, "A → B", "Résumé.", EIGHT, arrived=False)
    content = json.loads(NotificationTexts().message("j", journey, [*sentences], "fr"))
    assert content["body"] == "Tram A : départ à 9:00.\nRésumé."


def test_the_texts_exist_in_both_languages() -> None:
    for texts in (TEXTS, TRAFFIC_TEXTS):
        assert texts["fr"].keys() == texts["en"].keys()
