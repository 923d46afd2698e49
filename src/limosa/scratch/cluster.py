"""The data folder of a scratch server: initialised once for each version, then copied."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from limosa.errors import ConfigError
from limosa.model.url import Secret
from limosa.scratch.account import Account, options_of
from limosa.scratch.folders import made_once, subfolder

SUPERUSER = "postgres"
_BUILTIN_LOCALE_SINCE = 17
_HBA = """\
local all,replication all scram-sha-256
host  all,replication all 127.0.0.1/32 scram-sha-256
"""


def lay(
    data: Path,
    *,
    bindir: Path,
    major: int,
    account: Account | None,
    settings: Mapping[str, str],
    password: Secret,
) -> None:
    """Make the data folder of a new server, with its settings and its superuser's password."""
    template = _template(bindir, major, account)
    make_owned(data, account)
    _run(["cp", "-a", f"{template}/.", str(data)], account=account)
    # the single-user server needs no password to set one, and keeps it out of the process list
    _run(
        [str(bindir / "postgres"), "--single", "-c", "password_encryption=scram-sha-256",
         "-D", str(data), "postgres"],
        account=account,
        text=f"ALTER ROLE {SUPERUSER} PASSWORD '{password.reveal()}'\n",
    )  # fmt: skip
    (data / "pg_hba.conf").write_text(_HBA)
    with (data / "postgresql.conf").open("a") as file:
        file.writelines(f"{name} = {_quoted(value)}\n" for name, value in settings.items())


def make_owned(folder: Path, account: Account | None) -> None:
    """Make a folder that only the server's user may enter."""
    folder.mkdir(mode=0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)


def _template(bindir: Path, major: int, account: Account | None) -> Path:
    """Return the initialised data folder that new servers are copies of."""
    stamp = f"{bindir}:{(bindir / 'postgres').stat().st_mtime_ns}:{account}"
    folder = subfolder("templates") / f"{major}-{hashlib.sha256(stamp.encode()).hexdigest()[:12]}"
    with made_once(folder, origin=bindir) as fresh:
        if fresh is not None:
            _initialise(fresh, bindir, major, account)
    return folder / "data"


def _initialise(folder: Path, bindir: Path, major: int, account: Account | None) -> None:
    """Run initdb, with a locale that is the same on every machine."""
    data = folder / "data"
    make_owned(data, account)
    builtin = (
        ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"] if major >= _BUILTIN_LOCALE_SINCE else []
    )
    _run(
        [str(bindir / "initdb"), "-D", str(data), "-U", SUPERUSER, "-E", "UTF8", "--locale=C", *builtin,
         "--auth=trust", "--no-sync", "--no-instructions"],
        account=account,
    )  # fmt: skip


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _run(command: list[str], *, account: Account | None, text: str = "") -> None:
    done = subprocess.run(
        command,
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
        **options_of(account),
    )
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip() or "it gave no reason"
        raise ConfigError(
            f"'{Path(command[0]).name}' failed while a scratch server was made: {said}",
            hint=f"see whether it runs by itself: {command[0]} --version",
            path=command[0],
        )
