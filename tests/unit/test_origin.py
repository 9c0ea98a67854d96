"""One rule for the pages a request or a socket may come from, whatever its spelling."""

from typing import Any

import pytest
from django.test import RequestFactory

from state.access.origin import is_from_foreign_page, origin_allowed
from state.doors.rest.csrf import CsrfMiddleware

OURS = [
    ("http", "app", "http://app"),
    ("http", "app:8000", "http://app:8000"),
    ("http", "app:80", "http://app"),
    ("http", "app", "http://app:80"),
    ("http", "APP", "http://app"),
    ("https", "app:443", "https://app"),
    ("https", "app", "https://App:443"),
    ("http", "app", "https://app"),
    ("http", "[::1]:8000", "http://[::1]:8000"),
    ("http", "app", "https://trusted.example"),
    ("http", "app", "https://TRUSTED.example:443"),
    ("http", "app", "https://one.wild.example:8443"),
    ("http", "app", ""),
]
FOREIGN = [
    ("http", "app", "http://evil"),
    ("http", "app:8000", "http://app"),
    ("http", "app:80", "https://app"),
    ("https", "app", "http://app"),
    ("http", "app", "http://trusted.example"),
    ("http", "app", "https://one.wild.example"),
    ("http", "app", "https://notwild.example:8443"),
    ("http", "app", "null"),
    ("http", "app", "http://app@evil"),
    ("http", "app", "http://[app"),
    ("http", "app", "ftp://app"),
]


@pytest.fixture(autouse=True)
def trusted(settings: Any) -> None:
    settings.CSRF_TRUSTED_ORIGINS = ["https://trusted.example", "https://*.wild.example:8443"]


def scope(scheme: str, host: str, origin: str, **headers: str) -> dict[str, Any]:
    headers = {"host": host, **({"origin": origin} if origin else {}), **headers}
    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "scheme": scheme, "headers": lines}


@pytest.mark.parametrize(("scheme", "host", "origin"), OURS)
def test_a_page_of_ours(scheme: str, host: str, origin: str) -> None:
    assert origin_allowed(scope(scheme, host, origin))
    assert origin_allowed(scope(scheme.replace("http", "ws"), host, origin))
    assert not is_from_foreign_page(scope(scheme, host, origin))


@pytest.mark.parametrize(("scheme", "host", "origin"), FOREIGN)
def test_a_page_of_another_site(scheme: str, host: str, origin: str) -> None:
    assert not origin_allowed(scope(scheme, host, origin))
    assert is_from_foreign_page(scope(scheme, host, origin))


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "is_ours"),
    [
        *((*case, True) for case in OURS if case[2]),
        *((*case, False) for case in FOREIGN),
    ],
)
def test_forms_are_judged_alike(scheme: str, host: str, origin: str, is_ours: bool) -> None:
    request = RequestFactory().post("/", secure=scheme == "https")
    request.META.update(HTTP_HOST=host, HTTP_ORIGIN=origin)
    assert CsrfMiddleware(lambda _: None)._origin_verified(request) == is_ours


@pytest.mark.parametrize(
    ("site", "is_foreign"),
    [("cross-site", True), ("same-site", True), ("same-origin", False), ("none", False)],
)
def test_a_browser_that_names_no_origin_says_how_far_it_is(site: str, is_foreign: bool) -> None:
    assert is_from_foreign_page(scope("http", "app", "", **{"sec-fetch-site": site})) == is_foreign
    trusted = scope("http", "app", "https://trusted.example", **{"sec-fetch-site": site})
    assert not is_from_foreign_page(trusted)
