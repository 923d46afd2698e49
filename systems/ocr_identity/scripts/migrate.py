"""The project's migration commands: Limosa's own, in this project, from whatever folder they are typed.

    python scripts/migrate.py upgrade
    python scripts/migrate.py -n analytics history
    python scripts/migrate.py --all upgrade

What follows a command is handed to Limosa as it is, and Limosa's exit codes come back.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from limosa.cli.main import main as limosa

FOLDER = Path(__file__).resolve().parents[1]
COMMANDS = {
    "init": "start the project; nothing is left to do where it was started",
    "create": "MESSAGE: write a new revision from what has changed in the models",
    "upgrade": "[REVISION]: take the database up",
    "downgrade": "REVISION: take the database down; outside development a person is asked, or --yes",
    "current": "show where the database stands",
    "history": "show the revisions, and when each was applied",
    "check": "check configuration and connection, and say what is missing",
    "pending": "show what an upgrade would run",
    "stamp": "REVISION: say that the database is there, and run nothing",
    "show": "REVISION: show one revision in full",
    "heads": "show the newest revisions",
    "branches": "show where the revisions fork",
    "wait": "wait until the database answers",
    "drift": "look for differences between models, revisions and database",
}
_LIMOSAS = {"check": "doctor", "drift": "check"}
"""This document's words for what Limosa calls otherwise."""


def main(arguments: list[str] | None = None) -> int:
    """Hand a command to Limosa, and return its exit code."""
    options = _parser().parse_args(arguments)
    if options.command == "init" and _is_started(options.name):
        sys.stdout.write(f"the project in {FOLDER} is started; go on with: create MESSAGE, or upgrade\n")
        return 0
    return limosa([*_where(options), _LIMOSAS.get(options.command, options.command), *_words(options)])


def _parser() -> argparse.ArgumentParser:
    commands = "\n".join(f"  {name:<10} {what}" for name, what in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="migrate.py",
        description="Migrate this project's databases.",
        epilog=f"commands:\n{commands}\n\nWhat else there is: limosa --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("-n", "--name", help="a database of the project, as alembic.ini names it: analytics")
    which.add_argument("--all", action="store_true", help="each database of the project in turn")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help="one of those below")
    parser.add_argument("words", nargs=argparse.REMAINDER, metavar="...", help="what the command takes")
    return parser


def _where(options: argparse.Namespace) -> list[str]:
    named = ["--name", options.name] if options.name else []
    return ["--project", str(FOLDER), *named, *(["--all-names"] if options.all else [])]


def _words(options: argparse.Namespace) -> list[str]:
    """Say yes for a developer, who works on a database that can be made again."""
    is_development = (os.environ.get("ENVIRONMENT") or "development") == "development"
    is_agreed = options.command == "downgrade" and is_development and "--yes" not in options.words
    return [*(["--yes"] if is_agreed else []), *options.words]


def _is_started(name: str | None) -> bool:
    return all((FOLDER / part).is_file() for part in ("alembic.ini", f"{name or 'migrations'}/env.py"))


if __name__ == "__main__":
    sys.exit(main())
