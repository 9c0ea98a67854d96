"""Somebody in front of the Django admin, who fills in forms as a browser does."""

from html.parser import HTMLParser
from typing import Any

import httpx

from tests.rig.prepare_database import PASSWORD
from tests.rig.server import Server

MODELS = {
    "agents": "agentstate",
    "research": "researchstate",
    "verifications": "verificationstate",
}
_HEX = "_{:02X}"
_QUOTED = ':/_#?;@&=+$,"[]<>%\n\\'


class _FormReader(HTMLParser):
    """The last POST form of a page, apart from the one that logs out: what it would send."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, Any] = {}
        self.errors: list[str] = []
        self._reads = False
        self._textarea: str | None = None
        self._select: str | None = None
        self._in_error = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self._reads = given.get("method") == "post" and given.get("id") != "logout-form"
        elif tag in ("ul", "p") and given.get("class", "").startswith("error"):
            self._in_error = tag
            self.errors.append("")
        elif self._reads and tag == "input" and given.get("type") not in ("submit", "checkbox"):
            self._add(name, given.get("value", ""))
        elif self._reads and tag == "input" and given.get("type") == "checkbox":
            if "checked" in given:
                self._add(name, given.get("value", "on"))
        elif self._reads and tag == "textarea":
            self._textarea = name
            self.values[name] = ""
        elif self._reads and tag == "select":
            self._select = name
        elif self._select and tag == "option" and self._is_chosen(given):
            self.values[self._select] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._textarea:
            # A browser reads every line end as LF, drops the first, and sends CR LF.
            text = self.values[self._textarea].replace("\r\n", "\n").replace("\r", "\n")
            self.values[self._textarea] = text.removeprefix("\n").replace("\n", "\r\n")
            self._textarea = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._reads = False
        elif tag == self._in_error:
            self._in_error = ""

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.values[self._textarea] += data
        if self._in_error:
            self.errors[-1] += data

    def _is_chosen(self, option: dict[str, str]) -> bool:
        return "selected" in option or self._select not in self.values

    def _add(self, name: str, value: str) -> None:
        if name in self.values:
            known = self.values[name]
            self.values[name] = [*known, value] if isinstance(known, list) else [known, value]
        else:
            self.values[name] = value


class AdminPage:
    """One answer of the admin."""

    def __init__(self, admin: "Admin", answer: httpx.Response) -> None:
        self.answer = answer
        self.status = answer.status_code
        self.text = answer.text
        self._admin = admin
        reader = _FormReader()
        reader.feed(answer.text)
        self.form = reader.values
        self.errors = " ".join(" ".join(error.split()) for error in reader.errors)

    def submit(self, **changed: Any) -> "AdminPage":
        """Send the page's form with these fields changed; None leaves one out."""
        merged = {**self.form, **changed}
        sent = {name: value for name, value in merged.items() if value is not None}
        return self._admin.post(str(self.answer.url), sent)


class Admin:
    """A session in the admin, over one connection."""

    def __init__(self, server: Server, user: str = "admin", password: str = PASSWORD) -> None:
        self.server = server
        self.http = server.client()
        self.http.follow_redirects = True
        self.front = self.log_in(user, password)

    def log_in(self, user: str, password: str) -> AdminPage:
        page = self.get("/admin/login/?next=/admin/")
        return page.submit(username=user, password=password)

    def get(self, path: str) -> AdminPage:
        return AdminPage(self, self.http.get(path))

    def post(self, url: str, form: dict[str, Any]) -> AdminPage:
        return AdminPage(self, self.http.post(url, data=form, headers={"Referer": url}))

    def add(self, kind: str) -> AdminPage:
        return self.get(f"/admin/state/{MODELS[kind]}/add/")

    def change(self, kind: str, state_id: str) -> AdminPage:
        return self.get(f"/admin/state/{MODELS[kind]}/{quoted(state_id)}/change/")

    def delete(self, kind: str, state_id: str) -> AdminPage:
        return self.get(f"/admin/state/{MODELS[kind]}/{quoted(state_id)}/delete/")

    def list(self, kind: str, query: str = "") -> AdminPage:
        return self.get(f"/admin/state/{MODELS[kind]}/{query}")


def quoted(state_id: str) -> str:
    """An id as the admin writes it in its URLs."""
    return "".join(_HEX.format(ord(char)) if char in _QUOTED else char for char in state_id)
