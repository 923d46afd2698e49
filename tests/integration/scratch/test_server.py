"""A scratch server is a real PostgreSQL: password, sockets, restarts, settings, errors."""

from __future__ import annotations

import dataclasses
import socket

import psycopg
import pytest

from limosa.engines.postgresql import admin
from limosa.errors import AccessDenied, Unreachable, UsageError
from limosa.model.url import DatabaseURL, Secret
from limosa.scratch import Server, StopMode, providers, start
from limosa.scratch import server as server_module
from limosa.scratch.folders import base_folder
from tests.fixtures.servers import MAJORS, NEWEST, Servers


def ask(url: DatabaseURL, query: str) -> object:
    """Return the only value of a query's only row."""
    with psycopg.connect(url.with_driver(None).reveal(), autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


@pytest.mark.parametrize("major", MAJORS)
def test_the_server_has_the_version_it_says(servers: Servers, major: int) -> None:
    """Provider and running server agree."""
    server = servers.of(major)
    assert server.major == major
    assert admin.server_version(server.url()) == server.provider.version


def test_the_password_is_needed_and_never_shown(servers: Servers) -> None:
    """TCP wants the password; neither URL nor error shows it."""
    url = servers.of(NEWEST).url()
    assert url.password is not None
    assert url.password.reveal() not in f"{url} {url!r}"
    wrong = dataclasses.replace(url, password=Secret("wrong-password"))
    with pytest.raises(AccessDenied) as caught:
        admin.server_version(wrong)
    assert "wrong-password" not in str(caught.value)


def test_a_server_that_is_not_there_is_unreachable(private_server: Server) -> None:
    """A stopped server gives the error that callers retry on, not a driver's."""
    private_server.stop()
    assert private_server.pid is None
    with pytest.raises(Unreachable):
        admin.server_version(private_server.url())


def test_the_socket_leads_to_the_same_server(private_server: Server) -> None:
    """Both ways in give the same database, for the same password."""
    url = private_server.create_database("through_the_socket")
    assert ask(private_server.socket_url("through_the_socket"), "SELECT current_database()") == url.database


@pytest.mark.parametrize("mode", list(StopMode))
def test_committed_rows_survive_a_restart(private_server: Server, mode: StopMode) -> None:
    """However the server ends, it comes up under the same URL with what was committed."""
    url = private_server.create_database("kept")
    with psycopg.connect(url.reveal(), autocommit=True) as connection:
        connection.execute("CREATE TABLE t AS SELECT 7 AS seven")
    pid = private_server.pid
    private_server.restart(mode)
    assert private_server.pid not in (None, pid)
    assert ask(url, "SELECT seven FROM t") == 7


def test_data_are_safe_unless_asked_otherwise(private_server: Server, servers: Servers) -> None:
    """A crash test runs with fsync on; only who asks gets it off."""
    assert ask(private_server.url(), "SHOW fsync") == "on"
    assert ask(servers.of(NEWEST).url(), "SHOW fsync") == "off"


def test_a_wrong_setting_says_so_and_leaves_nothing(servers: Servers) -> None:
    """The server's own complaint reaches the caller, and the folder is gone."""
    before = set(base_folder().glob("server-*"))
    with pytest.raises(Unreachable, match="no_such_setting"):
        start(servers.provider(NEWEST), settings={"no_such_setting": "1"})
    assert set(base_folder().glob("server-*")) <= before


def test_a_port_that_was_taken_meanwhile_is_changed_for_another(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at a port and its use somebody else may take it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = iter([taken.getsockname()[1], server_module._free_port()])
        monkeypatch.setattr(server_module, "_free_port", lambda: next(ports))
        with start(servers.provider(NEWEST)) as server:
            assert ask(server.url(), "SELECT 1") == 1


def test_a_database_lasts_as_long_as_its_block(servers: Servers) -> None:
    """It is dropped even while somebody is connected."""
    server = servers.of(NEWEST)
    with server.database() as url:
        straggler = psycopg.connect(url.reveal(), autocommit=True)
    with pytest.raises(psycopg.OperationalError):
        straggler.execute("SELECT 1")
    straggler.close()
    assert ask(server.url(), f"SELECT count(*) FROM pg_database WHERE datname = '{url.database}'") == 0


def test_a_server_given_by_url_is_used_and_left_alone(servers: Servers) -> None:
    """It goes first in the chain, gives databases, and is not ours to stop."""
    shared = servers.of(16)
    given = providers(url=shared.url())[0]
    assert given.major == 16
    with start(given) as server:
        with server.database() as url:
            assert ask(url, "SELECT 1") == 1
        with pytest.raises(UsageError):
            server.stop()
        assert server.folder is None
    assert shared.pid is not None
