"""What a notification about a line or a stop contains, in French and English."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from mobilite.alerts.api.alert_texts import effect_words
from mobilite.alerts.domain.alert import Alert
from mobilite.gtfs.domain.ids import GlobalId
from mobilite.gtfs.domain.translations import best_translation
from mobilite.http.api.languages import TextLanguage
from mobilite.web_push.api.message_body import message_body
from mobilite.web_push.domain.push_subscription import Subject
from mobilite.web_push.domain.traffic_facts import CancelledDeparture, TrafficFacts, TrafficNews
from socle.clock import Clock

TRAFFIC_TEXTS: Final[Mapping[TextLanguage, Mapping[str, str]]] = {
    "fr": {
        "route": "Ligne {name}",
        "stop": "{name}",
        "of_network": "{title} · {network}",
        "confirmed_route": "C'est noté : les perturbations et les départs supprimés de cette ligne "
        "vous seront annoncés ici.",
        "confirmed_stop": "C'est noté : les perturbations et les départs supprimés de cet arrêt "
        "vous seront annoncés ici.",
        "today_from": "à partir de {start}",
        "from": "à partir du {start}",
        "today_until": "jusqu'à {end}",
        "until": "jusqu'au {end}",
        "day": "%d/%m à %H:%M",
        "alert": "{headline} ({period})",
        "ended": "Terminé : {headline}",
        "more": "Autres annonces : {n}.",
        "cancelled_route": "Supprimé : départ de {time} vers {headsign}.",
        "cancelled_stop": "Supprimé : {line} de {time} vers {headsign}.",
        "cancelled_several_route": "{n} départs supprimés sur la ligne {name} d'ici {until} : "
        "{times}.",
        "cancelled_several_stop": "{n} départs supprimés à {name} d'ici {until} : {times}.",
        "restored": "De nouveau prévu : départ de {times}.",
        "and_more": "{times}…",
        "lost_route": "Ligne suivie",
        "lost_stop": "Arrêt suivi",
        "lost": "Plus aux horaires : rien n'en sera plus annoncé. Abonnez-vous à ce qui remplace.",
    },
    "en": {
        "route": "Line {name}",
        "stop": "{name}",
        "of_network": "{title} · {network}",
        "confirmed_route": "You will be notified here of disruptions and cancelled departures of "
        "this line.",
        "confirmed_stop": "You will be notified here of disruptions and cancelled departures of "
        "this stop.",
        "today_from": "from {start}",
        "from": "from {start}",
        "today_until": "until {end}",
        "until": "until {end}",
        "day": "%d/%m at %H:%M",
        "alert": "{headline} ({period})",
        "ended": "Over: {headline}",
        "more": "Other notices: {n}.",
        "cancelled_route": "Cancelled: {time} to {headsign}.",
        "cancelled_stop": "Cancelled: {line} at {time} to {headsign}.",
        "cancelled_several_route": "{n} departures cancelled on line {name} until {until}: "
        "{times}.",
        "cancelled_several_stop": "{n} departures cancelled at {name} until {until}: {times}.",
        "restored": "Running after all: {times}.",
        "and_more": "{times}…",
        "lost_route": "Followed line",
        "lost_stop": "Followed stop",
        "lost": "No longer in the timetable: you will not be notified of it any more. Please "
        "subscribe to what replaces it.",
    },
}
"""By language and name; the two languages have the same names and placeholders."""
_LONGEST_HEADLINE: Final = 200
"""Characters."""
_MOST_ALERTS: Final = 3
_MOST_TIMES: Final = 6


class TrafficTexts:
    """Writes notifications about lines and stops. Implements `TrafficTexts` of the flows."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def headlines(self, facts: TrafficFacts, language: TextLanguage) -> Mapping[GlobalId, str]:
        return {name: _headline(alert, language) for name, alert in facts.alerts.items()}

    def message(
        self,
        subject: Subject,
        facts: TrafficFacts,
        news: TrafficNews,
        headlines: Mapping[GlobalId, str],
        language: TextLanguage,
        *,
        tag: str,
    ) -> bytes:
        now = self._clock.now().astimezone(facts.zone)
        sentences = [
            *_cancelled(subject, facts, news.cancelled, now, language),
            *_restored(facts, news.restored, language),
            *_alerts(facts, news, headlines, now, language),
        ]
        return message_body(
            subject, _title(subject, facts, language), "\n".join(sentences), language, tag
        )

    def confirmation(self, subject: Subject, facts: TrafficFacts, language: TextLanguage) -> bytes:
        text = TRAFFIC_TEXTS[language][f"confirmed_{subject.type}"]
        return message_body(subject, _title(subject, facts, language), text, language)

    def lost(self, subject: Subject, language: TextLanguage) -> bytes:
        texts = TRAFFIC_TEXTS[language]
        return message_body(subject, texts[f"lost_{subject.type}"], texts["lost"], language)


