"""Every page: asks for a login, offers a viewer nothing, fits its screen, passes axe."""

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.browser.agents import create_agent
from tests.browser.conftest import Open
from tests.rig.browser import HEIGHT
from tests.rig.waiting import wait_for

WIDTHS = (375, 768, 1280, 1440)
WIDTHS_OF_AXE = (375, 1280)
THEMES = ("light", "dark")
COLOURS = ("color-contrast", "link-in-text-block")
"""What a theme can break; the structure is the same in both."""
RUN_AXE = "(options) => axe.run(options).then((result) => result.violations)"
AXE = {"resultTypes": ["violations"], "preload": False}
FITS = "document.documentElement.scrollWidth <= innerWidth"
ACTIONS = re.compile(r"data-(?:action|select|bulk|undo)[\s=>]|id=\"action-dialog\"")


@pytest.mark.usefixtures("windows")  # on their server
def test_every_page_asks_for_a_login(anonymous: httpx.Client, every_path: list[str]) -> None:
    for path in every_path:
        assert anonymous.get(path).headers["Location"].startswith("/accounts/login/?next="), path


@pytest.mark.parametrize("role", ["viewer", "agent"])
def test_who_is_no_operator_may_look_and_a_viewer_is_offered_nothing_and_refused(
    at: Open,
    anonymous: httpx.Client,
    every_path: list[str],
    client: httpx.Client,
    new_id: Callable[[str], str],
    role: str,
) -> None:
    agent_id = new_id("agent")
    create_agent(client, agent_id)
    operator = at(f"/agents/?q={agent_id}", role=role)
    assert operator.page.locator('a[href="/admin/"]').count() == 0
    for path in every_path:
        answer = anonymous.get(path, headers=operator.session_cookie)
        assert answer.status_code == (403 if path == "/keys/" else 200), path
        assert role != "viewer" or not ACTIONS.search(answer.text), path
    if role == "viewer":
        operator.row("agent", agent_id).wait_for()
        offered = operator.page.locator("[data-action], [data-select], #action-dialog")
        assert offered.count() == 0
        token = operator.page.locator("[name=csrfmiddlewaretoken]").first.input_value()
        answer = operator.page.request.patch(
            f"/api/v1/agents/{agent_id}",
            data={"status": "Paused"},
            headers={"X-CSRFToken": token, "Referer": operator.page.url},
        )
        assert answer.status == 403


def test_every_page_fits_its_screen_and_passes_axe(
    at: Open, every_path: list[str], repository: Path
) -> None:
    """Each is loaded on a phone, and becomes wider; a chart follows by the next frame."""
    script = repository / "node_modules/axe-core/axe.min.js"
    axe = script.read_text(encoding="utf-8") if script.exists() else None
    operator = at("/", role="admin", width=WIDTHS[0])
    page = operator.page
    for path in every_path:
        page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})
        operator.go(path)
        for dialog in ("[data-palette]", "[data-help]"):
            assert page.locator(dialog).count() == 1, f"{dialog} on {path}"
        if axe is not None:
            page.evaluate(axe)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            wait_for(lambda: page.evaluate(FITS), what=f"{path} fitting into {width} px")
            for theme in THEMES if axe and width in WIDTHS_OF_AXE else ():
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                rules = {"runOnly": COLOURS} if theme == "dark" else {}
                found = page.evaluate(RUN_AXE, AXE | rules)
                problems = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
                assert not problems, f"{path} ({theme}, {width} px):\n" + "\n".join(problems)
    if axe is None:
        pytest.skip("they fit; axe-core is not installed: make install, or npm ci")
