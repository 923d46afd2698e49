"""How psql is called so that the process list shows no password."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from limosa.engines.postgresql.place import parts_of
from limosa.errors import ConfigError
from limosa.model.client import Client
from limosa.model.url import DatabaseURL


def client(url: DatabaseURL, statements: Sequence[str]) -> Client:
    """Call psql with the URL's options; its password goes by variable.

    Without one psql looks for it where libpq always does: PGPASSWORD, PGPASSFILE, a service, the person.
    """
    try:
        place = psycopg.conninfo.make_conninfo(**parts_of(url.without_secrets()))
    except psycopg.Error as error:
        raise ConfigError(
            f"'{url.masked}' has an option that psql does not know: {str(error).strip()}",
            hint="give psql a URL without it: limosa shell --url URL",
            setting="url",
        ) from None
    password = next((secret for key, secret in url.secrets if key == "password"), url.password)
    return Client(
        "psql",
        (f"--dbname={place}", *(f"--command={statement}" for statement in statements)),
        () if password is None else (("PGPASSWORD", password),),
    )
