"""The texts for the codes of an alert, in French and in English: cause, effect, remarks."""

from typing import Final

from mobilite.alerts.domain.alert import Alert
from mobilite.gtfs.domain.enumerations import Cause, Effect
from mobilite.gtfs.domain.translations import Translation

Texts = tuple[Translation, ...]
"""One text in both languages; empty: none."""


def _texts(french: str, english: str) -> Texts:
    return Translation(french, "fr"), Translation(english, "en")


CAUSES: Final[dict[Cause, Texts]] = {
    "UNKNOWN_CAUSE": (),
    "OTHER_CAUSE": _texts("Autre cause", "Other cause"),
    "TECHNICAL_PROBLEM": _texts("Problème technique", "Technical problem"),
    "STRIKE": _texts("Grève", "Strike"),
    "DEMONSTRATION": _texts("Manifestation", "Demonstration"),
    "ACCIDENT": _texts("Accident", "Accident"),
    "HOLIDAY": _texts("Jour férié ou vacances", "Public or school holiday"),
    "WEATHER": _texts("Intempéries", "Bad weather"),
    "MAINTENANCE": _texts("Entretien", "Maintenance"),
    "CONSTRUCTION": _texts("Travaux", "Works"),
    "POLICE_ACTIVITY": _texts("Intervention de police", "Police activity"),
    "MEDICAL_EMERGENCY": _texts("Urgence médicale", "Medical emergency"),
}
EFFECTS: Final[dict[Effect, Texts]] = {
    "NO_SERVICE": _texts("Service interrompu", "No service"),
    "REDUCED_SERVICE": _texts("Service réduit", "Reduced service"),
    "SIGNIFICANT_DELAYS": _texts("Retards importants", "Significant delays"),
    "DETOUR": _texts("Déviation", "Detour"),
    "ADDITIONAL_SERVICE": _texts("Service renforcé", "Additional service"),
    "MODIFIED_SERVICE": _texts("Service modifié", "Modified service"),
    "OTHER_EFFECT": _texts("Perturbation", "Disruption"),
    "UNKNOWN_EFFECT": _texts("Perturbation", "Disruption"),
    "STOP_MOVED": _texts("Arrêt déplacé", "Stop moved"),
    "NO_EFFECT": _texts("Sans conséquence", "No effect on service"),
    "ACCESSIBILITY_ISSUE": _texts("Accessibilité réduite", "Reduced accessibility"),
}
_STOP_CLOSED: Final = _texts("Arrêt non desservi", "Stop not served")
_STOPS_CLOSED: Final = _texts("Arrêts non desservis", "Stops not served")
_AMBIGUOUS: Final = _texts(
    "L'exploitant cite des lignes et des arrêts séparément : il ne dit pas si ces arrêts sont "
    "fermés à toutes les lignes, ni si ces lignes sont interrompues ailleurs.",
    "The operator names lines and stops separately, without stating whether these stops are "
    "closed to every line, or whether these lines are interrupted elsewhere.",
)
_UNMATCHED: Final = _texts(
    "L'exploitant cite une ligne, un arrêt ou une course que ses horaires ne connaissent pas.",
    "The operator names a line, a stop or a trip that is not in its timetable.",
)


def effect_words(alert: Alert) -> Texts:
    """The effect of an alert. NO_SERVICE has other words if every selector gives a stop."""
    if alert.effect == "NO_SERVICE" and alert.selectors:
        stops = {each.stop_id for each in alert.selectors}
        if None not in stops:
            return _STOP_CLOSED if len(stops) == 1 else _STOPS_CLOSED
    return EFFECTS[alert.effect]


def note_of(alert: Alert, *, unmatched: bool) -> Texts:
    """A remark on an alert that is ambiguous, or that selects something unknown (`unmatched`);
    empty for others."""
    if alert.ambiguous:
        return _AMBIGUOUS
    return _UNMATCHED if unmatched else ()
