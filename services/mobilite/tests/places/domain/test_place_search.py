"""Places are found as people type them; by the complete name, its beginning, and with typos."""

import string

import pytest
from boards import City
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from places import COMMUNES, REGION, listed
from typos import with_typo

from mobilite.addresses.domain.communes import Commune
from mobilite.places.domain.hubs import Hubs
from mobilite.places.domain.place_search import PlaceMatches, PlaceSearch
from mobilite.places.domain.places import list_places
from mobilite.places.domain.region_places import Gazetteer
from mobilite.text_search.domain.search_words import search_words
from mobilite.text_search.domain.word_index import Costs, WordIndex
from socle.testing import sized


@pytest.fixture(scope="module")
def search() -> PlaceSearch:
    city = City()
    for feed_id, files in REGION.items():
        city.schedule(files, feed_id)
    city.live.places.configure(Gazetteer(communes=COMMUNES))
    city.live.places.refresh()
    return city.live.places.current.search


def around(search: PlaceSearch, text: str, near: tuple[float, float]) -> list[str]:
    return [place.place.name for place in search.search(text, near).places]


BLOIS, ORLEANS = (47.5857, 1.3239), (47.9080, 1.9046)


@pytest.mark.parametrize(("near", "first"), [(BLOIS, "azalys"), ((47.7825, 1.6240), "remi")])
def test_of_equal_names_the_near_one_is_first(
    search: PlaceSearch, near: tuple[float, float], first: str
) -> None:
    found = search.search("mairie", near).places
    assert found[0].stops[0].feed_id == first
    # The same places are found as without a point.
    assert {each.place.id for each in found} == {
        each.place.id for each in search.search("mairie").places
    }


def test_a_town_comes_before_what_is_near_and_only_begins_like_it(search: PlaceSearch) -> None:
    assert around(search, "blois", ORLEANS)[:2] == names(search, "blois")[:2]
    assert around(search, "gare", BLOIS)[0] == "Blois-Chambord"
    assert around(search, "gare", ORLEANS)[0] == "Gare d'Orléans"


def names(search: PlaceSearch, text: str) -> list[str]:
    return [place.place.name for place in search.search(text).places]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("gare dorlean", "Gare d'Orléans"),
        ("garedorl", "Gare d'Orléans"),
        ("GARE ORLEANS", "Gare d'Orléans"),
        ("orléans gare", "Gare d'Orléans"),
        ("garre d'orlaens", "Gare d'Orléans"),
        ("orléans gare routière", "Gare d'Orléans"),  # a member's name
        ("gare de blois", "Blois-Chambord"),
        ("aubrais", "Les Aubrais-Orléans"),
        ("les aubray", "Les Aubrais-Orléans"),
        ("hopital source", "Hôpital de La Source"),
        ("hoptial", "Hôpital de La Source"),
        ("saint laur", "St-Laurent"),
        ("st-laurent", "St-Laurent"),
        ("ferte saint aubin", "La Ferté-Saint-Aubin"),
        ("45190", "Beaugency"),
        ("451", "Orléans"),
        ("beaugncy", "Beaugency"),
    ],
)
def test_what_people_type_is_found_first(search: PlaceSearch, text: str, first: str) -> None:
    assert names(search, text)[0] == first


def test_stations_come_first_then_the_commune_then_stops(search: PlaceSearch) -> None:
    found = search.search("orléans").places
    assert [place.place_type for place in found][:3] == ["hub", "commune", "station"]
    assert names(search, "orléans")[:3] == ["Gare d'Orléans", "Orléans", "Les Aubrais-Orléans"]
    assert names(search, "gare") == ["Blois-Chambord", "Gare d'Orléans", "Les Aubrais-Orléans"]


def test_a_commune_distinguishes_two_stops_of_one_name(search: PlaceSearch) -> None:
    for text, commune in (
        ("mairie blois", "Blois"),
        ("mairie 45190", "Beaugency"),
        ("beaugency mairie", "Beaugency"),
    ):
        (place, *_) = search.search(text).places
        assert place.place.name == "Mairie"
        assert place.commune is not None
        assert place.commune.name == commune


