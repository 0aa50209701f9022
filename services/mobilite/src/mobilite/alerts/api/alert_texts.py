"""The texts for the codes of an alert, in French and English: cause, effect, remarks."""

from collections.abc import Mapping
from typing import Final

from mobilite.alerts.domain.alert import Alert
from mobilite.gtfs.domain.enumerations import Cause, Effect
from mobilite.http.api.languages import TextLanguage

_CAUSES: Final[Mapping[TextLanguage, Mapping[Cause, str | None]]] = {
    "fr": {
        "UNKNOWN_CAUSE": None,
        "OTHER_CAUSE": "Autre cause",
        "TECHNICAL_PROBLEM": "Problème technique",
        "STRIKE": "Grève",
        "DEMONSTRATION": "Manifestation",
        "ACCIDENT": "Accident",
        "HOLIDAY": "Jour férié ou vacances",
        "WEATHER": "Intempéries",
        "MAINTENANCE": "Entretien",
        "CONSTRUCTION": "Travaux",
        "POLICE_ACTIVITY": "Intervention de police",
        "MEDICAL_EMERGENCY": "Urgence médicale",
    },
    "en": {
        "UNKNOWN_CAUSE": None,
        "OTHER_CAUSE": "Other cause",
        "TECHNICAL_PROBLEM": "Technical problem",
        "STRIKE": "Strike",
        "DEMONSTRATION": "Demonstration",
        "ACCIDENT": "Accident",
        "HOLIDAY": "Public holiday or school holidays",
        "WEATHER": "Bad weather",
        "MAINTENANCE": "Maintenance",
        "CONSTRUCTION": "Works",
        "POLICE_ACTIVITY": "Police operation",
        "MEDICAL_EMERGENCY": "Medical emergency",
    },
}
_EFFECTS: Final[Mapping[TextLanguage, Mapping[Effect, str]]] = {
    "fr": {
        "NO_SERVICE": "Service interrompu",
        "REDUCED_SERVICE": "Service réduit",
        "SIGNIFICANT_DELAYS": "Retards importants",
        "DETOUR": "Déviation",
        "ADDITIONAL_SERVICE": "Service renforcé",
        "MODIFIED_SERVICE": "Service modifié",
        "OTHER_EFFECT": "Perturbation",
        "UNKNOWN_EFFECT": "Perturbation",
        "STOP_MOVED": "Arrêt déplacé",
        "NO_EFFECT": "Sans conséquence",
        "ACCESSIBILITY_ISSUE": "Accessibilité réduite",
    },
    "en": {
        "NO_SERVICE": "No service",
        "REDUCED_SERVICE": "Reduced service",
        "SIGNIFICANT_DELAYS": "Significant delays",
        "DETOUR": "Detour",
        "ADDITIONAL_SERVICE": "Additional service",
        "MODIFIED_SERVICE": "Modified service",
        "OTHER_EFFECT": "Disruption",
        "UNKNOWN_EFFECT": "Disruption",
        "STOP_MOVED": "Stop moved",
        "NO_EFFECT": "No effect",
        "ACCESSIBILITY_ISSUE": "Reduced accessibility",
    },
}
_STOPS_CLOSED: Final[Mapping[TextLanguage, tuple[str, str]]] = {
    "fr": ("Arrêt non desservi", "Arrêts non desservis"),
    "en": ("Stop not served", "Stops not served"),
}
"""For one stop, and for several."""
_AMBIGUOUS: Final[Mapping[TextLanguage, str]] = {
    "fr": "L'exploitant cite des lignes et des arrêts séparément : il ne dit pas si ces arrêts "
    "sont fermés à toutes les lignes, ni si ces lignes sont interrompues ailleurs.",
    "en": "The operator names lines and stops separately, and not whether these stops are closed "
    "for all lines, or whether these lines are interrupted elsewhere.",
}
_UNMATCHED: Final[Mapping[TextLanguage, str]] = {
    "fr": "L'exploitant cite une ligne, un arrêt ou une course que ses horaires ne connaissent "
    "pas.",
    "en": "The operator names a line, a stop or a trip that is not in its timetable.",
}


def cause_words(alert: Alert, language: TextLanguage) -> str | None:
    """The cause of an alert; None if it is unknown."""
    return _CAUSES[language][alert.cause]


def effect_words(alert: Alert, language: TextLanguage) -> str:
    """The effect of an alert. NO_SERVICE has other words if every selector gives a stop."""
    if alert.effect == "NO_SERVICE" and alert.selectors:
        stops = {each.stop_id for each in alert.selectors}
        if None not in stops:
            return _STOPS_CLOSED[language][len(stops) > 1]
    return _EFFECTS[language][alert.effect]


def note_of(alert: Alert, language: TextLanguage, *, unmatched: bool) -> str | None:
    """A remark on an alert that is ambiguous, or that selects something unknown (`unmatched`); None
    for others."""
    if alert.ambiguous:
        return _AMBIGUOUS[language]
    return _UNMATCHED[language] if unmatched else None
