"""The command that tries rules without a server."""

import json
from pathlib import Path

import pytest
from home_care_data.home_resources import NOW, observation

from esante.wiring.try_rules import try_rules


def test_it_prints_what_would_be_raised_and_counts_false_alarms(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    resources = tmp_path / "r.ndjson"
    heavy = [observation("29463-7", 70, 2), observation("29463-7", 73, 0)]
    other = [each | {"subject": {"reference": "Patient/autre"}} for each in heavy]
    late = observation("29463-7", 70, 300)
    resources.write_text("\n".join(map(json.dumps, [*heavy, *other, late])))
    truths = tmp_path / "t.json"
    known = {"p": ["weight-rise", "isolated"], "autre": [], "vu": []}
    lines = [json.dumps({"patient": each, "alarms": alarms}) for each, alarms in known.items()]
    truths.write_text("\n".join(lines))
    arguments = ["-", str(resources), "--at", NOW.isoformat(), "--truths", str(truths)]
    assert try_rules(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Patient/autre : Prise de poids rapide : poids de 70 à 73 kg")
    assert "2 patient(s), 2 alerte(s)." in lines
    assert "1 mesure(s) de plus de 30 jours ne comptent pas." in lines
    assert (
        "weight-rise : 2 alerte(s), dont 1 fausse(s) sur 2 patient(s) sans problème (50.0 %),"
        " 0 manquée(s)."
    ) in lines
    assert any(each.startswith("isolated : 0 alerte(s)") and "1 manquée" in each for each in lines)


def test_a_file_that_is_not_one_of_rules_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text("version = 1")
    assert try_rules([str(rules), str(rules)]) == 64
    assert "Règles : version : un texte est attendu" in capsys.readouterr().err


def test_truths_that_are_none_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truths = tmp_path / "t.ndjson"
    truths.write_text('{"patient": "p", "alarms": []}\n{"p": ["weight-rise"]}\n')
    (tmp_path / "r.ndjson").write_text("")
    assert try_rules(["-", str(tmp_path / "r.ndjson"), "--truths", str(truths)]) == 64
    assert "t.ndjson, ligne 2 : patient ou alarms manque" in capsys.readouterr().err
