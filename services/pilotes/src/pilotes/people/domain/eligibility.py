"""What somebody declares before they take part, and what is missing."""

from dataclasses import dataclass

from pilotes.record.domain.protocol import EligibilityRules


@dataclass(frozen=True, slots=True)
class Declaration:
    """One sentence a person must agree to. `name`: of its box in the form, and in the interface."""

    name: str
    sentence: str


def declarations_of(rules: EligibilityRules) -> tuple[Declaration, ...]:
    """All that is asked, in the order it is asked."""
    found = []
    if rules.minimum_age is not None:
        found.append(Declaration("age", f"J'ai au moins {rules.minimum_age} ans."))
    found += [Declaration(f"d{at}", each) for at, each in enumerate(rules.declarations, start=1)]
    return tuple(found)


def missing_of(
    rules: EligibilityRules, declared: frozenset[str], *, account: bool
) -> tuple[str, ...]:
    """What somebody cannot say yet and must to take part, in French; nothing where they may."""
    missing = [each.sentence for each in declarations_of(rules) if each.name not in declared]
    if rules.account_required and not account:
        missing.append("Je suis connecté à mon compte.")
    return tuple(missing)