def _title(subject: Subject, facts: TrafficFacts, language: TextLanguage) -> str:
    texts = TRAFFIC_TEXTS[language]
    title = texts[subject.type].format(name=facts.name)
    return (
        texts["of_network"].format(title=title, network=facts.network) if facts.network else title
    )


def _headline(alert: Alert, language: TextLanguage) -> str:
    """The header of an alert; without one, its effect."""
    words = effect_words(alert)
    header = best_translation(alert.header or words, (language,)) or words[0]
    return header.text[:_LONGEST_HEADLINE]


def _cancelled(
    subject: Subject,
    facts: TrafficFacts,
    cancelled: Sequence[CancelledDeparture],
    now: datetime,
    language: TextLanguage,
) -> Iterator[str]:
    texts = TRAFFIC_TEXTS[language]
    if len(cancelled) == 1:
        (only,) = cancelled
        time = _clock_time(only.at, facts)
        yield texts[f"cancelled_{subject.type}"].format(
            line=only.line, time=time, headsign=only.headsign
        )
    elif cancelled:
        with_lines = subject.type == "stop"
        times = [
            f"{each.line} {_clock_time(each.at, facts)}"
            if with_lines
            else _clock_time(each.at, facts)
            for each in cancelled
        ]
        until = _clock_time(int(now.timestamp()) + facts.horizon, facts)
        yield texts[f"cancelled_several_{subject.type}"].format(
            n=len(cancelled), name=facts.name, until=until, times=_listed(times, language)
        )


def _restored(
    facts: TrafficFacts, restored: Sequence[int], language: TextLanguage
) -> Iterator[str]:
    if restored:
        times = [_clock_time(each, facts) for each in restored]
        yield TRAFFIC_TEXTS[language]["restored"].format(times=_listed(times, language))


def _alerts(
    facts: TrafficFacts,
    news: TrafficNews,
    headlines: Mapping[GlobalId, str],
    now: datetime,
    language: TextLanguage,
) -> Iterator[str]:
    texts = TRAFFIC_TEXTS[language]
    sentences = [
        _with_period(facts.alerts[name], headlines[name], now, language) for name in news.alerts
    ]
    sentences += [texts["ended"].format(headline=headline) for headline in news.ended]
    yield from sentences[:_MOST_ALERTS]
    if len(sentences) > _MOST_ALERTS:
        yield texts["more"].format(n=len(sentences) - _MOST_ALERTS)


def _with_period(alert: Alert, headline: str, now: datetime, language: TextLanguage) -> str:
    """The headline with when it begins, or else ends; alone if neither is known."""
    texts, period = TRAFFIC_TEXTS[language], alert.period_at(int(now.timestamp()))
    for name, instant in (("from", period.start), ("until", period.end)):
        if instant is None or instant <= now.timestamp():
            continue
        local = datetime.fromtimestamp(instant, now.tzinfo)
        today = local.date() == now.date()
        written = f"{local:%H:%M}" if today else local.strftime(texts["day"])
        pattern = texts[f"today_{name}" if today else name]
        return texts["alert"].format(
            headline=headline, period=pattern.format(start=written, end=written)
        )
    return headline


def _listed(times: Sequence[str], language: TextLanguage) -> str:
    listed = ", ".join(times[:_MOST_TIMES])
    more = len(times) > _MOST_TIMES
    return TRAFFIC_TEXTS[language]["and_more"].format(times=listed) if more else listed


def _clock_time(instant: int, facts: TrafficFacts) -> str:
    return f"{datetime.fromtimestamp(instant, facts.zone):%H:%M}"
