"""Every resource of the population is valid, also against the French profiles that it claims."""

import json
from collections import Counter
from datetime import date

from validator import errors_at

from demo.population.population import Population


def test_no_resource_has_an_error() -> None:
    # 12 patients: each type of alarm, label and illness; the slots of a doctor are alike.
    batches = Population(seed=1, today=date(2026, 3, 2), patients=12).batches()
    seen = Counter[tuple[str, str]]()
    for each in (resource for batch in batches for resource in batch):
        content = json.loads(each.text)
        alike = json.dumps([sorted(content), content.get("code")])
        seen[each.type, alike] += 1
        if seen[each.type, alike] <= 6:
            assert errors_at(content, profiles=True) == {}, each.text
    profiles = {each for each, _ in seen}
    assert {"Patient", "Practitioner", "Slot", "Encounter", "Observation"} < profiles


def test_the_validator_finds_a_mistake_in_them() -> None:
    batch = Population(seed=1, today=date(2026, 3, 2), patients=1).situation(0)
    from demo.population.people import patient

    content = json.loads(patient(batch.person, batch.doctor.id).text)
    del content["name"][0]["extension"]
    assert errors_at(content, profiles=True) != {}
