"""Which endpoints are accepted: a browser names the address that the platform requests."""

import pytest

from socle.errors import Refusal
from socle.testing.push_service import AUTH, encoded
from socle.web_push import PushServices, PushTarget

KNOWN = PushServices()
DECLARED = PushServices(["http://127.0.0.1:9000", "https://*.push.example.org"])
POINT = encoded(b"\x04" + bytes(64))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def-_",
        "https://fcm.googleapis.com:443/wp/abc",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAA=",
        "https://web.push.apple.com/QGuQ",
        "https://wns2-par02p.notify.windows.com/w/?token=BQY%2f",
    ],
)
def test_the_push_services_of_browsers_are_known(endpoint: str) -> None:
    assert KNOWN.origin(endpoint) is not None


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:8443/fcm/send/abc",
        "https://fcm.googleapis.com",
        "https://fcm.googleapis.com./x",
        "https://FCM.googleapis.com/x",
        "https://user@fcm.googleapis.com/x",
        "https://fcm.googleapis.com@127.0.0.1/x",
        "https://127.0.0.1\\@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\\.evil.example/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil-fcm.googleapis.com/x",
        "https://push.apple.com/x",
        "https://evilpush.apple.com/x",
        "https://10.0.0.1/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://localhost/x",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/x",
        "file:///etc/passwd",
        "gopher://fcm.googleapis.com/x",
        "https://fcm.googleapis.com/x y",
        "https://fcm.googleapis.com/x\n",
        "\thttps://fcm.googleapis.com/x",
        "https://fcm.googleapis.com/é",
        "https://fcm.googleapis.com/fcm/send/abc#2",
        "https://fcm.googleapis.com/" + "x" * 1000,
        "https://fcm.googleapis.com:99999/x",
        "https://*.push.apple.com/x",
        "https://.push.apple.com/x",
        "https://..push.apple.com/x",
        "https://-.push.apple.com/x",
        "https://" + "a" * 64 + ".push.apple.com/x",
        "",
    ],
)
def test_anything_else_is_refused(endpoint: str) -> None:
    assert KNOWN.origin(endpoint) is None
    with pytest.raises(Refusal, match="service de notifications") as refused:
        KNOWN.check(PushTarget(endpoint, POINT, encoded(AUTH)))
    assert refused.value.category == "invalid"
    assert not endpoint or endpoint not in str(refused.value)


def test_declared_services_replace_the_known_ones() -> None:
    assert DECLARED.origin("http://127.0.0.1:9000/push/1") == "http://127.0.0.1:9000"
    assert DECLARED.origin("https://a.push.example.org/1") == "https://*.push.example.org"
    for endpoint in ("http://127.0.0.1:9001/x", "https://127.0.0.1:9000/x"):
        assert DECLARED.origin(endpoint) is None
    assert DECLARED.origin("https://fcm.googleapis.com/x") is None


@pytest.mark.parametrize(
    ("point", "auth"),
    [
        (POINT[:-2], encoded(AUTH)),
        (encoded(b"\x02" + bytes(64)), encoded(AUTH)),
        ("é" * 87, encoded(AUTH)),
        ("+" * 87, encoded(AUTH)),
        (POINT, encoded(bytes(15))),
        (POINT, ""),
    ],
)
def test_keys_have_their_form(point: str, auth: str) -> None:
    with pytest.raises(Refusal, match="clé"):
        DECLARED.check(PushTarget("http://127.0.0.1:9000/x", point, auth))


def test_a_subscription_is_not_in_its_description() -> None:
    target = PushTarget("https://fcm.googleapis.com/secret", POINT, encoded(AUTH))
    assert "secret" not in repr(target)
    assert POINT not in repr(target)
