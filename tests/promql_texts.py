"""PromQL texts for property tests: well-formed expressions, and fragments in any order."""

from __future__ import annotations

from hypothesis import strategies as st

FRAGMENTS = [
    "x", "sum", "by", "without", "on", "ignoring", "group_left", "offset", "bool", "and", "unless", "rate", "inf",
    "(", ")", "{", "}", "[", "]", ",", ":", " ", "\n", "#c\n", "#", '"', "'", "`", '"a"', "'b'", "\\", "=", "=~", "!",
    "5m", "1h30m", "1",
    "0x1f", "1e5", ".5", "$x", "${y}", "[[z]]", "$identity", "@", "end", "-", "+", "/", "</", "é", "\x00",
]  # fmt: skip
fragments = st.lists(st.sampled_from(FRAGMENTS), max_size=30).map("".join)
any_text = st.one_of(fragments, st.text(max_size=60))

names = st.sampled_from(["x", "calls_total", "on", "sum", "by", "job:calls:rate5m", "offset"])
labels = st.sampled_from(["a", "model", "job", "le", "by"])
values = st.sampled_from(['"1"', "'}'", '"a\\"b"', "`c{`", '""', '"#"'])
matchers = st.builds("{}{}{}".format, labels, st.sampled_from(["=", "!=", "=~", " !~ "]), values)


@st.composite
def selectors(draw: st.DrawFn) -> str:
    """A selector with or without a name, with odd spaces, comments and trailing commas."""
    inside = draw(st.lists(matchers, max_size=3))
    tail = draw(st.sampled_from(["", ",", " ", ", ", " # }\n"])) if inside else draw(st.sampled_from(["", " "]))
    form = draw(
        st.sampled_from(["{name}{{{inside}}}", "{name} {{ {inside} }}", '{{__name__="{name}"{comma}{inside}}}'])
    )
    if not inside and draw(st.booleans()):
        return draw(names)
    return form.format(
        name=draw(names), comma="," if inside else "", inside=",".join(inside) + (tail if inside else "")
    )


def label_lists() -> st.SearchStrategy[str]:
    """`(a, model)`."""
    return st.lists(labels, max_size=3).map(lambda found: f"({', '.join(found)})")


@st.composite
def _wrapped(draw: st.DrawFn, inner: st.SearchStrategy[str]) -> str:
    expression, other, chosen, grouping = draw(inner), draw(inner), draw(label_lists()), draw(selectors())
    form = draw(
        st.sampled_from(
            [
                "sum by {l} ({e})", "sum({e}) by {l}", "topk without {l}(3, {e})", "SUM({e})", "-({e})",
                "({e}) > bool 2",
                "({e}) / on {l} group_left ({o})", "({e}) + ignoring{l} ({o})", "({e}) AND ({o})", "rate({s}[5m])",
                "max_over_time(({e})[1h:5m]) # x", "({e}) or ({o})", "count_values(\"v\", {e})", "{s} offset -5m",
                'label_replace({e}, "model", "$1", "job", "(.*)")', "increase({s}[1h] @ end())", "({e}) * 1e3",
            ]
        )
    )  # fmt: skip
    return form.format(e=expression, o=other, l=chosen, s=grouping)


expressions = st.recursive(selectors(), _wrapped, max_leaves=4)
