"""Prices of language models come from genai-prices as they are, with what they leave out, and lose nobody's text."""

import os
import re
import stat
import subprocess
import sys
from datetime import UTC, date, datetime, time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from metricloom.artifact.folder import os_errors_reported
from metricloom.artifact.single import replace_file
from metricloom.commands.prices import amount, command, row
from metricloom.errors import RefusedError, ToolError, UserError
from metricloom.monitoring.prices import GB, GIB, MILLION, ModelPrices, Price
from metricloom.price_import import installed_catalogue
from metricloom.price_import.file import PriceFile, render
from metricloom.price_import.update import Request, prepare
from metricloom.price_import.wanted import Wanted

SHIPPED = Path(__file__).parent.parent / "src/metricloom/content_platform/model_prices.py"
RELEASED = date(2026, 11, 10)
FORMATTED = [sys.executable, "-m", "ruff", "format", "--isolated"]

needs_extra = pytest.mark.skipif(find_spec("genai_prices") is None, reason="genai-prices is not installed")


def imported(path: Path, *models: str, **request: Any) -> str:
    prepare(path, Request(models, **request)).carry_out(force=bool(request.get("force")))
    return path.read_text()


def priced(model: str) -> ModelPrices:
    return installed_catalogue().price(Wanted.parse(model), RELEASED)


def metricloom_prices(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments)])


# --- without the extra ---


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    for module in ("metricloom.price_import.catalogue", "metricloom.price_import.rates"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(ToolError, match="genai_prices is not installed") as caught:
        imported(tmp_path / "prices.py", "openai:gpt-4o")
    assert caught.value.exit_code == 3
    assert caught.value.hint == "pip install 'metricloom[prices]'"
    assert not any(tmp_path.iterdir())


def test_shipped_prices_load_without_genai_prices() -> None:
    code = (
        "import sys, runpy; sys.modules['genai_prices'] = None;"
        f"models = runpy.run_path({str(SHIPPED)!r})['MODEL_PRICES'];"
        "print(len(models), sum(len(model.faults) for model in models))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["12", "0"]


# --- what is imported ---


@needs_extra
def test_shipped_prices_are_those_of_the_pinned_version() -> None:
    assert prepare(SHIPPED, Request()).up_to_date


@needs_extra
@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("openai:gpt-4o", [2.5, 1.25, 2.5, 10]),
        ("openai:gpt-4o-mini", [0.15, 0.075, 0.15, 0.6]),
        ("anthropic:claude-haiku-4-5", [1, 0.1, 1.25, 5]),
        ("google:gemini-2.5-pro", [1.25, 0.125, 1.25, 10]),  # tiered: the base
        ("openai:o3", [2, 0.5, 2, 8]),  # since 2025-06-10
        ("deepseek:deepseek-v4-pro", [0.66, 0.022, 0.66, 1.98]),  # off peak, since 2026-08-17
    ],
)
def test_price_in_force_on_the_day_of_the_release(model: str, dollars: list[float]) -> None:
    prices = priced(model).prices
    assert [price.dollars for price in prices] == dollars
    assert {(price.per, price.unit, price.source, price.checked) for price in prices} == {
        (MILLION, "tokens", "genai-prices 0.2.3", RELEASED)
    }


@needs_extra
def test_every_model_costs_what_genai_prices_computes() -> None:
    from genai_prices.types import Usage

    quiet = datetime.combine(RELEASED, time(22, tzinfo=UTC))  # no price by the time of day holds then
    compared = 0
    tokens = {"input": 150, "cache_read": 100, "cache_write": 50, "output": 70}
    usage = Usage(input_tokens=300, cache_read_tokens=100, cache_write_tokens=50, output_tokens=70)
    every = [(provider, model) for provider in installed_catalogue().providers for model in provider.models]
    for provider, model in every:
        try:
            prices = priced(f"name={provider.id}:{model.id}")
        except UserError:  # not charged by the token
            continue
        if "requests" in prices.note or provider.find_model(model.id) is not model:
            continue
        theirs = model.calc_price(usage, provider, genai_request_timestamp=quiet).total_price
        ours = sum(tokens[kind] * (price.dollars or 0) / price.per for kind, price in prices.by_type.items())
        assert ours == pytest.approx(float(theirs)), model.id
        compared += 1
    assert compared > 1500


