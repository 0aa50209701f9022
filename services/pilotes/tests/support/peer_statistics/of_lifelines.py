"""Values of lifelines."""

from typing import Any

from lifelines import KaplanMeierFitter

from peer_statistics.inputs import COHORTS, LEVELS, stays


def values() -> dict[str, Any]:
    """Steps of the curve, of those days on which somebody left: day, people at risk, people who
    left, share, and its bounds on log(-log S)."""
    return {
        "Kaplan-Meier": [[_curve(people, alpha) for alpha in LEVELS] for people in COHORTS],
    }


def _curve(people: int, alpha: float) -> list[list[float]]:
    fitted = KaplanMeierFitter(alpha=alpha).fit(*stays(people))
    table = fitted.event_table
    table = table[table["observed"] > 0]
    share = fitted.survival_function_.loc[table.index].iloc[:, 0]
    bounds = fitted.confidence_interval_survival_function_.loc[table.index]
    columns = [table.index, table["at_risk"], table["observed"], share]
    columns += [bounds[name] for name in bounds]
    return [[float(each) for each in row] for row in zip(*columns, strict=True)]
