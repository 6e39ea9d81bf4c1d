"""Places that nothing is written to: outside the folder, through links, over what is not a file of ours."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from metricloom.artifact import MANIFEST, plan
from metricloom.artifact.manifest import digest
from metricloom.errors import UserError
from tests.test_artifact import RULES, artifacts, generate, manifest, refused, tree


@pytest.mark.parametrize(
    "path",
    ["/etc/x", "../x", "a/../../x", ".", "metricloom.json", "rules/.metricloom-1.tmp", "a\nb", "a\0b", "a\ud800"],
)
def test_a_path_that_no_generated_file_may_have_is_refused(tmp_path: Path, path: str) -> None:
    with refused(tmp_path, UserError, "no file can be generated at"):
        generate(tmp_path / "bundle", {path: "x"})
    assert not list(tmp_path.iterdir())


def test_two_files_cannot_share_a_place(tmp_path: Path) -> None:
    twice = [*artifacts(RULES), *artifacts(RULES)]
    with refused(tmp_path, UserError, "two files"):
        plan(tmp_path, twice, "f1")
    with refused(tmp_path, UserError, "a file, and the folder of"):
        generate(tmp_path, {"a": "", "a/b/c": ""})


def test_text_that_is_not_unicode_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with refused(tmp_path, UserError, "UTF-8"):
        generate(tmp_path, {"a": "x", "b": "\ud800"})


@pytest.mark.parametrize("link", ["rules", "rules/llm.yml", "docs", "metricloom.json"])
@pytest.mark.parametrize("dangling", [False, True])
def test_links_inside_the_folder_are_not_followed(tmp_path: Path, link: str, dangling: bool) -> None:
    outside = tmp_path / "outside"
    folder = tmp_path / "bundle"
    (folder / link).parent.mkdir(parents=True)
    if not dangling:
        outside.mkdir()
        (outside / "llm.yml").write_text("mine")
    (folder / link).symlink_to(outside)
    with refused(tmp_path, UserError, "is a link"):
        generate(folder, RULES, force=True)


def test_a_link_that_took_the_place_of_a_generated_folder_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "bundle"
    generate(folder, RULES)
    (folder / "rules").rename(tmp_path / "outside")
    (folder / "rules").symlink_to(tmp_path / "outside")
    with refused(tmp_path, UserError, "is a link"):
        generate(folder, {}, force=True)


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "bundle").symlink_to("real")
    generate(tmp_path / "bundle", RULES)
    assert set(tree(tmp_path / "real")) == {*RULES, "metricloom.json"}
    assert (tmp_path / "bundle").is_symlink()


def test_a_folder_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "nowhere").symlink_to("gone")
    (tmp_path / "loop").symlink_to("loop")
    for name, fault in (("file", "is a file"), ("file/below", "file"), ("nowhere", "nowhere"), ("loop", "loop")):
        with refused(tmp_path, UserError, fault):
            generate(tmp_path / name, RULES, force=True)


def test_root_and_home_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for folder in (Path("/"), tmp_path, tmp_path / "home", tmp_path / "home/x/.."):
        with pytest.raises(UserError, match="home folder"):
            generate(folder, RULES, force=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place", ["rules", "rules/llm.yml"])
def test_something_else_in_the_place_of_a_file_or_folder_is_kept_even_with_force(tmp_path: Path, place: str) -> None:
    if place == "rules":
        (tmp_path / place).write_text("mine")
    else:
        (tmp_path / place / "theirs").mkdir(parents=True)
    with refused(tmp_path, UserError, place):
        generate(tmp_path, RULES, force=True)


def test_a_pipe_in_the_way_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x")
    with refused(tmp_path, UserError, "pipe"):
        generate(tmp_path, {"x": "1"}, force=True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<<<<<<< HEAD\n",
        "[]",
        "null",
        "{}",
        '{"generator": "other", "format": 1}',
        '{"generator": "metricloom", "format": 1, "fingerprint": "", "files": {"a": 1}}',
        '{"generator": "metricloom", "format": 1, "fingerprint": "", "files": [1]}',
        "[" * 100_000,
        "\xff",
    ],
)
def test_a_manifest_that_is_not_ours_is_kept(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_bytes(text.encode("latin-1"))
    with refused(tmp_path, match=r"metricloom\.json: not written by metricloom"):
        generate(tmp_path, RULES)
    generate(tmp_path, RULES, force=True)
    assert plan(tmp_path, artifacts(RULES), "f1").up_to_date


def test_a_manifest_of_a_newer_format_is_refused_even_with_force(tmp_path: Path) -> None:
    generate(tmp_path, RULES)
    (tmp_path / MANIFEST).write_text(json.dumps({**manifest(tmp_path), "format": 2}))
    with refused(tmp_path, UserError, "newer metricloom"):
        generate(tmp_path, RULES, force=True)


@pytest.mark.parametrize("name", ["../outside", "/{}/outside", "rules/../../outside"])
def test_a_manifest_cannot_have_files_outside_removed(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.write_text("mine")
    folder = tmp_path / "bundle"
    generate(folder, RULES)
    forged = {**manifest(folder), "files": {name.format(tmp_path): digest(b"mine")}}
    (folder / MANIFEST).write_text(json.dumps(forged))
    generate(folder, RULES, force=True)
    assert outside.read_text() == "mine"
