"""How often each rule is wrong, on patients of whom the truth is known."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from esante.home_care.domain.rule import RuleSet


@dataclass(frozen=True, slots=True)
class FalseAlarms:
    """The counts of one rule, in patients."""

    rule: str
    raised: int
    false: int
    """Raised, and nothing is wrong."""
    missed: int
    """Not raised, and something is wrong."""
    fine: int
    """Of whom nothing is wrong."""

    @property
    def rate(self) -> float:
        """Of those who are fine, the part for whom it is raised."""
        return self.false / self.fine if self.fine else 0.0

    def __str__(self) -> str:
        return (
            f"{self.rule} : {self.raised} alerte(s), dont {self.false} fausse(s) sur {self.fine}"
            f" patient(s) sans problème ({100 * self.rate:.1f} %), {self.missed} manquée(s)."
        )


def count_false_alarms(
    rules: RuleSet, raised: Mapping[str, Set[str]], truths: Mapping[str, object]
) -> Iterator[FalseAlarms]:
    """The counts of each rule. `raised`, `truths`: ids of rules by patient; those of whom no truth
    is known are left out."""
    expected = {
        patient: frozenset(map(str, each if isinstance(each, list) else ()))
        for patient, each in truths.items()
    }
    for rule in rules.rules:
        alarms = {each for each in expected if rule.id in raised.get(each, ())}
        wrong = {each for each, ids in expected.items() if rule.id in ids}
        yield FalseAlarms(
            rule.id,
            len(alarms),
            len(alarms - wrong),
            len(wrong - alarms),
            len(expected) - len(wrong),
        )
