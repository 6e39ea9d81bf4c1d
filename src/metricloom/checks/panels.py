"""What panels of a dashboard say beside their query: the unit of the values, and names of the lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from metricloom.checks.chosen import labels_are_chosen
from metricloom.checks.model import Finding, Reading, check, panel
from metricloom.checks.sums import is_time
from metricloom.errors import Severity, did_you_mean
from metricloom.monitoring.units import BYTES, ONE, SECONDS, Unit
from metricloom.promql.types import Inferred, Kind, Presence
from metricloom.sources.model import PanelQuery

_LABEL: Final = re.compile(r"\{\{\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*\}\}")


@check(
    "D940",
    "legend-without-label",
    visits=PanelQuery,
    severity=Severity.WARNING,
    bad=(
        panel("sum by (model) (rate(calls_total[5m]))", legend="{{ modle }}"),
        panel("sum(rate(calls_total[5m]))", legend="{{model}}"),
    ),
    good=panel("sum by (model) (rate(calls_total[5m]))", legend="{{model}}"),
)
def legend_without_label(reading: Reading, shown: PanelQuery) -> Iterator[Finding]:
    """A legend names a label that no series of the query has: the lines have no name, or all the same."""
    labels = reading.result.labels
    named = dict.fromkeys(_LABEL.findall(shown.legend))
    for name in named if not labels_are_chosen(reading) else ():
        if labels.presence(name) is not Presence.NEVER:
            continue
        dropped = name in labels.lost or not labels.known
        yield Finding(
            f"its legend names {name}, which is not there: {labels.why(name)}",
            f"keep {name} in the query, or leave it out of the legend" if dropped else did_you_mean(name, labels.known),
            reading.span(reading.root) if reading.root else None,
        )


# --- units --------------------------------------------------------------------------------------------

_BYTES_PER_SECOND: Final = BYTES / SECONDS
_MEASURED: Final[dict[str, Unit]] = {
    **dict.fromkeys(("s", "dtdurations", "dthms", "clocks"), SECONDS),
    **dict.fromkeys(("bytes", "decbytes"), BYTES),
    **dict.fromkeys(("Bps", "binBps", "KBs", "KiBs", "MBs", "MiBs", "GBs", "GiBs"), _BYTES_PER_SECOND),
    **dict.fromkeys(("percent", "percentunit"), ONE),
}
"""What Grafana's units measure. One that says how values are scaled already (`ms`, `kbytes`) is told by it alone."""
_SCALED: Final[dict[str, tuple[Unit, str]]] = {
    **dict.fromkeys(("ms", "dtdurationms"), (SECONDS, "s")),
    **dict.fromkeys(("µs", "ns", "m", "h", "d"), (SECONDS, "s")),
    **dict.fromkeys(("kbytes", "mbytes", "gbytes", "tbytes"), (BYTES, "bytes")),
    **dict.fromkeys(("deckbytes", "decmbytes", "decgbytes", "dectbytes"), (BYTES, "decbytes")),
    **dict.fromkeys(("bits", "decbits"), (BYTES, "decbytes")),
    **dict.fromkeys(("bps", "binbps"), (_BYTES_PER_SECOND, "Bps")),
}
"""Units that a value in Prometheus's base unit must be multiplied for, that base unit, and Grafana's name of it."""
_WRITTEN: Final = {SECONDS: "s", BYTES: "bytes", _BYTES_PER_SECOND: "Bps"}


@check(
    "D941",
    "panel-unit-mismatch",
    visits=PanelQuery,
    severity=Severity.WARNING,
    bad=(
        panel("histogram_quantile(0.9, sum by (le) (rate(call_seconds_bucket[5m])))", unit="percentunit"),
        panel("sum(rate(written_bytes_total[5m]))", unit="bytes"),
        panel("sum(used_bytes)", unit="Bps"),
        panel("sum(rate(written_bytes_total[5m]))", unit="bps"),
        panel("max(last_success_timestamp_seconds)", unit="dateTimeAsIso"),
        panel("sum(rate(failures_total[5m])) / sum(rate(calls_total[5m]))", unit="percent"),
    ),
    good=(
        panel("histogram_quantile(0.9, sum by (le) (rate(call_seconds_bucket[5m])))", unit="s"),
        panel("sum(rate(written_bytes_total[5m]))", unit="Bps"),
        panel("sum(rate(written_bytes_total[5m])) * 8", unit="bps"),
        panel("max(last_success_timestamp_seconds) * 1000", unit="dateTimeAsIso"),
        panel("100 * sum(rate(failures_total[5m])) / sum(rate(calls_total[5m]))", unit="percent"),
        panel("sum(queue_items)", unit="short"),
    ),
)
def panel_unit_mismatch(reading: Reading, shown: PanelQuery) -> Iterator[Finding]:
    """A panel shows its values in a unit that they are not in: bits for bytes, a rate for an amount, 1970 for today."""
    found = reading.result
    span = reading.span(reading.root) if reading.root else None
    if reading.root is not None and shown.unit.startswith("dateTime") and is_time(reading, reading.root):
        yield Finding(
            f"Grafana's {shown.unit} reads milliseconds, and this is a time in seconds: it shows 1970",
            "multiply by 1000",
            span,
        )
    elif found.kind is Kind.RATIO and shown.unit == "percent":
        yield Finding(
            "Grafana's percent reads 0 to 100, and this lies between 0 and 1", "write the unit percentunit", span
        )
    elif _is_sure(found) and found.unit is not None:
        yield from _of_unit(shown.unit, found.unit, span)


def _is_sure(found: Inferred) -> bool:
    """Whether the unit is known: many names of what is counted leave theirs out."""
    known = found.is_known and found.kind not in (Kind.CONSTANT, Kind.TIMESTAMP)
    return known and found.unit not in (None, ONE, ONE / SECONDS)


def _of_unit(name: str, unit: Unit, span: tuple[int, int] | None) -> Iterator[Finding]:
    wanted, right = _MEASURED.get(name), _WRITTEN.get(unit)
    hint = f"write the unit {right}" if right else "write the unit that the values have"
    if wanted is not None and wanted != unit:
        yield Finding(f"its unit is {name}, and the query gives {unit}", hint, span)
    base = _SCALED.get(name)
    if base is not None and base[0] == unit:
        yield Finding(f"its unit is {name}, and the query gives {unit}, not scaled", f"write the unit {base[1]}", span)
    elif base is not None:
        yield Finding(f"its unit is {name}, and the query gives {unit}", hint, span)