def test_a_commune_leads_to_its_main_stations(search: PlaceSearch) -> None:
    stations = {
        place.place.name: [stop.id for stop in place.stops]
        for code in ("45000", "41000", "45190", "45240")
        for place in search.search(code).places
        if place.place_type == "commune"
    }
    # Les Aubrais is a second station of Orléans; Beaugency has no train here; La Ferté no stop.
    assert stations["Orléans"] == ["sncf:orl", "remi:gr", "tao:gare", "sncf:aub"]
    assert stations["Blois"] == ["sncf:blo", "azalys:gare", "remi:blois"]
    assert stations["Beaugency"] == ["remi:mairie"]
    assert stations["La Ferté-Saint-Aubin"] == []


def test_a_text_without_letters_finds_nothing(search: PlaceSearch) -> None:
    assert search.search(" ’–") == PlaceMatches()
    assert search.search("xqzw").places == ()
    assert PlaceSearch().search("gare").places == ()


REAL_NAMES = (
    "Gare d'Orléans",
    "Hôtel de Ville",
    "St-Pierre-des-Corps",
    "Zénith/CO'Met",
    "Université-L'Indien",
    "Sacré-Cœur",
    "8 Mai 1945",
    "Pl. du Martroi",
    "Chambray-lès-Tours – Route de la Forêt",
    "Lycée Jean Monnet",
    "P+R Les Aulnaies",
    "Bd Victor Hugo",
)
some_names = st.one_of(
    st.sampled_from(REAL_NAMES),
    st.text(alphabet=string.ascii_letters + "éèçœ '-", min_size=1, max_size=24),
)


@settings(max_examples=sized(150, deep=4000), deadline=None)
@given(several=st.lists(some_names, min_size=1, max_size=8), data=st.data())
def test_every_stop_is_found_by_its_name_with_or_without_a_typo(
    several: list[str], data: st.DataObject
) -> None:
    stops = [listed(f"f:{at}", name) for at, name in enumerate(several)]
    search = PlaceSearch(list_places(stops, Hubs())[0])
    wanted = data.draw(st.sampled_from(stops))
    assume(wanted.words)

    def found(text: str) -> set[str]:
        return {place.place.id for place in search.search(text).places}

    assert wanted.id in found(wanted.name)
    assert wanted.id in found("".join(wanted.words))
    assert wanted.id in found(wanted.name[: data.draw(st.integers(1, 30))]) or not search_words(
        wanted.name[:1]
    )
    wrong = data.draw(with_typo(wanted.name))
    # A typo can make an abbreviation, which stands for another word.
    if search_words(wrong) == tuple(wrong.split()):
        others = {stop.words for stop in stops}
        assert wanted.id in found(wrong) or search_words(wrong) in others


def test_many_words_are_no_more_work_than_few(
    search: PlaceSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up, costs = list[str](), WordIndex.costs

    def counted(self: WordIndex, word: str, *, typos: bool, last: bool) -> Costs:
        looked_up.append(word)
        return costs(self, word, typos=typos, last=last)

    monkeypatch.setattr(WordIndex, "costs", counted)
    assert "Gare d'Orléans" in names(search, "garre " * 100)
    assert search.search(" ".join(f"x{number}" for number in range(100))).places == ()
    # Each word once in names and once elsewhere, as written and with typos.
    assert len(looked_up) == 2 * 2 * 2


@settings(max_examples=sized(200, deep=5000))
@given(text=some_names)
def test_folding_a_folded_name_changes_nothing(text: str) -> None:
    words = search_words(text)
    assert search_words(" ".join(words)) == words


def test_communes_too_far_away_are_not_those_of_a_stop() -> None:
    stop = listed("f:1", "Parc")
    far = Commune("00001", "Loin", (), 0.2, 0.0)
    near = Commune("00002", "Ici", (), 0.05, 0.0)
    assert list_places([stop], Hubs(), [far])[0][0].commune is None
    assert list_places([stop], Hubs(), [far, near])[0][0].commune is near
