"""What a formatter cannot see: sizes, names, what must not be written down, and the shape of the changelog."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINES_MAX = 400
FUNCTION_LINES_MAX = 60
VAGUE = re.compile(r"(.*_)?(utils?|helpers?|common|manager|misc|base)")

MAY_BE_LONG = re.compile(r"\.gen\.|^migrations/versions/")  # what is generated

# An unexpected error is answered or counted in these places, and is loud everywhere else.
MAY_CATCH_ALL = {
    "rtc_server/api/dispatch.py",
    "rtc_server/socket_api.py",
    "rtc_server/app.py",
    "rtc_server/recorder.py",
}


def tracked(*endings: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    paths = [ROOT / name for name in listed.split("\0") if name.endswith(endings)]
    return [path for path in paths if path.is_file()]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def program() -> list[Path]:
    return [path for path in tracked(".py") if name(path).startswith(("rtc_server/", "booking_core/"))]


def test_files_stay_small_enough_to_be_one_idea() -> None:
    written = [path for path in tracked(".py", ".ts", ".tsx", ".css") if not name(path).startswith("tests/")]
    long = {name(path): len(path.read_text().splitlines()) for path in written if not MAY_BE_LONG.search(name(path))}
    assert {path: lines for path, lines in long.items() if lines > LINES_MAX} == {}


def test_functions_stay_small() -> None:
    long = []
    for path in program():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long.append(f"{name(path)}:{node.name} has {lines} lines")
    assert long == []


def test_modules_say_what_they_own_and_have_telling_names() -> None:
    untold = [name(path) for path in program() if not ast.get_docstring(ast.parse(path.read_text()))]
    assert untold == []
    assert [name(path) for path in program() if VAGUE.fullmatch(path.stem)] == []


def test_unexpected_errors_are_caught_in_few_places() -> None:
    catching = {name(path) for path in program() if re.search(r"except (Base)?Exception\b|except:", path.read_text())}
    assert catching <= MAY_CATCH_ALL


def test_every_module_of_a_package_in_several_layers_has_its_own_layer() -> None:
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    layered = set(re.findall(r"[\w.]+", " ".join(contract["layers"])))
    modules = {
        f"{package}.{path.stem}"
        for package in contract["exhaustive_ignores"]
        for path in (ROOT / "rtc_server" / package).glob("*.py")
        if path.stem != "__init__"
    }
    assert modules - layered == set()


def test_lock_files_pin_by_hash_and_name_no_host() -> None:
    for lock in (ROOT / "requirements.lock", ROOT / "requirements-dev.lock"):
        text = lock.read_text()
        assert "://" not in text
        unpinned = [one for one in re.split(r"\n(?=\S)", text) if not re.search(r"==\S+.*\n\s+--hash=sha256:", one)]
        assert unpinned == []
    for folder in ("web_client", "tests/bench/peer"):
        assert '"resolved"' not in (ROOT / folder / "package-lock.json").read_text()


@pytest.mark.parametrize("place", [str(ROOT), str(Path.home())])
def test_no_file_names_a_place_of_this_machine(place: str) -> None:
    texts = tracked(".py", ".ts", ".tsx", ".css", ".html", ".md", ".json", ".toml", ".sh", ".lock", "Makefile", "run")
    found = [name(path) for path in texts if f"{place}/" in path.read_text(errors="replace")]
    assert found == []


def test_changelog_has_its_shape() -> None:
    lines = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line]
    assert lines[0] == "# Changelog"
    for line in lines[1:]:
        is_heading = re.fullmatch(r"## \S.*|### (Added|Changed|Fixed|Security)", line)
        assert is_heading or re.fullmatch(r"(- |  )\S.*", line) or re.fullmatch(r"[A-Z].*\.", line), line


def test_every_setting_is_listed_once_with_its_meaning() -> None:
    from rtc_server import config

    names = [row[0] for row in config.table()]
    assert len(names) == len(set(names))
    assert all(meaning for _, _, meaning in config.table())
