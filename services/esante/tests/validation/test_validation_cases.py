"""Each sound case has no error; the error of each faulty case is found, and is where it says."""

import pytest
from validation_cases import FAMILIES, cases
from validator import errors_at, warned_at


@pytest.mark.parametrize("family", FAMILIES)
def test_sound_cases_have_no_error(family: str) -> None:
    sound = [case for case in cases(family) if case.at is None]
    assert len(sound) >= 10
    found = {case.name: errors_at(case.resource, profiles=True) for case in sound}
    assert {name: errors for name, errors in found.items() if errors} == {}


@pytest.mark.parametrize("family", FAMILIES)
def test_faults_are_found_where_they_are(family: str) -> None:
    faulty = [case for case in cases(family) if case.at is not None and not case.is_warning]
    warned = [case for case in cases(family) if case.is_warning]
    assert len(faulty) + len(warned) >= 10
    found = {case.name: errors_at(case.resource, profiles=True) for case in faulty}
    wrong = {
        case.name: (case.at, found[case.name])
        for case in faulty
        if (case.at in found[case.name]) == (case.missed is not None)
    }
    assert wrong == {}
    taken = {case.name: (case.at, warned_at(case.resource)) for case in warned}
    assert {name: at for name, at in taken.items() if at[0] not in at[1]} == {}
    refused = {case.name: errors_at(case.resource, profiles=True) for case in warned}
    assert {name: errors for name, errors in refused.items() if errors} == {}
