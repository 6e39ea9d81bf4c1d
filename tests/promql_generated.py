"""Random expressions over the series of `promql_samples`."""

from __future__ import annotations

from random import Random

from tests.promql_samples import KNOWN

LABELS = ("job", "instance", "cluster", "pod", "namespace", "model", "kind", "le", "nope")
LISTED = (*LABELS, "__name__")
VALUES = {
    "job": ("a", "b", "a|b", ".+"),
    "instance": ("i1", "i.+"),
    "cluster": ("c1", ".*"),
    "pod": ("p1", ""),
    "namespace": ("n", "n|"),
    "model": ("m1", "m1|m2", "m.", "m3"),
    "kind": ("audio", "video", "vidoe"),
    "le": ("5.0", "60.0"),
    "nope": ("x", ""),
}
OVER_TIME = (
    *("rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets", "count_over_time"),
    *("last_over_time", "min_over_time", "max_over_time", "avg_over_time", "sum_over_time", "present_over_time"),
    *("stddev_over_time", "stdvar_over_time", "absent_over_time"),
)
OF_VALUES = (
    *("abs", "ceil", "floor", "round", "sort", "sort_desc", "exp", "ln", "log2", "log10", "sqrt", "sgn", "absent"),
    *("timestamp", "minute", "month", "year"),
)
TRIGONOMETRIC = (
    *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "deg", "rad"),
)
NEW_OVER_TIME = ("first_over_time", "mad_over_time", "ts_of_max_over_time", "ts_of_last_over_time", "integral")
COMBINING = ("sum", "avg", "min", "max", "count", "group", "stddev", "stdvar")
ARITHMETIC = ("+", "-", "*", "/", "%", "^", "atan2", ">", "<", "==", "!=", ">=", "<=", "> bool", "== bool")
PARTS = ("calls_total", "failures_total", "begun_total", "late_total", 'late_total{job="a"}')
OF_UNITS = frozenset({"ceil", "floor", "round", "minute", "month", "year"})
"""Functions that take it for granted in which unit a value is."""


