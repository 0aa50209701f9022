"""Settings read from an environment: all mistakes at once, by name, without values."""

import pytest
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import SettingsConfigDict

from socle.settings import PlatformSettings, ServiceSettings, SettingsError, load, variables


class ToySettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="TOY_")

    postgres: SecretStr
    pin: SecretStr = Field(default=SecretStr("none"), max_length=4)
    rounds: int = Field(default=3, ge=1)
    names: tuple[str, ...] = ()
    place: str = "here"

    @field_validator("place")
    @classmethod
    def _somewhere(cls, place: str) -> str:
        if place == "nowhere":
            raise ValueError("un lieu est attendu")
        return place


def problems(environ: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        load(ToySettings, environ)
    return caught.value.problems


def test_values_are_read_and_frozen() -> None:
    settings = load(
        ToySettings,
        {"TOY_POSTGRES": "postgresql://u:p@h/b", "TOY_PORT": "81", "TOY_NAMES": '["a", "b"]'},
    )
    assert settings.postgres.get_secret_value() == "postgresql://u:p@h/b"
    assert (settings.port, settings.rounds, settings.names) == (81, 3, ("a", "b"))
    with pytest.raises(ValidationError):
        settings.port = 82  # type: ignore[misc]


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOY_POSTGRES", "x")
    assert load(ToySettings).postgres.get_secret_value() == "x"
    with pytest.raises(ValidationError):
        ToySettings()  # built directly, it reads nothing


def test_all_mistakes_are_reported_at_once() -> None:
    found = problems(
        {
            "TOY_PROT": "8000",
            "TOY_ROUNDS": "none",
            "TOY_PORT": "70000",
            "TOY_PLACE": "nowhere",
            "OTHER_PROT": "1",
        }
    )
    assert set(found) == {
        "TOY_PROT : variable inconnue (vouliez-vous dire TOY_PORT ?)",
        "TOY_POSTGRES : valeur obligatoire absente",
        "TOY_ROUNDS : un nombre entier est attendu",
        "TOY_PORT : une valeur d'au plus 65535 est attendue",
        "TOY_PLACE : un lieu est attendu",
    }


def test_a_known_name_in_another_case_is_unknown() -> None:
    assert problems({"TOY_POSTGRES": "x", "toy_port": "1"}) == (
        "toy_port : variable inconnue (vouliez-vous dire TOY_PORT ?)",
    )


def test_a_name_like_no_other_gets_no_suggestion() -> None:
    found = problems({"TOY_POSTGRES": "x", "TOY_ZZZZZZZZ_QQQQ": "1"})
    assert found == ("TOY_ZZZZZZZZ_QQQQ : variable inconnue",)


def test_a_list_that_is_not_json_is_named() -> None:
    found = problems({"TOY_POSTGRES": "x", "TOY_NAMES": "hunter2"})
    assert found == ("TOY_NAMES : un texte JSON valide est attendu",)


def test_no_value_is_ever_reported() -> None:
    found = problems({"TOY_PIN": "hunter2", "TOY_ROUNDS": "hunter2", "TOY_NAMES": '{"hunter2": 1}'})
    assert len(found) == 4
    assert not any("hunter2" in problem for problem in found)


def test_a_loaded_secret_is_not_printed() -> None:
    assert "hunter2" not in repr(load(ToySettings, {"TOY_POSTGRES": "hunter2"}))


def test_production_refuses_a_moved_clock() -> None:
    environ = {"REGIONLAB_KAFKA": "kafka:9092", "REGIONLAB_CLOCK_OFFSET": "-86400"}
    assert load(PlatformSettings, environ).clock_offset == -86400
    with pytest.raises(SettingsError, match="REGIONLAB_CLOCK_OFFSET doit valoir 0"):
        load(PlatformSettings, {**environ, "REGIONLAB_ENV": "production"})


def test_a_hastened_clock_needs_its_start_and_is_refused_in_production() -> None:
    environ = {"REGIONLAB_KAFKA": "kafka:9092", "REGIONLAB_CLOCK_SPEED": "20"}
    with pytest.raises(SettingsError, match="REGIONLAB_CLOCK_ANCHOR"):
        load(PlatformSettings, environ)
    environ["REGIONLAB_CLOCK_ANCHOR"] = "1790000000"
    assert load(PlatformSettings, environ).clock_speed == 20
    with pytest.raises(SettingsError, match="REGIONLAB_CLOCK_SPEED doit valoir 1"):
        load(PlatformSettings, {**environ, "REGIONLAB_ENV": "production"})


def test_production_has_the_keys_of_the_gateway() -> None:
    environ = {"REGIONLAB_KAFKA": "kafka:9092", "REGIONLAB_GATEWAY_KEYS": ""}
    assert load(PlatformSettings, environ).gateway_keys is None
    with pytest.raises(SettingsError, match="REGIONLAB_GATEWAY_KEYS doit être donné"):
        load(PlatformSettings, {**environ, "REGIONLAB_ENV": "production"})
    environ |= {"REGIONLAB_ENV": "production", "REGIONLAB_GATEWAY_KEYS": "http://gateway/auth/jwks"}
    assert load(PlatformSettings, environ).gateway_keys == "http://gateway/auth/jwks"


@pytest.mark.parametrize("word", ["prod", "Production", "staging", ""])
def test_an_unknown_environment_is_refused_with_the_known_ones(word: str) -> None:
    known = "une de ces valeurs est attendue : 'development', 'test' ou 'production'"
    with pytest.raises(SettingsError, match=f"^REGIONLAB_ENV : {known}$"):
        load(PlatformSettings, {"REGIONLAB_KAFKA": "k", "REGIONLAB_ENV": word})


@pytest.mark.parametrize("offset", ["nan", "inf", "demain", "1e300", "-5e9"])
def test_an_offset_is_a_number_of_seconds(offset: str) -> None:
    with pytest.raises(SettingsError, match="REGIONLAB_CLOCK_OFFSET"):
        load(PlatformSettings, {"REGIONLAB_KAFKA": "k", "REGIONLAB_CLOCK_OFFSET": offset})


def test_the_variables_of_the_test_plugin_are_ignored() -> None:
    load(PlatformSettings, {"REGIONLAB_KAFKA": "k", "REGIONLAB_TEST_KAFKA": "k"})


def test_the_variables_of_a_class_are_known_by_name() -> None:
    assert variables(ToySettings)["TOY_POSTGRES"] == "postgres"
