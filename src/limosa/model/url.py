"""A connection URL that never shows its secret: masked in ``str`` and ``repr``, revealed only on demand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qsl, quote, quote_plus, unquote

MASK = "***"
_LONG = 4
_SYNCHRONOUS: dict[str, str | None] = {"postgresql": "psycopg", "sqlite": None}
_SECRET_KEYS = frozenset({"password", "sslpassword", "secret", "token"})
_NETWORK = re.compile(
    r"(?:(?P<user>[^:/@]*)(?::(?P<password>[^@]*))?@)?"
    r"(?:\[(?P<host6>[^/?\]]+)\]|(?P<host>[^/:?]*))?"
    r"(?::(?P<port>\d*))?"
    r"(?:/(?P<database>[^?]*))?"
    r"(?:\?(?P<query>.*))?"
)


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must not reach a log, a traceback or a report."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """Return the value itself; call it only where a driver needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __str__(self) -> str:
        return MASK


@dataclass(frozen=True, slots=True)
class DatabaseURL:
    """The parts of ``backend+driver://user:password@host:port/database?query``.

    ``postgres`` is read as ``postgresql``; a SQLite ``database`` is a path, or None for
    memory. ``query`` and ``secrets`` are the pairs of the query string, apart.
    """

    backend: str
    driver: str | None = None
    username: str | None = None
    password: Secret | None = None
    host: str | None = None
    port: int | None = None
    database: str | None = None
    query: tuple[tuple[str, str], ...] = ()
    secrets: tuple[tuple[str, Secret], ...] = ()

    @classmethod
    def parse(cls, text: str) -> DatabaseURL:
        """Read a SQLAlchemy-style URL; raise ValueError, which never quotes the text."""
        scheme, separator, rest = text.strip().partition("://")
        if not separator or not re.fullmatch(r"\w+(\+\w+)?", scheme):
            raise ValueError("not a database URL: it does not begin with 'scheme://'")
        backend, _, driver = scheme.lower().partition("+")
        backend = "postgresql" if backend == "postgres" else backend
        if backend == "sqlite":
            path, _, query = rest.partition("?")
            plain, secrets = _split_query(query)
            database = path.removeprefix("/") or None
            return cls(backend, driver or None, database=database, query=plain, secrets=secrets)
        match = _NETWORK.fullmatch(rest)
        if match is None:
            raise ValueError("not a database URL: user, host or port are malformed")
        if "@" in (match["host"] or ""):
            raise ValueError("not a database URL: an '@' in the user or the password is written %40")
        plain, secrets = _split_query(match["query"] or "")
        return cls(
            backend,
            driver or None,
            username=unquote(match["user"]) if match["user"] else None,
            password=None if match["password"] is None else Secret(unquote(match["password"])),
            host=unquote(match["host6"] or match["host"] or "") or None,
            port=int(match["port"]) if match["port"] else None,
            database=unquote(match["database"] or "") or None,
            query=plain,
            secrets=secrets,
        )

    def with_driver(self, driver: str | None) -> DatabaseURL:
        """Return the same database reached through another driver."""
        return replace(self, driver=driver)

    def synchronous(self) -> DatabaseURL:
        """Return the same database reached through the driver that migrations use."""
        return replace(self, driver=_SYNCHRONOUS.get(self.backend, self.driver))

    def without_secrets(self) -> DatabaseURL:
        """Return the URL with no secret in it."""
        return replace(self, password=None, secrets=())

    def reveal(self) -> str:
        """Return the full URL, secrets included; never print it."""
        password = None if self.password is None else quote(self.password.reveal(), safe="")
        return self._text(password, tuple((k, s.reveal()) for k, s in self.secrets))

    @property
    def masked(self) -> str:
        """The URL as it may be shown to people and machines."""
        password = None if self.password is None else MASK
        return self._text(password, tuple((k, MASK) for k, _ in self.secrets))

    def strike_from(self, text: str) -> str:
        """Return a text that others wrote with this URL's secrets struck out of it."""
        secrets = (self.password, *(secret for _, secret in self.secrets))
        for value in (secret.reveal() for secret in secrets if secret is not None):
            for form in spellings(value):
                # a short one would be struck out of ordinary words
                whole, masked = (form, MASK) if len(value) >= _LONG else (f":{form}@", f":{MASK}@")
                text = re.sub(whole, masked, text)
        return text

    def _text(self, password: str | None, secrets: tuple[tuple[str, str], ...]) -> str:
        scheme = f"{self.backend}+{self.driver}" if self.driver else self.backend
        pairs = "&".join(f"{k}={quote(v, safe='*/:,.-_')}" for k, v in (*self.query, *secrets))
        tail = f"?{pairs}" if pairs else ""
        if self.backend == "sqlite":
            return f"{scheme}:///{self.database or ''}{tail}"
        login = quote(self.username, safe="") if self.username else ""
        login += "" if password is None else f":{password}"
        host = f"[{self.host}]" if self.host and ":" in self.host else (self.host or "")
        port = "" if self.port is None else f":{self.port}"
        at = "@" if login else ""
        return f"{scheme}://{login}{at}{host}{port}/{quote(self.database or '', safe='')}{tail}"

    def __str__(self) -> str:
        return self.masked

    def __repr__(self) -> str:
        return f"DatabaseURL({self.masked!r})"


def _split_query(text: str) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, Secret], ...]]:
    pairs = parse_qsl(text, keep_blank_values=True)
    plain = tuple((k, v) for k, v in pairs if k.lower() not in _SECRET_KEYS)
    secrets = tuple((k, Secret(v)) for k, v in pairs if k.lower() in _SECRET_KEYS)
    return plain, secrets


def spellings(secret: str) -> tuple[str, ...]:
    """Return patterns for a secret: as it is written whole, then with any of its signs encoded or not."""
    variants = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), repr(secret)[1:-1]}
    whole = "|".join(sorted(map(re.escape, variants), key=len, reverse=True))
    return f"(?:{whole})", "".join(_spelling(sign) for sign in secret)


def _spelling(sign: str) -> str:
    if sign.isascii() and (sign.isalnum() or sign in "-_.~"):
        return re.escape(sign)
    encoded = "".join(f"%{byte:02x}" for byte in sign.encode("utf-8", "surrogatepass"))
    forms = [re.escape(sign), f"(?i:{encoded})"]
    forms += [r"\+"] if sign == " " else [re.escape(f"\\{sign}")] if sign in "\\'\"" else []
    return f"(?:{'|'.join(reversed(forms))})"
