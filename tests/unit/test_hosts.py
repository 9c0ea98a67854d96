"""Which names the server answers to, and which of them are said to be refused at the start."""

import pytest
from django.core.checks import Error, run_checks
from django.core.checks.registry import Tags

from lightning_site import env
from state.access.hosts import host_allowed

NAMES = ("app.example", ".example.org")


@pytest.mark.parametrize(
    "host",
    [
        "app.example",
        "APP.example",
        "app.example:8443",
        "app.example.",
        "example.org",
        "a.example.org",
    ],
)
def test_a_name_of_ours_is_answered(host: str) -> None:
    assert host_allowed(host, NAMES)


@pytest.mark.parametrize(
    "host", ["evil.example", "app.example.evil", "127.0.0.1", "[::1]", "", "a b", "x" * 300]
)
def test_others_are_not(host: str) -> None:
    assert not host_allowed(host, NAMES)


@pytest.mark.parametrize(("host", "is_name"), [("any.example:1", True), ("a/b", False)])
def test_any_name_is_a_name(host: str, is_name: bool) -> None:
    assert host_allowed(host, ("*",)) == is_name


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        ("127.0.0.1:8000", True),
        ("192.168.1.7", True),
        ("[fe80::1]:8000", True),
        ("localhost", True),
        ("lightning:8000", True),
        ("a.localhost", True),
        ("rebound.example", False),
        ("1.2.3.4.example", False),
    ],
)
def test_without_names_nobody_can_have_one_that_leads_here(host: str, is_ours: bool) -> None:
    assert host_allowed(host, ()) == is_ours


@pytest.mark.parametrize(
    ("role", "names", "refused"),
    [
        ("viewer", ("*",), True),
        ("viewer", (), False),
        ("", ("*",), False),
        ("agent", ("a",), False),
    ],
)
def test_an_anonymous_role_with_any_name_does_not_start(
    settings: pytest.FixtureRequest, role: str, names: tuple[str, ...], refused: bool
) -> None:
    settings.LIGHTNING_ANONYMOUS_ROLE, settings.LIGHTNING_ALLOWED_HOSTS = role, names
    found = [error.id for error in run_checks(tags=[Tags.security]) if isinstance(error, Error)]
    assert ("lightning.E001" in found) == refused


@pytest.mark.parametrize(
    ("read", "given"),
    [
        (lambda name: env.hosts(name, []), "http://app.example"),
        (lambda name: env.hosts(name, []), "app.example:80"),
        (env.origins, "app.example"),
        (env.origins, "https://app.example/"),
        (env.networks, "proxy"),
        (env.networks, "10.0.0.1/8"),
    ],
)
def test_a_bad_value_is_named(monkeypatch: pytest.MonkeyPatch, read: object, given: str) -> None:
    monkeypatch.setenv("SOME_SETTING", f"  {given}")
    with pytest.raises(env.ConfigurationError, match=r"SOME_SETTING has "):
        read("SOME_SETTING")