@needs_extra
def test_known_change_is_kept_with_its_day_and_a_past_one_is_not() -> None:
    assert priced("google:gemini-3.8-flash").by_type["output"].changes == {date(2027, 1, 1): 7.5}
    assert not priced("mistral:mistral-large-4").by_type["output"].changes


@needs_extra
@pytest.mark.parametrize(
    ("model", "kind", "note"),
    [
        ("google:gemini-2.5-pro", "output", "base price, but 15 in calls above 200,000 input tokens"),
        ("deepseek:deepseek-v4-pro", "input", "base price, but 1.32 from 01:00 to 04:00 and 06:00 to 10:00 UTC"),
        ("openai:gpt-4o", "output", "other rates: batch, fast, priority"),
        ("openai:gpt-4o", "cache_read", "other rates: fast, priority"),
        ("openai:gpt-4o", "cache_write", "charged as input"),
        ("anthropic:claude-haiku-4-5", "cache_write", "cached for 1h: 2"),
        ("google:gemini-2.5-flash", "input", "audio: 1"),
        ("openai:text-embedding-3-small", "output", "genai-prices has no price"),
    ],
)
def test_note_says_what_the_number_leaves_out(model: str, kind: str, note: str) -> None:
    assert note in priced(model).by_type[kind].note


@needs_extra
def test_what_has_no_price_is_not_free() -> None:
    assert priced("openai:text-embedding-3-small").by_type["output"].dollars is None


@needs_extra
def test_same_model_costs_what_its_provider_charges() -> None:
    maker, reseller = priced("anthropic:claude-haiku-4-5"), priced("quicksilverpro:claude-haiku-4-5")
    assert (maker.by_type["output"].dollars, reseller.by_type["output"].dollars) == (5, 1.25)


@needs_extra
def test_provider_without_a_price_of_its_own_says_whose_it_is() -> None:
    prices = priced("azure:deepseek-v4-pro")
    assert prices.provider == "azure"
    assert "azure has no price of its own" in prices.note


@needs_extra
def test_alias_keeps_its_name_and_says_what_it_stands_for() -> None:
    prices = priced("mistral:mistral-large-latest")
    assert prices.model == "mistral-large-latest"
    assert "priced as mistral-large" in prices.note
    assert "mistral-large-2411" in prices.aliases


@needs_extra
@pytest.mark.parametrize(
    ("model", "message", "hint"),
    [
        ("openai:gpt-4oo", "no model 'gpt-4oo' at openai", "did you mean openai:gpt-4o?"),
        ("opnai:gpt-4o", "no provider 'opnai'", "did you mean openai:gpt-4o?"),
        ("gpt-4o", "'gpt-4o' has no provider", "it is known as openai:gpt-4o"),
        ("anthropic:gpt-4o", "no model 'gpt-4o' at anthropic", "it is known as openai:gpt-4o"),
        ("openai:", "names no model", "give PROVIDER:MODEL"),
        ("=openai:gpt-4o", "names no model", "give PROVIDER:MODEL"),
        ("openai:whisper-1", "openai:whisper-1 is not charged by the token", "declare a Price of your own"),
    ],
)
def test_unknown_model_is_refused_with_the_nearest_name(tmp_path: Path, model: str, message: str, hint: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)) as caught:
        imported(tmp_path / "prices.py", "openai:o3", model)
    assert hint in caught.value.hint
    assert caught.value.exit_code == 2
    assert not any(tmp_path.iterdir())


# --- the file ---


