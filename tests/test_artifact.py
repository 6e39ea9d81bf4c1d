"""Generated files on disk: compared, written, and kept apart from what people wrote."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import pytest

from metricloom.artifact import MANIFEST, Artifact, plan, write
from metricloom.artifact.manifest import digest
from metricloom.errors import RefusedError, UserError

RULES = {"rules/llm.yml": "groups: []\n", "docs/monitoring.md": "# Überwachung\n"}


def artifacts(files: dict[str, str]) -> list[Artifact]:
    return [Artifact(PurePosixPath(path), text) for path, text in files.items()]


def generate(folder: Path, files: dict[str, str], *, force: bool = False) -> None:
    write(plan(folder, artifacts(files), "f1"), force=force)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return found


@contextmanager
def refused(folder: Path, error: type[UserError] = RefusedError, match: str | None = None) -> Iterator[None]:
    """Expect an error that changes nothing in *folder*."""
    before = tree(folder)
    with pytest.raises(error, match=match) as caught:
        yield
    assert tree(folder) == before
    assert caught.value.exit_code == (1 if error is RefusedError else 2)
    assert caught.value.hint


def test_a_plan_writes_nothing_not_even_the_folder(tmp_path: Path) -> None:
    made = plan(tmp_path / "bundle", artifacts(RULES), "f1")
    assert [str(path) for path in made.created] == sorted(RULES)
    assert not made.up_to_date
    assert not list(tmp_path.iterdir())


def test_a_bundle_holds_the_exact_bytes_and_a_manifest_of_them(tmp_path: Path) -> None:
    generate(tmp_path, RULES)
    files = tree(tmp_path)
    assert json.loads(files.pop("metricloom.json")) == {
        "format": 1,
        "generator": "metricloom",
        "fingerprint": "f1",
        "files": {path: digest(text.encode()) for path, text in sorted(RULES.items())},
    }
    assert files == {path: text.encode() for path, text in RULES.items()}


def test_the_order_of_artifacts_does_not_matter(tmp_path: Path) -> None:
    generate(tmp_path / "a", RULES)
    generate(tmp_path / "b", dict(reversed(RULES.items())))
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_line_ends_are_those_of_the_text(tmp_path: Path) -> None:
    generate(tmp_path, {"x": "a\r\nb\n"})
    assert (tmp_path / "x").read_bytes() == b"a\r\nb\n"


def test_new_files_follow_the_umask_and_an_existing_mode_is_kept(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        generate(tmp_path, {"x": "1", "y": "1"})
        (tmp_path / "y").chmod(0o600)
        generate(tmp_path, {"x": "2", "y": "2"})
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("x", "y", "metricloom.json")] == [0o640, 0o600, 0o640]


def test_what_is_up_to_date_is_not_written_again(tmp_path: Path) -> None:
    generate(tmp_path, RULES)
    (tmp_path / MANIFEST).write_text(json.dumps(manifest(tmp_path)))  # a formatter of the user's may have been here
    places = [tmp_path / path for path in (*RULES, "metricloom.json")]
    before = [(place.stat().st_ino, place.stat().st_mtime_ns) for place in places]
    assert plan(tmp_path, artifacts(RULES), "f1").up_to_date
    generate(tmp_path, RULES)
    assert [(place.stat().st_ino, place.stat().st_mtime_ns) for place in places] == before


def test_what_is_no_longer_generated_goes_with_its_empty_folders(tmp_path: Path) -> None:
    generate(tmp_path, {"a/b/c/x": "1", "d/x": "1", "keep": "1"})
    (tmp_path / "d/theirs").write_text("mine")
    generate(tmp_path, {"keep": "1"})
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["d", "keep", "metricloom.json", "theirs"]


@pytest.mark.parametrize("force", [False, True])
def test_files_that_were_never_generated_are_left_alone(tmp_path: Path, force: bool) -> None:
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks/A.md").write_text("what to do")
    generate(tmp_path, RULES, force=force)
    generate(tmp_path, {}, force=force)
    assert (tmp_path / "runbooks/A.md").read_text() == "what to do"


@pytest.mark.parametrize("then", [RULES, {**RULES, "rules/llm.yml": "groups: [x]\n"}, {**RULES, "new": "1"}])
def test_if_one_file_was_edited_nothing_is_written(tmp_path: Path, then: dict[str, str]) -> None:
    generate(tmp_path, RULES)
    (tmp_path / "rules/llm.yml").write_text("mine")
    with refused(tmp_path, match=r"rules/llm\.yml: edited by hand"):
        generate(tmp_path, then)
    generate(tmp_path, then, force=True)
    assert plan(tmp_path, artifacts(then), "f1").up_to_date


def test_an_edited_file_that_is_no_longer_generated_is_never_removed(tmp_path: Path) -> None:
    generate(tmp_path, RULES)
    (tmp_path / "rules/llm.yml").write_text("mine")
    with refused(tmp_path):
        generate(tmp_path, {"new": "1"})
    generate(tmp_path, {"new": "1"}, force=True)
    generate(tmp_path, {"new": "2"})
    assert (tmp_path / "rules/llm.yml").read_text() == "mine"
    assert not (tmp_path / "docs").exists()


def test_a_deleted_file_comes_back(tmp_path: Path) -> None:
    generate(tmp_path, RULES)
    (tmp_path / "rules/llm.yml").unlink()
    generate(tmp_path, RULES)
    assert (tmp_path / "rules/llm.yml").read_text() == RULES["rules/llm.yml"]


def test_a_file_in_the_way_is_kept_unless_it_says_the_same(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/llm.yml").write_text("mine")
    with refused(tmp_path, match="not written by metricloom"):
        generate(tmp_path, RULES)
    (tmp_path / "rules/llm.yml").write_text(RULES["rules/llm.yml"])
    generate(tmp_path, RULES)
    assert plan(tmp_path, artifacts(RULES), "f1").up_to_date


def test_an_edit_between_comparing_and_writing_is_kept(tmp_path: Path) -> None:
    generate(tmp_path, RULES)
    made = plan(tmp_path, artifacts({**RULES, "rules/llm.yml": "new"}), "f1")
    (tmp_path / "rules/llm.yml").write_text("mine")
    with refused(tmp_path):
        write(made)


def test_an_edit_while_files_are_written_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path, RULES)
    replace = os.replace

    def replace_and_edit(source: Path, target: Path) -> None:
        replace(source, target)
        (tmp_path / "rules/llm.yml").write_text("mine")

    monkeypatch.setattr(os, "replace", replace_and_edit)
    with pytest.raises(RefusedError, match="changed just now"):
        generate(tmp_path, dict.fromkeys(RULES, "new"))
    assert sorted(tree(tmp_path)) == sorted([*RULES, "metricloom.json"])
    assert (tmp_path / "rules/llm.yml").read_text() == "mine"


def test_the_difference_says_what_is_missing_stale_left_over_and_edited(tmp_path: Path) -> None:
    generate(tmp_path, {"stale": "a\nb\n", "extra": "x", "edited": "1\n", "same": "1"})
    (tmp_path / "edited").write_text("mine")
    before = tree(tmp_path)
    made = plan(tmp_path, artifacts({"stale": "a\nc\n", "edited": "1\n", "same": "1", "missing": "1"}), "f1")
    assert made.diff() == (
        "edited: edited by hand\n--- edited (on disk)\n+++ edited (generated)\n@@ -1 +1 @@\n-mine\n"
        "\\ No newline at end of file\n+1\n"
        "extra: no longer generated\n"
        "missing: missing\n"
        "stale: stale\n--- stale (on disk)\n+++ stale (generated)\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
    )
    assert tree(tmp_path) == before


def test_the_difference_of_long_and_of_binary_files_stays_readable(tmp_path: Path) -> None:
    generate(tmp_path, {"long": "".join(f"{number}\n" for number in range(9000)), "binary": "x"})
    (tmp_path / "binary").write_bytes(b"\xff\x1b[31m\x00")
    shown = plan(tmp_path, artifacts({"long": "x\n" * 9000, "binary": "x"}), "f1").diff()
    assert "more lines" in shown
    assert len(shown.splitlines()) < 300
    assert "\x1b" not in shown


def test_a_bundle_of_another_registry_is_stale_even_if_its_files_are_the_same(tmp_path: Path) -> None:
    generate(tmp_path, RULES)
    made = plan(tmp_path, artifacts(RULES), "f2")
    assert not made.up_to_date
    assert '-  "fingerprint": "f1",\n+  "fingerprint": "f2",\n' in made.diff()
    write(made)
    assert plan(tmp_path, artifacts(RULES), "f2").diff() == ""
