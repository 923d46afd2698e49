"""Adopts other people's Alembic projects and compares Limosa with plain Alembic in each, on fresh databases.

``projects.toml`` names the projects; their code is not here. The folder given on the command line holds a
checkout of each under its name, and in ``venvs/NAME`` a virtual environment in which its env.py can be
imported and Limosa is installed. Nothing in a checkout may change but what ``limosa init`` adds.

    python tests/elsewhere/adopt.py FOLDER [NAME ...]
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from limosa.engines.base import opened
from limosa.engines.registry import engine_for
from limosa.model.limits import Limits
from limosa.model.schema import Schema
from limosa.model.url import DatabaseURL
from limosa.scratch import scratch_database

HERE = Path(__file__).parent
TIMEOUT_S = 900
INI = "alembic-of-ours.ini"
OURS = {"limosa.toml", INI}
_OWN_TABLE = re.compile(r"limosa_(?:target|run|entry|source|checkpoint)|schema='limosa'")
_VERSION_OF = re.compile(r"^([^\s,:()]+)(?: \(|$)")
_HISTORY = re.compile(r"^(?:.+?) -> ([^\s,:()]+)(?: \([^()]*\))*,")


class Different(Exception):
    """Limosa and Alembic do not agree, or a command failed."""


@dataclass(frozen=True)
class Project:
    """One entry of projects.toml, and where it lies on this machine."""

    root: Path
    python: Path
    entry: dict[str, Any]
    extra: Path
    """A folder for what its own command line would do first (``startup``)."""

    @property
    def folder(self) -> Path:
        """Where Alembic is called."""
        return self.root / str(self.entry.get("folder", "."))

    @property
    def config(self) -> str | None:
        """Alembic's file where it must be named; ``ini`` is the text of one for a project that has none."""
        return INI if "ini" in self.entry else self.entry.get("config")

    def words(self) -> list[str]:
        """What must be said before the command."""
        entry = self.entry
        config = ["-c", self.config] if self.config else []
        return [*config, *(word for x in entry.get("x", ()) for word in ("-x", x))]

    def given(self, url: DatabaseURL) -> dict[str, str]:
        """What the texts of projects.toml may name."""
        return {
            "backend": url.backend,
            "url": self.driven(url),
            "host": url.host or "",
            "port": str(url.port or ""),
            "user": url.username or "",
            "password": "" if url.password is None else url.password.reveal(),
            "database": url.database or "",
            "root": str(self.root),
        }

    def variables(self, url: DatabaseURL) -> dict[str, str]:
        """The environment in which env.py finds this database."""
        given = self.given(url)
        own = {name: text.format_map(given) for name, text in self.entry.get("variables", {}).items()}
        if "startup" in self.entry:
            (self.extra / "sitecustomize.py").write_text(self.entry["startup"])
            own["PYTHONPATH"] = f"{self.extra}{os.pathsep}{own.get('PYTHONPATH', '')}"
        return {**os.environ, **own, "PYTHONDONTWRITEBYTECODE": "1"}

    def driven(self, url: DatabaseURL) -> str:
        """The URL with the driver that the project asks for."""
        driver = self.entry.get("drivers", {}).get(url.backend)
        return (url if driver is None else url.with_driver(driver)).reveal()

    def run(self, program: list[str], url: DatabaseURL, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the project's folder."""
        if "ini" in self.entry:
            (self.folder / INI).write_text(self.entry["ini"].format_map(self.given(url)))
        return subprocess.run(
            program,
            cwd=self.folder,
            env={**self.variables(url), **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )

    def alembic(self, url: DatabaseURL, *words: str) -> str:
        """Run plain Alembic and return what it printed; raise Different where it refuses."""
        given = self.driven(url) if self.entry.get("url_in_ini", False) else ""
        done = self.run([str(self.python), str(HERE / "plain.py"), given, *self.words(), *words], url)
        return _printed(done, "alembic", *words)

    def limosa(self, url: DatabaseURL, *words: str) -> str:
        """Run Limosa and return what it printed on stdout."""
        more = {"LIMOSA_URL": url.reveal()} if self.entry.get("url_in_ini", False) else {}
        given = self.words()
        if self.config and (self.folder / "limosa.toml").exists():
            given = given[2:]  # init has written it down
        program = [str(self.python.parent / "limosa"), *given]
        return _printed(self.run([*program, *words], url, **more), "limosa", *words)

    def asked(self, url: DatabaseURL, *words: str) -> Any:
        """Run Limosa and return its JSON document."""
        return json.loads(self.limosa(url, *words, "--json"))


def _printed(done: subprocess.CompletedProcess[str], *words: str) -> str:
    if done.returncode:
        raise Different(
            f"{' '.join(words)}: exit code {done.returncode}\n{(done.stdout + done.stderr)[-700:]}"
        )
    return done.stdout


@dataclass
class Report:
    """What came out for one project on one engine."""

    name: str
    engine: str
    rows: list[tuple[str, str]] = field(default_factory=list)

    def add(self, what: str, came_out: str) -> None:
        """Note one answer, and say it at once."""
        self.rows.append((what, came_out))
        print(f"{self.name} {self.engine}: {what}: {came_out}", file=sys.stderr, flush=True)

    def compare(self, what: str, alembic: Any, limosa: Any) -> None:
        """Note whether two answers are equal."""
        self.add(
            what, "equal" if alembic == limosa else f"DIFFERENT: {alembic!s:.300}, limosa {limosa!s:.300}"
        )

    @contextlib.contextmanager
    def trying(self, what: str) -> Iterator[None]:
        """Note a failure in place of an answer."""
        try:
            yield
        except (Different, subprocess.TimeoutExpired) as error:
            self.add(what, f"FAILED: {str(error)[:120]} … {str(error)[-600:]}")


def schema_of(url: DatabaseURL) -> Schema:
    """Read a database's schema as Limosa fingerprints it."""
    engine = engine_for(url)
    with opened(engine, url, limits=Limits(), application="elsewhere") as session:
        return engine.schema(session)


def files_of(project: Project) -> dict[str, str]:
    """The digest of each file of the checkout that is not ours and not made by Python itself."""
    found = {}
    for path in project.root.rglob("*"):
        parts = set(path.parts)
        if (
            path.is_file()
            and not parts & {"__pycache__", ".git", ".limosa", "node_modules"}
            and path.name not in OURS
        ):
            found[str(path.relative_to(project.root))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def ids(text: str) -> list[str]:
    """The revisions in what ``alembic heads``, ``current`` or ``branches`` prints, sorted."""
    return sorted(match[1] for line in text.splitlines() if (match := _VERSION_OF.match(line)))


def adopt(project: Project, backend: str) -> Report:
    """Do with one project what somebody would who comes from Alembic."""
    report = Report(project.entry["name"], backend)
    major = project.entry.get("postgresql")
    with scratch_database(backend, major) as theirs, scratch_database(backend, major) as ours:
        before = files_of(project)
        for url in (theirs, ours):
            _prepare(project, url)
        (project.folder / "limosa.toml").unlink(missing_ok=True)
        with report.trying("init"):
            project.limosa(ours, "init")
            report.add("init", "adopted")
        for step in (_questions, _up, _down_and_up, _alembic_goes_on):
            with report.trying(step.__name__.strip("_")):
                step(project, theirs, ours, report)
        (project.folder / INI).unlink(missing_ok=True)
        after = files_of(project)
        changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        report.add("files", "unchanged" if not changed else f"CHANGED: {changed[:5]}")
        (project.folder / "limosa.toml").unlink(missing_ok=True)
    return report


def _prepare(project: Project, url: DatabaseURL) -> None:
    """Run the statements that a database of the project must have seen before its first revision."""
    for sql in project.entry.get("prepare", {}).get(url.backend, ()):
        with opened(engine_for(url), url, limits=Limits(), application="elsewhere") as session:
            session.rows(sql)
    if "prepare_python" in project.entry:
        text = project.entry["prepare_python"].format_map(project.given(url))
        _printed(project.run([str(project.python), "-c", text], url), "prepare")


def _questions(project: Project, theirs: DatabaseURL, ours: DatabaseURL, report: Report) -> None:
    history = project.asked(ours, "history")["revisions"]
    told = [m[1] for line in project.alembic(theirs, "history").splitlines() if (m := _HISTORY.match(line))]
    report.add("revisions", str(len(history)))
    named = [entry["revision"]["id"] for entry in history]
    report.compare("history", sorted(told), sorted(named))
    report.add("order of history", "equal" if told == named else "another, as the graph allows")
    report.compare(
        "heads",
        ids(project.alembic(theirs, "heads")),
        sorted(r["id"] for r in project.asked(ours, "heads")["heads"]),
    )
    branches = [line for line in project.alembic(theirs, "branches").splitlines() if "(branchpoint)" in line]
    told = sorted({ids(line.split(" -> ")[-1])[0] if " -> " in line else ids(line)[0] for line in branches})
    report.compare("branches", told, sorted(r["id"] for r in project.asked(ours, "branches")["branches"]))
    expected = "unversioned" if "prepare_python" in project.entry else "empty"
    report.compare("status before", expected, project.asked(ours, "status")["state"])


def _up(project: Project, theirs: DatabaseURL, ours: DatabaseURL, report: Report) -> None:
    report.add("alembic upgrade heads", _timed(lambda: project.alembic(theirs, "upgrade", "heads")))
    report.add("limosa upgrade heads", _timed(lambda: project.limosa(ours, "upgrade", "heads", "-q")))
    _schemas(theirs, ours, "schema at heads", report)
    report.compare("status after", "at_head", project.asked(ours, "status")["state"].replace(" ", "_"))
    report.compare(
        "current",
        ids(project.alembic(theirs, "current")),
        sorted(r["id"] for r in project.asked(ours, "current")["current"]),
    )


def _down_and_up(project: Project, theirs: DatabaseURL, ours: DatabaseURL, report: Report) -> None:
    at_heads = schema_of(theirs).fingerprint
    target = project.entry.get("downgrade", "-1")
    try:
        project.alembic(theirs, "downgrade", target)
    except Different as error:
        with contextlib.suppress(Different):
            project.limosa(ours, "downgrade", target, "--yes", "-q")
            report.add("downgrade", f"FAILED: alembic cannot, limosa can: {error}")
            return
        report.add("downgrade", f"both refuse: {str(error).splitlines()[-1]}")
        return
    project.limosa(ours, "downgrade", target, "--yes", "-q")
    _schemas(theirs, ours, f"schema after downgrade {target}", report)
    project.alembic(theirs, "upgrade", "heads")
    project.limosa(ours, "upgrade", "heads", "-q")
    _schemas(theirs, ours, "schema up again", report)
    report.add("as before", "yes" if schema_of(theirs).fingerprint == at_heads else "no, with neither")


def _alembic_goes_on(project: Project, theirs: DatabaseURL, ours: DatabaseURL, report: Report) -> None:
    answers = [_check(project, url) for url in (theirs, ours)]
    report.compare("alembic check", *answers)
    if _OWN_TABLE.search(answers[1]):
        report.add("our tables in alembic check", "SEEN")
    try:
        project.alembic(theirs, "downgrade", project.entry.get("downgrade", "-1"))
    except Different:
        return
    project.alembic(ours, "downgrade", project.entry.get("downgrade", "-1"))
    project.alembic(ours, "upgrade", "heads")
    report.compare(
        "status after plain alembic", "at_head", project.asked(ours, "status")["state"].replace(" ", "_")
    )


def _check(project: Project, url: DatabaseURL) -> str:
    """What ``alembic check`` finds, without what differs from run to run."""
    try:
        project.alembic(url, "check")
    except Different as error:
        found = str(error).rpartition("New upgrade operations detected:")[2] or str(error)
        return re.sub(r" at 0x[0-9a-f]+|\d{4}-\d\d-\d\dT[\d:.]+Z", "", found)
    return "no difference"


def _schemas(theirs: DatabaseURL, ours: DatabaseURL, what: str, report: Report) -> None:
    alembic, limosa = schema_of(theirs), schema_of(ours)
    if alembic.fingerprint == limosa.fingerprint:
        report.add(what, f"equal ({len(alembic.objects)} objects)")
    else:
        changes = [change.sentence for change in alembic.difference(limosa)]
        report.add(what, f"DIFFERENT: {len(changes)}: {'; '.join(changes[:5])}")


def _timed(function: Callable[[], object]) -> str:
    began = time.monotonic()
    function()
    return f"{time.monotonic() - began:.1f} s"


def main() -> int:
    """Adopt the named projects, or all that are there, and print what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--engine", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    entries = tomllib.loads((HERE / "projects.toml").read_text())["project"]
    folder = options.folder.absolute()
    reports = []
    for entry in entries:
        root, python = folder / entry["name"], folder / "venvs" / entry["name"] / "bin" / "python"
        if (options.names and entry["name"] not in options.names) or not root.is_dir():
            continue
        if not python.exists():
            sys.exit(f"'{python}' is not there: make a virtual environment with the project and Limosa")
        for backend in entry["engines"]:
            if options.engine in (None, backend):
                with tempfile.TemporaryDirectory() as extra:
                    reports.append(adopt(Project(root, python, entry, Path(extra)), backend))
    for report in reports:
        print(f"\n## {report.name}, {report.engine}\n")
        print("\n".join(f"- {what}: {came_out}" for what, came_out in report.rows))
    bad = [row for report in reports for row in report.rows if row[1].split(":")[0].isupper()]
    return 1 if bad or not reports else 0


if __name__ == "__main__":
    sys.exit(main())
