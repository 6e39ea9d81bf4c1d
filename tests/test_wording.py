"""What is written out, and what is left as it is, wherever texts of others are shown."""

from __future__ import annotations

import pytest

from metricloom.wording import columns, counted, printable, whole


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\x1b[31m", "a\\x1b[31m"),
        ("a\tb\rc", "a\\tb\\rc"),
        ("one\ntwo", "one\ntwo"),
        ("\u202eabc\u2066", "\\u202eabc\\u2066"),
        ("\ud800", "\\ud800"),
        ("up\u200b", "up\\u200b"),
        ("\ufeffup", "\\ufeffup"),
        ("\u2028", "\\u2028"),
        ("\U000e0001", "\\U000e0001"),
        ("10\xa0s é 日本", "10\xa0s é 日本"),
        ("\U0001f468\u200d\U0001f4bb", "\U0001f468\u200d\U0001f4bb"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_what_has_no_shape_is_written_out_and_letters_are_not(given: str, shown: str) -> None:
    assert printable(given) == shown


def test_a_line_end_is_written_out_where_one_line_is_wanted() -> None:
    assert printable("one\ntwo", keep="") == "one\\ntwo"


def test_half_characters_have_a_form_in_utf_8() -> None:
    assert whole("a\udcffé") == "a\\udcffé"


def test_columns_are_those_of_a_terminal() -> None:
    assert [columns(text) for text in ("abc", "日本", "e\u0301", "\u200d")] == [3, 4, 1, 0]


def test_one_of_a_thing_is_no_several() -> None:
    assert [counted(number, "line") for number in (0, 1, 2_000)] == ["0 lines", "1 line", "2,000 lines"]
    assert [counted(number, "family", "families") for number in (1, 2)] == ["1 family", "2 families"]
