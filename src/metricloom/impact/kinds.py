"""The kinds of change, and how bad each is by itself: what stands in docs/diff.md, and nothing else decides it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


class Impact(IntEnum):
    """How bad a change is."""

    COMPATIBLE = 0  # whatever worked works, and says what it said
    ALTERING = 1  # all works, but something says, counts or does other than before
    BREAKING = 2  # something that worked, here or elsewhere, does so no more

    @property
    def word(self) -> str:
        """How people and programs call it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of change. *why* says what it does to what reads it, here or elsewhere; no change is less than *impact*.

    A change is worse where what it does to something in the registry is.
    """

    name: str
    impact: Impact
    why: str


_TABLE: Final = """
metric-removed breaking Whatever reads its series finds nothing: dashboards, rules and queries elsewhere, too.
metric-renamed breaking Whatever reads the old name finds nothing, and the series of the new name begin anew.
metric-added compatible Nothing reads it yet.
metric-type breaking What is done with a counter is wrong on a gauge, and the other way round.
metric-unit breaking The same number means something else: thresholds and axes are wrong.
metric-copies altering The values of several replicas combine in another way.
metric-initial altering What it shows before it is first set is another value.
metric-bounds altering The least or greatest value that it can have is another one.
metric-subset altering It counts a part of something else.
metric-timeout altering The longest event lasts longer or shorter: see whether the buckets still reach it.
metric-internal compatible Whether it measures the instrumentation itself.
metric-help compatible What its documentation says.
metric-moved compatible Another subsystem declares it.
bucket-removed breaking A matcher on its `le` selects nothing, and quantiles are less exact.
bucket-added altering Quantiles change; while old and new replicas run together, those over both are wrong.
label-removed breaking A matcher on it selects nothing, and a group by it is one group.
label-renamed breaking A matcher on the old name selects nothing, and a group by it is one group.
label-added altering There are more series: what is not summed up shows each, and a match with others may fail.
value-removed breaking A matcher on it selects nothing; what is recorded with it counts as `other`.
value-forgotten altering The label may still have it, but its series no longer begin at 0.
value-added compatible There is one more series.
values-closed altering What is recorded with a value that is not named counts as `other`.
values-opened altering Values that counted as `other` have series of their own.
max-values-lowered altering More values count as `other`.
max-values-raised compatible Fewer values count as `other`.
aliases altering A value is counted under another name.
label-help compatible What its documentation says.
external-removed breaking Expressions may no longer read it.
external-added compatible Nothing reads it yet.
external-type breaking As of a metric.
external-unit breaking As of a metric.
external-label-removed breaking As of a metric.
external-label-added altering As of a metric.
external-help compatible What its documentation says.
record-removed breaking Whatever reads it finds nothing, elsewhere too.
record-renamed breaking Whatever reads the old name finds nothing, and the new one begins anew.
record-added compatible Nothing reads it yet.
record-expression altering It holds something else from now on; what it held before stays as it was.
record-label-removed breaking As of a metric.
record-label-added altering As of a metric.
record-unit altering Its numbers mean something else.
record-moved altering Another group evaluates it, at another moment.
record-help compatible What its documentation says.
alert-removed breaking Nobody is told any more.
alert-renamed breaking Silences, routes and inhibitions by its name, and links to its runbook, find nothing.
alert-added compatible Somebody may be told more.
alert-threshold altering It fires at another number.
alert-condition altering It fires for another reason.
alert-for altering It waits longer or shorter before it fires.
alert-keep-firing-for altering It fires for longer or shorter after the end.
alert-severity altering It may go to somebody else.
alert-label-changed altering Routes, inhibitions and silences by this label decide otherwise.
alert-label-added altering As of a label that changed.
alert-label-removed breaking Routes, inhibitions and silences by this label find nothing.
alert-examples compatible What proves it.
alert-text compatible What a person is told.
alert-runbook altering It links to another page.
alert-moved altering Another group evaluates it, at another moment.
call-removed breaking Code that calls it fails.
call-renamed breaking Code that calls the old name fails.
call-added compatible Nothing calls it yet.
call-labels breaking The first arguments of a call are others.
argument-removed breaking Code that gives it fails.
argument-renamed breaking Code that gives it by its old name fails.
argument-required breaking Code that does not give it fails.
argument-added compatible It may be left out.
argument-optional compatible It may be left out now.
argument-default altering Calls that leave it out record something else.
argument-by-name breaking Code that gives it by its place fails.
argument-by-place compatible It may be given by its place, too.
argument-order breaking Arguments that are given by their place mean others.
call-effects altering A call records something else.
call-outcomes altering A call that fails counts under another outcome.
timer-removed breaking Code that calls it fails.
timer-added compatible Nothing calls it yet.
call-moved compatible Another subsystem declares it.
call-help compatible What its documentation says.
dashboard-removed breaking Links to it lead nowhere.
dashboard-address breaking Links to it lead nowhere.
dashboard-added compatible Nothing links to it yet.
dashboard-title altering People find it under another title.
dashboard-variable-removed altering Links that set it set nothing.
dashboard-variable-added compatible One may choose by it.
dashboard-look compatible How it looks.
panel-removed altering It is shown no more, and links to it lead to the dashboard.
panel-renamed altering People find it under another title or in another row; links to it lead to the dashboard.
panel-added compatible Something more is shown.
panel-query altering It shows something else.
panel-type altering It shows the same in another form.
panel-unit altering It says another unit.
panel-alerts altering It draws the thresholds of other alerts.
panel-look compatible How it looks, and what is said of it.
price-removed breaking Expressions may no longer name it.
price-added compatible Nothing costs more by it.
price-changed altering What is computed from it is.
price-source compatible Where it comes from, and what is said of it.
price-moved compatible Another subsystem declares it.
budget-removed breaking Expressions may no longer name it.
budget-added compatible Nothing is spent by it.
budget-changed altering What is compared with it is.
budget-moved compatible Another subsystem declares it.
subsystem-removed altering Its rule file and its chapter are gone; what was in it is told by itself.
subsystem-added compatible As of what is in it.
subsystem-owner altering Its alerts go to somebody else.
subsystem-service altering Its alerts name another service.
subsystem-title altering Its row and its chapter have another title.
subsystem-about compatible What the guide says.
registry-name altering Dashboards are linked by it.
registry-title compatible What people see.
registry-target compatible What the series in examples look like.
site breaking Bundles of two sites are compared.
site-removed breaking Its bundle is removed.
site-added compatible A bundle more.
scope altering Every selector reads other series.
identity-removed breaking All that is recorded, and every alert, has the label no more.
identity-added altering All that is recorded, and every alert, has one more label.
replica altering What tells copies apart is aggregated away: other labels are.
scrape-interval altering Windows hold more or fewer samples.
evaluation-interval altering Rules are evaluated more or less often.
min-prometheus-raised breaking An older Prometheus may refuse the rules.
min-prometheus-lowered compatible More servers load the rules.
docs-url altering Alerts link to another place.
"""


def _kinds() -> dict[str, Kind]:
    rows = (line.split(" ", 2) for line in _TABLE.strip().splitlines())
    return {name: Kind(name, Impact[impact.upper()], why) for name, impact, why in rows}


KINDS: Final = _kinds()
