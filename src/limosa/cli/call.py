"""One call of the command: what was given to it, and how it answers."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from limosa.config.appearance import Display, display
from limosa.errors import UsageError
from limosa.model.exit_code import ExitCode
from limosa.model.run import Outcome

if TYPE_CHECKING:
    from limosa.cli.page import Page
    from limosa.cli.redaction import Redactor
    from limosa.config import Settings
    from limosa.migrator import Migrator
    from limosa.model.run import RunReport

_CODES = {Outcome.FAILED: ExitCode.FAILURE, Outcome.INTERRUPTED: ExitCode.INTERRUPTED}


class Call:
    """The global options of a call, its settings and its two streams."""

    def __init__(self, redactor: Redactor, *, wants_json: bool, stdout: TextIO) -> None:
        self.redactor = redactor
        self.wants_json = wants_json
        self._stdout = stdout
        self.opened: Migrator | None = None
        """The project, once it was opened."""
        self._given: dict[str, Any] = {}
        self.at_name: str | None = None
        """With ``--all-names``: the one at which the command is, or at which it failed."""
        self._documents: dict[str, Any] | None = None
        """With ``--all-names``: what was answered for each, to be printed as one."""

    def keep(self, name: str, value: Any) -> None:
        """Take note of a global option; after the command it goes over the one before it."""
        if name == "x":
            value = (*self._given.get("x", ()), *value)
        self._given[name] = value
        self.__dict__.pop("display", None)

    @cached_property
    def display(self) -> Display:
        """How much to say."""
        quiet, verbose, no_color = (name in self._given for name in ("quiet", "verbose", "no_color"))
        return display(quiet=quiet, verbose=verbose, no_color=no_color)

    @property
    def project(self) -> str | None:
        """The folder that was named, if one was."""
        return self._given.get("project")

    @property
    def config(self) -> str | None:
        """Alembic's file that was named, if one was."""
        return self._given.get("config")

    @property
    def wants_all_names(self) -> bool:
        """Is the command to be run for each section of the ini file?"""
        return "all_names" in self._given

    def names(self) -> tuple[str, ...]:
        """The sections of the ini file that ``--all-names`` is about."""
        from limosa.config import section_names  # noqa: PLC0415  # not needed for --help

        flags = {"--name" if name == "section" else f"--{name}" for name in self._given}
        return section_names(self.settings(needs_url=False), flags=flags)

    @contextlib.contextmanager
    def collected(self) -> Iterator[Callable[[str], None]]:
        """Answer for one name after the other; yield what begins the next."""

        def begin(name: str) -> None:
            self.at_name = name
            self.keep("section", name)

        self._documents = {}
        try:
            yield begin
        finally:
            documents, self._documents = self._documents, None
        self.at_name = None
        if self.wants_json:
            self.answer_json(documents)

    @property
    def can_ask(self) -> bool:
        """Is there a person to ask?"""
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    def settings(self, *, needs_url: bool = True, environment: str | None = None) -> Settings:
        """Load the settings, of another environment if one is named; from then on mask their secrets."""
        from limosa import config  # noqa: PLC0415  # not needed for --help

        url = self._given.get("url")
        given = config.hidden_in(url)
        self.redactor.hide(given)
        if given.secrets:
            self.warn("the password in --url shows in the process list; give the URL in LIMOSA_URL")
        names = ("project", "environment", "url", "config", "section", "x")
        chosen = {name: self._given[name] for name in names if name in self._given}
        if environment is not None:
            chosen["environment"] = environment
        settings = config.load(needs_url=needs_url, **chosen)
        self.redactor.hide(config.hidden_around(settings))
        return settings

    def migrator(self, *sinks: Any, needs_url: bool = True, environment: str | None = None) -> Migrator:
        """Open the project."""
        settings = self.settings(needs_url=needs_url, environment=environment)
        from limosa.migrator import Migrator  # noqa: PLC0415  # the heavy import, only when it is needed

        self.opened = Migrator(settings, sinks=sinks)
        return self.opened

    def run(self, action: Callable[[Migrator], RunReport]) -> int:
        """Run something that changes the database, show its progress and report on it."""
        from limosa.cli.garbage import Settling  # noqa: PLC0415  # queries run no step
        from limosa.cli.progress import progress  # noqa: PLC0415  # and show no progress
        from limosa.cli.views.runs import report_page  # noqa: PLC0415

        with progress(self.display) as sinks:
            report = action(self.migrator(*sinks, Settling()))
        self.answer(report, report_page(report), is_report=True)
        return _CODES.get(report.outcome, ExitCode.OK)

    def answer(self, value: Any, page: Page, *, is_report: bool = False) -> None:
        """Print what was asked for: as JSON, or as a page; a report is not printed with --quiet."""
        if self.wants_json:
            self.answer_json(value)
        elif not (is_report and self.display.quiet):
            if self.at_name is not None:
                sys.stdout.write(f"[{self.at_name}]\n")
            self.show(page, stream=sys.stdout)

    def answer_json(self, value: Any) -> None:
        """Print the one document of ``--json``; its values are masked, and its keys are not."""
        if self._documents is not None and self.at_name is not None:
            self._documents[self.at_name] = value
            return
        from limosa.cli.document import document  # noqa: PLC0415

        self._stdout.write(document(value, mask=self.redactor.mask) + "\n")

    def show(self, page: Page, *, stream: Any = None) -> None:
        """Print a page, with colours where the stream is a terminal."""
        target = sys.stderr if stream is None else stream
        if target.isatty():
            from limosa.cli.terminal import print_page  # noqa: PLC0415  # rich is slow to load

            print_page(page, stream=target, has_color=self.display.has_color)
        else:
            from limosa.cli.page import as_text  # noqa: PLC0415

            target.write(as_text(page))

    def write_file(self, path: Path, text: str) -> None:
        """Write what was asked for into a file, with its secrets masked; the file is whole or as it was."""
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            draft.write_text(self.redactor.mask(text), encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise UsageError(
                f"'{path}' cannot be written: {error.strerror}", hint="choose another file: --output FILE"
            ) from None

    def warn(self, text: str) -> None:
        """Say something on stderr that is no error."""
        if not self.display.quiet:
            sys.stderr.write(f"warning: {text}\n")
