"""SMART scopes: what is granted never passes what was asked, allowed to the application, and
allowed to the role; and misses nothing of what all three open."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.callers.domain.identity import ROLES
from gateway.oauth.domain.scopes import DataScope, Scopes, allowed_for, merge_scopes, read_scopes

RESOURCE_TYPES = ("Observation", "Patient", "Condition")
RESTRICTIONS = ("category=laboratory", "status=final")

data = st.builds(
    DataScope,
    st.sampled_from(("patient", "user", "system")),
    st.sampled_from(("*", *RESOURCE_TYPES)),
    st.sets(st.sampled_from("cruds"), min_size=1).map(frozenset),
    st.sets(st.sampled_from(RESTRICTIONS)).map(frozenset),
)
plain = st.sets(st.sampled_from(("openid", "fhirUser", "launch", "offline_access")))
scopes = st.builds(
    lambda on_data, words: Scopes(merge_scopes(on_data).data, frozenset(words)),
    st.lists(data, max_size=5),
    plain,
)


def opened(of: Scopes) -> set[tuple[str, str, str, frozenset[str]]]:
    """Every act the scopes open on a resource that meets exactly some of the restrictions."""
    meets = [
        frozenset(x for x, on in zip(RESTRICTIONS, bits, strict=True) if on)
        for bits in product((False, True), repeat=2)
    ]
    return {
        (each.level, resource_type, letter, met)
        for each in of.data
        for resource_type in RESOURCE_TYPES
        for letter in each.permissions
        for met in meets
        if each.resource_type in ("*", resource_type) and each.restrictions <= met
    }


@given(scopes, scopes, st.sampled_from(ROLES))
def test_what_is_granted_is_what_all_three_open(
    requested: Scopes, application: Scopes, role: str
) -> None:
    by_role = allowed_for(role)  # type: ignore[arg-type]
    granted = requested & application & by_role
    assert granted <= requested
    assert granted <= application
    assert granted <= by_role
    assert opened(granted) == opened(requested) & opened(application) & opened(by_role)
    assert granted.plain == requested.plain & application.plain & by_role.plain


@given(scopes)
def test_scopes_are_written_as_they_are_read(some: Scopes) -> None:
    assert read_scopes(str(some)) == some


@given(scopes)
def test_ticking_every_choice_gives_all_and_a_choice_gives_no_more(some: Scopes) -> None:
    choices = some.choices()
    assert opened(merge_scopes(choices)) == opened(some)
    for choice in choices:
        assert merge_scopes((choice,)) <= some


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("patient/Observation.read", "patient/Observation.rs"),
        ("patient/*.write", "patient/*.cud"),
        ("user/*.*", "user/*.cruds"),
        ("patient/A1.rs profile email", None),
        ("system/Patient.r system/Patient.s", "system/Patient.rs"),
        ("patient/*.rs patient/Patient.r", "patient/*.rs"),
    ],
)
def test_the_first_version_and_repetitions_become_the_second(
    first: str, second: str | None
) -> None:
    if second is None:
        with pytest.raises(ValueError, match="A1"):
            read_scopes(first)
    else:
        assert str(read_scopes(first)) == second


@pytest.mark.parametrize(
    "wrong",
    [
        "patient/Observation",
        "patient/Observation.",
        "patient/Observation.sr",
        "patient/Observation.rr",
        "patient/Observation.readd",
        "patient/observation.rs",
        "patient/Observation.rs?",
        "patient/Observation.rs?category",
        "patient/Observation.rs?category=a=b",
        "patient/../x.rs",
        "system/",
    ],
)
def test_a_right_on_data_that_is_ill_written_is_named(wrong: str) -> None:
    with pytest.raises(ValueError) as refused:
        read_scopes(f"openid {wrong}")
    assert str(refused.value) == wrong


def test_words_that_are_not_smarts_are_left_out() -> None:
    assert read_scopes("profile email https://else.example/right launch/else") == Scopes()


def test_no_role_but_people_hands_anything_to_an_application() -> None:
    assert not allowed_for("anonymous")
    assert not allowed_for("integrator")
    assert not allowed_for("house")
    for role in ROLES:
        assert not allowed_for(role).at_levels("system")