@needs_extra
def test_file_is_python_as_ruff_formats_it(tmp_path: Path) -> None:
    # Models whose prices are tiered, dated, by the time of day, absent, renamed and estimated.
    models = [
        "google:gemini-3.8-flash",
        "deepseek:deepseek-v4-pro",
        "openai:text-embedding-3-small",
        "gpt=azure:gpt-4o",
    ]
    file = tmp_path / "prices.py"
    text = imported(file, *models, estimated=["gpt"])
    done = subprocess.run(
        [*FORMATTED, "--line-length=120", "--diff", file], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")
    compile(text, str(file), "exec")


@needs_extra
def test_file_is_the_same_in_whatever_order_models_came(tmp_path: Path) -> None:
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    imported(one, "openai:o3", "anthropic:claude-haiku-4-5", "openai:gpt-4o")
    imported(other, "openai:gpt-4o")
    imported(other, "anthropic:claude-haiku-4-5", "openai:o3")
    assert one.read_text() == other.read_text()


@needs_extra
def test_names_and_choices_outlive_an_update(tmp_path: Path) -> None:
    file = tmp_path / "prices.py"
    text = imported(file, "fast=azure:gpt-4o-mini", "openai:o3", estimated=["fast"])
    file.write_text(text.replace("genai-prices 0.2.3", "genai-prices 0.2.2"))  # as if an older version had written it
    assert imported(file, force=True) == text
    (fast, _) = PriceFile.read(file).models  # type: ignore[union-attr]
    assert (fast.model, fast.provider, fast.priced_as, fast.tokens) == ("fast", "azure", "gpt-4o-mini", "estimated")
    assert [price.name for price in fast.prices][:2] == ["llm_fast_input", "llm_fast_cache_read"]


@needs_extra
def test_dropped_model_is_gone(tmp_path: Path) -> None:
    file = tmp_path / "prices.py"
    imported(file, "openai:o3", "openai:gpt-4o")
    assert "llm_o3_input" not in imported(file, drop=["o3"])
    with pytest.raises(UserError, match="no model 'gpt-4' in the file") as caught:
        imported(file, drop=["gpt-4"])
    assert caught.value.hint == "did you mean gpt-4o?"


@needs_extra
@pytest.mark.parametrize(
    "models", [("openai:gpt-4o", "azure:gpt-4o"), ("a.b=openai:gpt-4o", "a-b=openai:o3")], ids=["model", "price"]
)
def test_two_of_one_name_are_refused(tmp_path: Path, models: tuple[str, ...]) -> None:
    with pytest.raises(UserError, match=r"both be called|the same names") as caught:
        imported(tmp_path / "prices.py", *models)
    assert "=" in caught.value.hint


@needs_extra
def test_alias_means_one_model(tmp_path: Path) -> None:
    file = tmp_path / "prices.py"
    imported(file, "openai:gpt-4o", "other=azure:gpt-4o")
    models = PriceFile.read(file).models  # type: ignore[union-attr]
    aliases = [alias for model in models for alias in model.aliases]
    assert "gpt-4o" not in aliases
    assert len(aliases) == len(set(aliases))


@needs_extra
def test_formatter_of_the_project_makes_no_file_stale_or_edited(tmp_path: Path) -> None:
    file = tmp_path / "prices.py"
    imported(file, "google:gemini-2.5-pro", "openai:gpt-4o")
    subprocess.run([*FORMATTED, "--line-length=70", file], check=True, capture_output=True, timeout=60)
    subprocess.run(
        [*FORMATTED, "--config=format.quote-style='single'", file], check=True, capture_output=True, timeout=60
    )
    before = file.read_text()
    assert prepare(file, Request()).up_to_date
    assert imported(file) == before


@needs_extra
@pytest.mark.parametrize(("old", "new"), [("2.5", "2.4"), ("MODEL_PRICES:", "# mine\nMODEL_PRICES:")])
def test_edit_by_hand_is_kept(tmp_path: Path, old: str, new: str) -> None:
    file = tmp_path / "prices.py"
    text = imported(file, "openai:gpt-4o")
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(RefusedError, match="edited by hand"):
        imported(file, "openai:o3")
    assert file.read_text() == text.replace(old, new, 1)
    assert imported(file, force=True) == text


@needs_extra
def test_file_of_another_kind_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "prices.py"
    file.write_text("raise RuntimeError('not to be run')\n")
    with pytest.raises(RefusedError, match="was not written by"):
        imported(file, "openai:o3")
    assert file.read_text() == "raise RuntimeError('not to be run')\n"
    assert "llm_o3_input" in imported(file, "openai:o3", force=True)


@needs_extra
@pytest.mark.parametrize("broken", ["MODEL_PRICES = 1\n", "MODEL_PRICES = [\n", "1 / 0\n"])
def test_file_that_no_longer_runs_is_named(tmp_path: Path, broken: str) -> None:
    file = tmp_path / "prices.py"
    file.write_text(imported(file, "openai:o3").partition("from functools")[0] + broken)
    with pytest.raises(UserError, match=r"prices\.py (does not run|declares no MODEL_PRICES)"):
        imported(file)


def test_release_that_is_not_known_needs_its_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("genai_prices")
    monkeypatch.setattr("metricloom.price_import.catalogue.version", lambda _: "9.9.9")
    file = tmp_path / "prices.py"
    with pytest.raises(UserError, match=r"when genai-prices 9\.9\.9 was released") as caught:
        imported(file, "openai:o3")
    assert caught.value.hint == "give --released YYYY-MM-DD"
    text = imported(file, "openai:o3", released=date(2027, 3, 1))
    assert "checked=date(2027, 3, 1)" in text
    assert imported(file) == text  # the file knows the day


# --- writing ---


def test_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "prices.py"
    file.write_text("old")

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="no space is left"), os_errors_reported(file):
        replace_file(file, b"new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("prices.py", "old")]


def test_replaced_file_keeps_its_mode_and_the_link_to_it(tmp_path: Path) -> None:
    file, link = tmp_path / "prices.py", tmp_path / "link.py"
    file.write_text("old")
    file.chmod(0o600)
    link.symlink_to(file)
    replace_file(link, b"new")
    assert link.is_symlink()
    assert file.read_text() == "new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_missing_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "nowhere/prices.py"
    with pytest.raises(UserError, match="cannot be read or written: No such file or directory"):
        prepare(file, Request(["openai:o3"], released=date(2027, 3, 1))).carry_out(force=False)


# --- the verb ---


@needs_extra
def test_check_exits_1_with_a_diff_and_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "prices.py"
    imported(file, "openai:gpt-4o")
    assert metricloom_prices("--check", "-o", file).exit_code == 0
    old = render([priced("openai:o3")], "genai-prices 0.2.2", date(2026, 11, 2))
    file.write_text(old)
    done = metricloom_prices("--check", "-o", file)
    assert done.exit_code == 1
    assert '+per_million = partial(Price, per=MILLION, unit="tokens", source="genai-prices 0.2.3"' in done.output
    assert file.read_text() == old


@needs_extra
def test_import_says_what_it_did(tmp_path: Path) -> None:
    file = tmp_path / "prices.py"
    assert metricloom_prices("--import", "openai:gpt-4o", "-o", file).output == f"wrote {file}\n"
    assert metricloom_prices("--import", "openai:gpt-4o", "-o", file).output == f"{file} is up to date\n"


@pytest.mark.parametrize("wrong", [["--drop", "o3"], ["--force"], ["--import", "openai:o3", "--site", "x"], ["a", "b"]])
def test_options_of_the_other_form_are_refused(wrong: list[str]) -> None:
    assert metricloom_prices(*wrong).exit_code == 2


def test_import_of_nothing_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("genai_prices")
    with pytest.raises(UserError, match="there is no model to import"):
        prepare(tmp_path / "prices.py", Request())


def test_row_shows_changes_and_what_is_not_declared() -> None:
    dated = Price("llm_x_input", 2.0, MILLION, "tokens", "somewhere", RELEASED, {date(2027, 1, 1): 4.0}, "base price")
    assert row(dated) == (
        "llm_x_input", "2", "1M tokens", "somewhere", "2026-11-10", "4 from 2027-01-01; base price",
    )  # fmt: skip
    assert row(Price("tts", None, 1, "characters"))[1] == "not declared"


def test_size_of_a_gigabyte_is_said() -> None:
    assert [amount(Price("storage", 1.0, size, "bytes")) for size in (GB, GIB, 1)] == [
        "10^9 bytes",
        "2^30 bytes",
        "bytes",
    ]
