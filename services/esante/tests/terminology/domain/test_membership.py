"""Membership of a code in a value set that cannot be listed completely."""

from esante.terminology.domain.concepts import ConceptSet, ValueSet
from esante.terminology.domain.expansion import Terminology
from esante.terminology.domain.membership import Membership, membership

NOTHING = Terminology(lambda url: None, lambda url: None)


def part(system: str | None, *codes: str) -> ConceptSet:
    """Those codes of a system; without any, all codes of a system that is not known here."""
    listed = tuple((code, None) for code in codes) or None
    return ConceptSet(system, listed, filters=(), value_sets=())


def of(include: list[ConceptSet], exclude: list[ConceptSet]) -> Membership:
    value_set = ValueSet("urn:v", None, "", tuple(include), tuple(exclude))
    return membership(value_set, NOTHING)


def test_an_exclude_that_cannot_be_listed_leaves_members_of_its_system_undecided() -> None:
    found = of([part("S", "a", "b"), part("T", "c")], [part("S")])
    assert found.contains("S", "a") is None
    assert found.contains("T", "c") is True
    assert found.contains("S", "z") is False
    assert found.contains("U", "a") is False
    assert found.contains(None, "a") is None


def test_a_listed_exclude_decides_in_a_system_that_is_not_known() -> None:
    found = of([part("S")], [part("S", "x")])
    assert found.contains("S", "x") is False
    assert found.contains("S", "y") is None


def test_codes_of_includes_are_members_and_others_are_not() -> None:
    found = of([part("S", "a", "b")], [part("S", "b")])
    assert [found.contains("S", code) for code in "abc"] == [True, False, False]
    assert found.contains(None, "a") is True
