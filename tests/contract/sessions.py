"""Signs in with a browser's means: the login page, its CSRF token, its cookies."""

import httpx

from tests.rig.prepare_database import PASSWORD
from tests.rig.server import Server


def signed_in(server: Server, name: str) -> httpx.Client:
    """A client with the session of this account."""
    client = server.client()
    client.get("/accounts/login/")
    form = {
        "username": name,
        "password": PASSWORD,
        "csrfmiddlewaretoken": client.cookies["csrftoken"],
    }
    answer = client.post("/accounts/login/", data=form)
    assert answer.status_code == 302, answer.text[:500]
    return client


def csrf(client: httpx.Client) -> dict[str, str]:
    """The header that proves a request comes from our own pages."""
    return {"X-CSRFToken": client.cookies["csrftoken"]}


def cookie_header(client: httpx.Client) -> dict[str, str]:
    """The session's cookies, for a socket."""
    pairs = (f"{name}={value}" for name, value in client.cookies.items())
    return {"Cookie": "; ".join(pairs)}
