"""The sections of the dashboard as the menu lists them."""

from msgspec import Struct

from state.access.principals import Principal
from state.domain.kinds import Kind


class Section(Struct, frozen=True, kw_only=True):
    """``name`` is what a page's ``section`` says; ``icon`` a path in a 16 × 16 view box."""

    name: str
    label: str
    url_name: str
    icon: str
    kind: Kind | None = None
    """Whose total the menu shows behind the label."""
    key: str = ""
    """The letter after ``g`` that leads here."""
    role: str = "viewer"
    """The least role that may come here."""


SECTIONS = (
    Section(
        name="overview",
        label="Overview",
        url_name="dashboard:overview",
        key="o",
        icon="M2 2h5v5H2zm7 0h5v5H9zM2 9h5v5H2zm7 0h5v5H9z",
    ),
    Section(
        name="agents",
        label="Agents",
        url_name="dashboard:agents",
        key="a",
        icon="M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6m-6 6c0-3 2.7-4.8 6-4.8s6 1.8 6 4.8z",
        kind=Kind.AGENT,
    ),
    Section(
        name="research",
        label="Research",
        url_name="dashboard:researches",
        key="r",
        icon="M6.8 1.5a5.3 5.3 0 1 0 3.1 9.6l3.3 3.3 1.2-1.2-3.3-3.3a5.3 5.3 0 0 0-4.3-8.4m0"
        " 1.7a3.6 3.6 0 1 1 0 7.2 3.6 3.6 0 0 1 0-7.2",
        kind=Kind.RESEARCH,
    ),
    Section(
        name="verifications",
        label="Verifications",
        url_name="dashboard:verifications",
        key="v",
        icon="M6.3 12.6 1.9 8.2l1.3-1.3 3.1 3.1 6.5-6.5 1.3 1.3z",
        kind=Kind.VERIFICATION,
    ),
    Section(
        name="activity",
        label="Activity",
        url_name="dashboard:activity",
        key="t",
        icon="M8 1.6a6.4 6.4 0 1 1 0 12.8A6.4 6.4 0 0 1 8 1.6m0 1.7a4.7 4.7 0 1 0 0 9.4 4.7 4.7 0 0"
        " 0 0-9.4m-.8 1.5h1.6v2.9l2 1.2-.8 1.3-2.8-1.6z",
    ),
    Section(
        name="alerts",
        label="Alerts",
        url_name="dashboard:alerts",
        key="e",
        icon="M8 1.5a4.2 4.2 0 0 0-4.2 4.2v3L2.3 11v1h11.4v-1l-1.5-2.3v-3A4.2 4.2 0 0 0 8 1.5M6.3"
        " 13a1.8 1.8 0 0 0 3.4 0z",
    ),
    Section(
        name="locks",
        label="Locks",
        url_name="dashboard:locks",
        key="l",
        icon="M5 7V5a3 3 0 0 1 6 0v2h1v7H4V7zm1.4 0h3.2V5a1.6 1.6 0 0 0-3.2 0z",
    ),
    Section(
        name="jobs",
        label="Jobs",
        url_name="dashboard:jobs",
        key="j",
        icon="M2 3h2v2H2zm4 0h8v2H6zM2 7h2v2H2zm4 0h8v2H6zm-4 4h2v2H2zm4 0h8v2H6z",
    ),
    Section(
        name="cache",
        label="Cache",
        url_name="dashboard:cache",
        key="c",
        icon="M2 3h12v2.8H2zm0 4.1h12v2.8H2zm0 4.1h12V14H2z",
    ),
    Section(
        name="system",
        label="System",
        url_name="dashboard:system",
        key="s",
        icon="M2 2.5h12v8H9v1.7h2.5v1.6h-7v-1.6H7v-1.7H2zm1.6 1.6v4.8h8.8V4.1z",
    ),
    Section(
        name="keys",
        label="Keys",
        url_name="dashboard:keys",
        key="k",
        icon="M10.4 1.5a4.1 4.1 0 0 0-3.9 5.4L1.5 12v2.5h3v-1.8h1.8v-1.8H8l1.1-1.1a4.1 4.1 0 1 0"
        " 1.3-8.3m.9 2a1.3 1.3 0 1 1 0 2.6 1.3 1.3 0 0 1 0-2.6",
        role="admin",
    ),
)


class Entry(Struct, frozen=True, kw_only=True):
    """A section on one page: whether it is the page's own, and the total behind its label."""

    section: Section
    is_current: bool
    total: str = ""


def present_navigation(current: str, totals: dict[Kind, str], viewer: Principal) -> list[Entry]:
    """The sections that this viewer may see."""
    return [
        Entry(
            section=section,
            is_current=section.name == current,
            total=totals.get(section.kind, "") if section.kind else "",
        )
        for section in SECTIONS
        if viewer.may(section.role)
    ]
