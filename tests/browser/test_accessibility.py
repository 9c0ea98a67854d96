"""Every page in both themes, as axe sees it: contrast, names, structure."""

from pathlib import Path

import pytest

from tests.browser.conftest import Open


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_pages_pass_axe(
    at: Open, every_path: list[str], repository: Path, theme: str, width: int
) -> None:
    script = repository / "node_modules/axe-core/axe.min.js"
    if not script.exists():
        pytest.skip("axe-core is not installed: make install, or npm ci")
    operator = at("/", role="admin", theme=theme, width=width)
    operator.page.emulate_media(reduced_motion="reduce")
    for path in every_path:
        operator.go(path)
        operator.page.evaluate(script.read_text(encoding="utf-8"))
        found = operator.page.evaluate("axe.run().then((result) => result.violations)")
        problems = [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found]
        assert not problems, f"{path} ({theme}, {width} px):\n" + "\n".join(problems)
