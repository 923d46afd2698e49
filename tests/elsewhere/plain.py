"""Plain ``alembic`` with a URL before its words, as if the URL stood in the ini file; see adopt.py."""

from __future__ import annotations

import sys

from alembic.config import CommandLine, Config


def main() -> None:
    """Run one command of Alembic's."""
    url, *words = sys.argv[1:]
    line = CommandLine(prog="alembic")
    options = line.parser.parse_args(words)
    named = options.config[0] if isinstance(options.config, list) else options.config
    config = Config(file_=named or "alembic.ini", ini_section=options.name, cmd_opts=options)
    if url:
        config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    line.run_cmd(config, options)


if __name__ == "__main__":
    main()
