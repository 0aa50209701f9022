"""The French texts for the codes of an alert: cause, effect, remarks."""

from typing import Final

from mobilite.alerts.domain.alert import Alert
from mobilite.gtfs.domain.enumerations import Cause, Effect

CAUSES: Final[dict[Cause, str | None]] = {
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
}
EFFECTS: Final[dict[Effect, str]] = {
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
}
_AMBIGUOUS: Final = (
    "L'exploitant cite des lignes et des arrêts séparément : il ne dit pas si ces arrêts sont "
    "fermés à toutes les lignes, ni si ces lignes sont interrompues ailleurs."
)
_UNMATCHED: Final = (
    "L'exploitant cite une ligne, un arrêt ou une course que ses horaires ne connaissent pas."
)


def effect_words(alert: Alert) -> str:
    """The effect of an alert, in French. NO_SERVICE has other words if every selector gives a
    stop."""
    if alert.effect == "NO_SERVICE" and alert.selectors:
        stops = {each.stop_id for each in alert.selectors}
        if None not in stops:
            return "Arrêt non desservi" if len(stops) == 1 else "Arrêts non desservis"
    return EFFECTS[alert.effect]


def note_of(alert: Alert, *, unmatched: bool) -> str | None:
    """A remark, in French, on an alert that is ambiguous, or that selects something unknown
    (`unmatched`); None for others."""
    if alert.ambiguous:
        return _AMBIGUOUS
    return _UNMATCHED if unmatched else None
