"""``/api/v1/alerts``: what somebody should look at (contract §9)."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from state.alerts.rules import KINDS, SEVERITIES
from state.domain.jsontext import encode
from state.operations.operation import Body, Operation, Parameter, Result
from state.operations.parameters import PAGE, limit
from state.operations.parsing import parsed
from state.operations.shapes import Count, PageToken, Seconds, Time
from state.protocol import alerts
from state.protocol.call import Answer, Call
from state.service import alerting
from state.service.guard import ask_database

TAG = "Alerts"
KindOfSubject: Any = Literal[KINDS]
Severity: Any = Literal[SEVERITIES]


class Delivery(Struct, rename="camel", kw_only=True):
    """One message about an alert to one channel."""

    channel: str
    event: Literal["opened", "closed"]
    outcome: Literal["due", "delivered", "failed"]
    attempts: Count
    error: str | None
    delivered_at: Time | None


class Alert(Struct, rename="camel", kw_only=True):
    id: str
    rule: str
    severity: Severity
    kind: KindOfSubject
    subject: str
    summary: str
    value: float | str | bool | None
    threshold: float | str | bool | None
    count: Annotated[int, Meta(ge=1)]
    opened_at: Time
    last_seen_at: Time
    closed_at: Time | None
    acknowledged_at: Time | None
    acknowledged_by: str | None
    note: str | None
    deliveries: list[Delivery]


class AlertPage(Struct, kw_only=True):
    items: list[Alert]
    next: PageToken


class AlertRule(Struct, rename="camel", kw_only=True):
    name: str
    kind: KindOfSubject
    source: str
    comparison: Literal["above", "below", "equals"]
    threshold: float | str | bool | None
    for_seconds: Seconds
    severity: Severity
    summary: str
    built_in: bool
    agent_type: str = ""


class Rules(Struct, kw_only=True):
    items: list[AlertRule]


class ChannelResult(Struct, kw_only=True):
    channel: str
    delivered: bool
    error: str | None


class ChannelResults(Struct, kw_only=True):
    items: list[ChannelResult]


async def _list(call: Call) -> Answer:
    query = alerts.read_query(call.query)
    return alerts.render_page(await ask_database(alerting.list_alerts, query), query)


async def _acknowledge(call: Call) -> Answer:
    note = await parsed(alerts.read_note, call)
    shown = await ask_database(alerting.acknowledge, call.id, call.principal.name, note)
    return Answer(200, encode(shown))


async def _rules(call: Call) -> Answer:
    return Answer(200, encode({"items": alerting.rules_as_dicts()}))


async def _test(call: Call) -> Answer:
    return Answer(200, encode({"items": await ask_database(alerting.try_channels)}))


OPERATIONS = [
    Operation(
        name="listAlerts",
        method="GET",
        path="/api/v1/alerts",
        run=_list,
        tag=TAG,
        summary="Alerts, newest first",
        description="One alert a cause: the same rule and subject while open only counts up.",
        results={200: Result("A page.", AlertPage)},
        query=(
            Parameter("state", "`open` when absent.", Literal["open", "closed", "all"]),
            Parameter("rule", "Of this rule.", may_be_empty=True),
            Parameter("severity", "Of this severity.", Severity, may_be_empty=True),
            limit(),
            PAGE,
        ),
    ),
    Operation(
        name="listAlertRules",
        method="GET",
        path="/api/v1/alerts/rules",
        run=_rules,
        tag=TAG,
        summary="The rules that alerts come from",
        description="The product's own, with the thresholds of the settings, and those of "
        "`LIGHTNING_ALERT_RULES`.",
        results={200: Result("All of them.", Rules)},
    ),
    Operation(
        name="acknowledgeAlert",
        method="POST",
        path="/api/v1/alerts/{id}/acknowledge",
        run=_acknowledge,
        tag=TAG,
        summary="Say that somebody looks after an alert",
        role="operator",
        body=Body(alerts.Note),
        results={200: Result("The alert.", Alert)},
        refusals=(404,),
    ),
    Operation(
        name="testAlertChannels",
        method="POST",
        path="/api/v1/alerts/test",
        run=_test,
        tag=TAG,
        summary="Send a message to every channel",
        description="Says of each channel in `LIGHTNING_ALERT_URLS` whether it took the message.",
        role="operator",
        results={200: Result("What became of it.", ChannelResults)},
    ),
]
