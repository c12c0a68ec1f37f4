"""The commands. Settings are read here, once; logging and the event loop are chosen here and nowhere else."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from rtc_server import config, logs
from rtc_server.adapters.parent import watch_parent
from rtc_server.config import BadSetting, CannotStart, Settings

SUMMARY = {
    "run": "everything on this machine: migrate, then Valkey, web, recorder and worker",
    "web": "HTTP, sockets and the web client",
    "recorder": "takes the sound of those who agreed",
    "worker": "turns sound into transcripts",
    "migrate": "bring the databases to this version",
    "seed": "make people for tests and demonstrations",
    "doctor": "look for what is broken; exits non-zero and names it",
    "backup": "copy the record, or the keys, to a new file while everything goes on",
    "rewrap": "after a new key in SECRET_KEYS: wrap every person's key with it",
    "legal-hold": "keep a client's record for a legal matter, or let it go again",
    "erase": "erase a client for good: words, notes, name and key; money and times stay without a name",
    "loadtest": "therapists and clients as real sockets; exits non-zero when anything was lost or double",
}


def _settings_text() -> str:
    rows = config.table()
    width = max(len(name) for name, _, _ in rows)
    lines = [f"  {name:<{width}}  {meaning} [{default}]" for name, default, meaning in rows]
    return "\n".join(["settings, from the environment [default]:", *lines])


def _parser() -> argparse.ArgumentParser:
    epilog, form = _settings_text(), argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m rtc_server", epilog=epilog, formatter_class=form)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in SUMMARY.items():
        command = commands.add_parser(name, help=summary, description=summary, epilog=epilog, formatter_class=form)
        if name == "run":
            command.add_argument("--web", type=_count, default=1, metavar="N", help="web processes, on PORT, PORT+1, …")
            command.add_argument("--lan", action="store_true", help="HTTPS for this network, so that phones may use it")
        elif name in ("web", "recorder", "worker"):
            command.add_argument("--end-with-parent", action="store_true", help=argparse.SUPPRESS)
        elif name == "seed":
            command.add_argument("--therapists", type=_count, default=0, metavar="N")
            command.add_argument("--clients", type=_count, default=0, metavar="N")
            command.add_argument("--admins", type=_count, default=0, metavar="N")
            text = "each client came by the referral of one of these therapists, in turn"
            command.add_argument("--referred", action="store_true", help=text)
            command.add_argument("--json", action="store_true", help="print them as a JSON list")
        elif name == "backup":
            command.add_argument("what", choices=("record", "keys"))
            command.add_argument("path", type=Path, help="the new file; keep the keys apart from the record")
        elif name == "legal-hold":
            command.add_argument("what", choices=("place", "lift"))
            command.add_argument("email", help="the client's address")
        elif name == "erase":
            command.add_argument("email", help="the client's address")
            command.add_argument("--yes", action="store_true", help="do it; without, only say what would go")
        elif name == "loadtest":
            _add_load_arguments(command)
        elif name == "doctor":
            command.add_argument("--invariants", action="store_true", help="also check what must hold between rows")
            text = "with --invariants: a checkpoint it printed before, kept elsewhere"
            command.add_argument("--audit-checkpoint", type=_checkpoint, metavar="SEQ:HEX", help=text)
    return parser


def _add_load_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument("--url", default="", help="where it runs; empty: here, with people seeded into DATA_DIR")
    command.add_argument("--people", type=Path, metavar="FILE", help="what `seed --json` printed")
    command.add_argument("--therapists", type=_count, default=10, metavar="N")
    command.add_argument("--clients", type=_count, default=20, metavar="M")
    command.add_argument("--rate", type=_positive, default=5.0, metavar="R", help="clients that arrive a second [5]")
    command.add_argument("--stay", type=_positive, default=2.0, metavar="S", help="seconds a session lasts [2]")
    command.add_argument("--patience", type=_positive, default=120.0, metavar="S", help="then a client is lost [120]")
    command.add_argument("--media", action="store_true", help="with sound and picture over WebRTC")
    command.add_argument("--json", action="store_true", help="print the report as JSON")


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number <= 100_000:
        raise argparse.ArgumentTypeError("must be more than 0")
    return number


def _count(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100_000:
        raise argparse.ArgumentTypeError("must be from 0 to 100000")
    return number


def _checkpoint(text: str) -> tuple[int, bytes]:
    seq, _, mac = text.partition(":")
    return int(seq), bytes.fromhex(mac)


def _run(main: Coroutine[Any, Any, None], *, is_fast: bool) -> None:
    if is_fast and sys.platform != "win32":
        import uvloop

        uvloop.run(main)
    else:
        asyncio.run(main)


def _serve(arguments: argparse.Namespace, settings: Settings) -> None:
    if arguments.end_with_parent:
        watch_parent()
    # Each process loads only what it needs: the recorder no Whisper, web no aiortc.
    if arguments.command == "web":
        from rtc_server.app import main
    elif arguments.command == "recorder":
        from rtc_server.recorder_app import main
    else:
        from rtc_server.worker import main
    _run(main(settings), is_fast=True)


async def _seed(settings: Settings, arguments: argparse.Namespace) -> None:
    from rtc_server.cli.seed import seed

    people = await seed(
        settings,
        therapists=arguments.therapists,
        clients=arguments.clients,
        admins=arguments.admins,
        is_referred=arguments.referred,
    )
    if arguments.json:
        print(json.dumps(people, indent=1))
    else:
        for person in people:
            print(f"{person['role']:<10} {person['email']}  {person['password']}")


async def _legal_hold(settings: Settings, arguments: argparse.Namespace) -> None:
    from rtc_server.cli.legal_hold import legal_hold

    print(await legal_hold(settings, arguments.email, is_placed=arguments.what == "place"))


async def _rewrap(settings: Settings) -> None:
    from rtc_server.cli.rewrap import rewrap

    print(await rewrap(settings))


async def _erase(settings: Settings, arguments: argparse.Namespace) -> None:
    from rtc_server.cli.erase import erase

    print(await erase(settings, arguments.email, is_sure=arguments.yes))


async def _loadtest(settings: Settings, arguments: argparse.Namespace) -> None:
    from rtc_server.cli.loadtest import Plan, loadtest

    plan = Plan(
        therapists=max(1, arguments.therapists),
        clients=max(1, arguments.clients),
        rate=arguments.rate,
        stay_s=arguments.stay,
        patience_s=arguments.patience,
        has_media=arguments.media,
        url=arguments.url.rstrip("/"),
        people_file=arguments.people,
        is_json=arguments.json,
    )
    if not await loadtest(settings, plan):
        sys.exit(1)


def _dispatch(arguments: argparse.Namespace, settings: Settings) -> None:
    if arguments.command == "run":
        from rtc_server.cli.run import run

        _run(run(settings, max(1, arguments.web), on_lan=arguments.lan), is_fast=False)
    elif arguments.command == "migrate":
        from rtc_server.cli.migrate import migrate

        _run(migrate(settings), is_fast=False)
    elif arguments.command == "seed":
        _run(_seed(settings, arguments), is_fast=False)
    elif arguments.command == "backup":
        from rtc_server.cli.backup import backup

        print(backup(settings, arguments.what, arguments.path))
    elif arguments.command == "legal-hold":
        _run(_legal_hold(settings, arguments), is_fast=False)
    elif arguments.command == "rewrap":
        _run(_rewrap(settings), is_fast=False)
    elif arguments.command == "erase":
        _run(_erase(settings, arguments), is_fast=False)
    elif arguments.command == "loadtest":
        _run(_loadtest(settings, arguments), is_fast=True)
    elif arguments.command == "doctor":
        from rtc_server.cli.doctor import examine
        from rtc_server.store.audit import Checkpoint

        known = None if arguments.audit_checkpoint is None else Checkpoint(*arguments.audit_checkpoint)
        _run(examine(settings, with_invariants=arguments.invariants, known=known), is_fast=False)
    else:
        _serve(arguments, settings)


def main() -> None:
    arguments = _parser().parse_args()
    os.umask(0o077)  # whatever a process of ours writes is its owner's alone
    try:
        settings = config.load()
        logs.configure(settings.log_level, is_production=settings.is_production)
        _dispatch(arguments, settings)
    except CannotStart as error:
        print(f"{arguments.command}: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, BadSetting) else 1)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