class Expressions:
    """Draws expressions. *newest* adds what Prometheus 3.16 has behind flags; *scaling* leaves out what has a number
    in it that has a unit nobody wrote down: `x + 5`, `ceil(x)`.
    """

    def __init__(self, random: Random, *, newest: bool, scaling: bool = False) -> None:
        self.random = random
        self.newest = newest
        self.scaling = scaling
        self.labels = [label for label in LABELS if label != "le" or not scaling]
        names = [name for name in KNOWN if name != "unborn_total"]
        self.names = [*names, "unborn_total", "nobody_knows_it"] if not scaling else names

    def any(self) -> str:
        """Return an expression."""
        return self.vector(self.random.randint(1, 4))

    def alert(self) -> str:
        """Return a comparison with a number."""
        pick = self.random.choice
        read = pick((self._share(0), self._of_buckets(1), self.any(), self.any(), self.any()))
        return f"({read}) {pick(('>', '<', '>=', '<=', '=='))} {pick(('0', '1', '2', '5', '9', '100', '600', '1000'))}"

    def vector(self, depth: int) -> str:
        """Return an expression that is an instant vector, of at most *depth* levels."""
        if depth <= 0:
            return self._selector("")
        kinds = (
            (self._leaf, 15), (self._over_time, 24), (self._of_value, 9), (self._combined, 18), (self._selected, 5),
            (self._of_buckets, 5), (self._relabelled, 4), (self._bounded, 4), (self._with_number, 9), (self._pair, 14),
            (self._share, 4),
        )  # fmt: skip
        return self.random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0](depth)

    def _chance(self, share: float) -> bool:
        return self.random.random() < share

    # --- what is read ---------------------------------------------------------------------------------

    def _leaf(self, depth: int) -> str:
        del depth
        return self._selector("")

    def _selector(self, window: str) -> str:
        pick = self.random.choice
        found = []
        for _ in range(pick((0, 0, 0, 1, 1, 2))):
            label = pick(self.labels)
            found.append(f'{label}{pick(("=", "!=", "=~", "!~"))}"{pick(VALUES[label])}"')
        matchers = f"{{{','.join(found)}}}" if found else ""
        return f"{pick(self.names)}{matchers}{window}{' offset 5m' if self._chance(0.05) else ''}"

    def _range(self, depth: int) -> str:
        if depth <= 0 or self._chance(0.8):
            return self._selector(self.random.choice(("[5m]", "[1h]", "[10m]")))
        return f"({self.vector(depth - 1)}){self.random.choice(('[30m:5m]', '[10m:1m]', '[5m:4m]'))}"

    def _labels(self, most: int) -> list[str]:
        return self.random.sample(LABELS if self.scaling else LISTED, self.random.randint(0, most))

    def _list(self) -> str:
        return ", ".join(self._labels(3))

    def _grouping(self) -> str:
        return self.random.choice(("", f" by ({self._list()}) ", f" without ({self._list()}) "))

    def _scalar(self) -> str:
        if self.scaling:
            return "0"
        return self.random.choice(("0", "1", "0.5", "5", "100", "time()", "-1", "scalar(sum(up))", "Inf", "2"))

    def _share(self, depth: int) -> str:
        """Return how much of a whole a part is, or some that are no part."""
        del depth
        pick = self.random.choice
        function, window, combine = (
            pick(("rate", "increase", "irate")),
            pick(("[5m]", "[10m]", "[1h]")),
            self._grouping(),
        )
        part, whole = (f"sum{combine}({function}({pick(PARTS)}{window}))" for _ in range(2))
        return f"{part} / {whole}"

    # --- calls ------------------------------------------------------------------------------------------

    def _over_time(self, depth: int) -> str:
        names = [*OVER_TIME, *(NEW_OVER_TIME if self.newest else ())]
        name, read = self.random.choice(names), self._range(depth - 1)
        other = (f"{name}({read})", f"quantile_over_time(0.5, {read})", f"predict_linear({read}, 60)")
        return self.random.choices(other, (8, 1, 1))[0]

    def _of_value(self, depth: int) -> str:
        names = [*OF_VALUES, self.random.choice(TRIGONOMETRIC)]
        if self.scaling:
            names = [name for name in names if name not in OF_UNITS]
        return f"{self.random.choice(names)}({self.vector(depth - 1)})"

    def _of_buckets(self, depth: int) -> str:
        read = self.random.choice((
            "rate(call_seconds_bucket[5m])",
            f"sum by (le,{self._list()}) (rate(call_seconds_bucket[5m]))",
            self.vector(depth - 1),
        ))  # fmt: skip
        return f"histogram_quantile({self.random.choice(('0.9', '0.5', '1'))}, {read})"

    def _relabelled(self, depth: int) -> str:
        pick, read = self.random.choice, self.vector(depth - 1)
        written, source, other = (pick(self.labels if self.scaling else LISTED) for _ in range(3))
        replacement = pick(("$1", "x", ""))
        pattern = pick(("(.*)", "a", "(.+)", ""))
        if self._chance(0.5):
            return f'label_replace({read}, "{written}", "{replacement}", "{source}", "{pattern}")'
        return f'label_join({read}, "{written}", "{pick(("", "-"))}", "{source}", "{other}")'

    def _bounded(self, depth: int) -> str:
        read = self.vector(depth - 1)
        if self.scaling:
            return f"-({read})"
        return self.random.choice((
            f"vector({self._scalar()})", f"clamp({read}, 1, {self._scalar()})", f"clamp_min({read}, 1)", f"-({read})",
            f"clamp_max({read}, {self._scalar()})", f"round({read}, {self._scalar()})",
        ))  # fmt: skip

    # --- aggregations -------------------------------------------------------------------------------------

    def _combined(self, depth: int) -> str:
        return f"{self.random.choice(COMBINING)}{self._grouping()}({self.vector(depth - 1)})"

    def _selected(self, depth: int) -> str:
        grouping, read = self._grouping(), self.vector(depth - 1)
        found = [f"quantile{grouping}(0.5, {read})"]
        if not self.scaling:  # of equal values, topk takes any
            found += [f"topk{grouping}(2, {read})", f"bottomk{grouping}(1, {read})"]
            found += [f'count_values{grouping}("v", {read})', f"topk{grouping}({self._scalar()}, {read})"]
        if self.newest and not self.scaling:
            found += [f"limitk{grouping}(1, {read})", f"limit_ratio{grouping}(0.5, {read})"]
        return self.random.choice(found)

    # --- operators ------------------------------------------------------------------------------------------

    def _with_number(self, depth: int) -> str:
        if self.scaling:
            return f"({self.vector(depth - 1)}) {self.random.choice(('>', '<', '!=', '> bool', '+', '*'))} 0"
        op, sides = self.random.choice(ARITHMETIC), [f"({self.vector(depth - 1)})", self._scalar()]
        self.random.shuffle(sides)
        return f"{sides[0]} {op} {sides[1]}"

    def _pair(self, depth: int) -> str:
        op = self.random.choice(("+", "-", "*", "/", "/", ">", "<", "==", "and", "or", "unless", "> bool", "%"))
        matching = self.random.choice(("", "", f" on ({self._list()})", f" ignoring ({self._list()})"))
        arithmetic = op not in ("and", "or", "unless")
        if matching and arithmetic and self._chance(0.5):
            included = ", ".join(label for label in self._labels(2) if " on " not in matching or label not in matching)
            matching += f" group_{self.random.choice(('left', 'right'))} ({included})"
        if self.newest and arithmetic and self._chance(0.15):
            matching += self.random.choice((" fill (0)", " fill_left (0)", " fill_right (0)"))
        left = self.vector(depth - 1)
        right = left if self._chance(0.1) else self.vector(depth - 1)
        return f"({left}) {op}{matching} ({right})"
