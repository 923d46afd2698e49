"""A URL is read as SQLAlchemy reads it, and shows its secrets to nobody."""

from __future__ import annotations

import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import URL, make_url

from limosa.model.url import DatabaseURL, Secret

TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Z")), min_size=1, max_size=12)


@given(user=TEXT, password=TEXT, database=TEXT, port=st.integers(1, 65535))
def test_network_urls_are_read_as_sqlalchemy_reads_them(
    user: str, password: str, database: str, port: int
) -> None:
    """Whatever a password holds, the parts come out as SQLAlchemy's own parser has them."""
    written = URL.create("postgresql+psycopg", user, password, "db.example", port, database)
    text = written.render_as_string(hide_password=False)

    url = DatabaseURL.parse(text)

    assert (url.backend, url.driver, url.host, url.port) == ("postgresql", "psycopg", "db.example", port)
    assert (url.username, url.database) == (user, make_url(text).database)
    assert url.password is not None
    assert url.password.reveal() == make_url(text).password
    assert make_url(url.reveal()).password == make_url(text).password


@given(password=st.text("abcdefgh%@:/?#&=+ ü", min_size=8, max_size=16))
def test_a_password_is_shown_nowhere(password: str) -> None:
    """Neither str, repr, format nor a pickled traceback of the URL holds its password."""
    text = URL.create("postgresql", "u", password, "h", 1, "d").render_as_string(hide_password=False)
    url = DatabaseURL.parse(text + "?sslmode=require&sslpassword=" + "hidden-too")
    shown = f"{url} {url!r} {url.masked} {url.password} {url.password!r} {url.without_secrets().reveal()}"

    assert password not in shown
    assert "hidden-too" not in shown
    assert "sslmode=require" in shown


@pytest.mark.parametrize(
    ("text", "database"),
    [
        ("sqlite:////var/lib/app.db", "/var/lib/app.db"),
        ("sqlite:///app.db", "app.db"),
        ("sqlite+aiosqlite:///~/app.db", "~/app.db"),
        ("sqlite://", None),
    ],
)
def test_sqlite_paths(text: str, database: str | None) -> None:
    """Three slashes lead to a relative path, four to an absolute one, two to memory."""
    assert DatabaseURL.parse(text).database == database


def test_postgres_is_postgresql() -> None:
    """The scheme that Heroku made known means the same database."""
    assert DatabaseURL.parse("postgres://h/d").backend == "postgresql"


def test_a_socket_and_an_ipv6_host_survive() -> None:
    """What is read is written again."""
    for text in ("postgresql://u@[::1]:5433/d", "postgresql:///d?host=/run/postgresql"):
        assert DatabaseURL.parse(text).reveal() == text


@pytest.mark.parametrize("text", ["", "s3cret", "://s3cret", "postgresql://u:s3cret@h:port/d"])
def test_what_is_no_url_is_not_quoted(text: str) -> None:
    """The error for a malformed URL does not repeat it: it may hold the password."""
    with pytest.raises(ValueError, match="not a database URL") as caught:
        DatabaseURL.parse(text)

    assert "s3cret" not in "".join(traceback.format_exception_only(caught.value))


def test_urls_can_be_hashed_and_pickled() -> None:
    """A URL is a value: it may key a dict and go to another process."""
    url = DatabaseURL.parse("postgresql://u:p@h/d?a=b")

    assert pickle.loads(pickle.dumps(url)) == url
    assert {url: 1}[url] == 1
    assert Secret("p") == url.password


@given(password=st.text("abcefg%@:/?#&=+ ü", min_size=4, max_size=16), before=TEXT, after=TEXT)
def test_secrets_are_struck_from_what_others_wrote(password: str, before: str, after: str) -> None:
    """A text that quotes the URL, or the bare password, keeps neither; all else of it stays."""
    url = DatabaseURL("postgresql", username="u", password=Secret(password), host="h", database="d")

    struck = url.strike_from(f"{before}{url.reveal()} {password}{after}")

    assert password not in struck.replace(before, "").replace(after, "")
    assert url.reveal() not in struck
    assert "postgresql://u:***@h/d ***" in struck


def test_a_short_secret_is_struck_only_where_it_stands_as_one() -> None:
    """A password of one letter does not take that letter out of every word."""
    url = DatabaseURL("postgresql", username="u", password=Secret("a"), host="h", database="d")

    assert url.strike_from("a database at postgresql://u:a@h/d") == "a database at postgresql://u:***@h/d"
