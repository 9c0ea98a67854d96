"""The sections of the dashboard as the menu lists them."""

from msgspec import Struct

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
        name="locks",
        label="Locks",
        url_name="dashboard:locks",
        key="l",
        icon="M5 7V5a3 3 0 0 1 6 0v2h1v7H4V7zm1.4 0h3.2V5a1.6 1.6 0 0 0-3.2 0z",
    ),
)


class Entry(Struct, frozen=True, kw_only=True):
    """A section on one page: whether it is the page's own, and the total behind its label."""

    section: Section
    is_current: bool
    total: str = ""


def present_navigation(current: str, totals: dict[Kind, str]) -> list[Entry]:
    return [
        Entry(
            section=section,
            is_current=section.name == current,
            total=totals.get(section.kind, "") if section.kind else "",
        )
        for section in SECTIONS
    ]
