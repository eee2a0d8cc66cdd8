"""``handshake``: calls that are not events, as hookline.toml describes them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final  # Any: fields of a kind have different types

from hookline.config.handshake_values import (
    PLACES,
    fixed_text,
    header_name,
    name_value,
    on_or_off,
    origin_name,
    placed_in,
    rate_a_minute,
    topic_url,
)
from hookline.config.reader import one_of, read, read_list, read_names, read_table
from hookline.config.secret_names import secret_name
from hookline.config.units import whole
from hookline.domain.handshake import Agreed
from hookline.providers.handshakes.echo import EchoedHeader, EchoedMember, EchoedParameter
from hookline.providers.handshakes.ping import FixedAnswer, Presence
from hookline.providers.handshakes.secret_exchange import SecretInHeader, SecretInMember
from hookline.providers.handshakes.subscription import AllowedOrigin, SubscriptionValidation, WebSub
from hookline.providers.handshakes.tokens import TokenCheck
from hookline.providers.primitives import ENCODINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from hookline.config.reader import Place, Table
    from hookline.providers.handshakes.handshake import Condition, Kind
    from hookline.providers.provider import Provider

__all__ = ["HANDSHAKE_KEYS", "read_written"]

_FORMS: Final[Mapping[str, frozenset[str]]] = {
    "echo": frozenset(
        {
            "answer",
            "as",
            "echo",
            "encoding",
            "in",
            "method",
            "name",
            "prefix",
            "repeat",
            "signed",
            "token",
            "token_secret",
            "when",
        }
    ),
    "text": frozenset({"as", "method", "name", "signed", "text", "when"}),
    "token": frozenset({"in", "method", "status", "token", "token_secret"}),
    "method": frozenset({"method", "signed", "status", "when"}),
    "secret_header": frozenset({"secret_header"}),
    "secret_member": frozenset({"secret_member"}),
    "websub": frozenset({"kind", "token_secret", "topics"}),
    "cloudevents": frozenset({"kind", "origins", "rate"}),
    "event-grid": frozenset({"kind", "signed"}),
}
"""The keys of each form of a handshake. The first form whose own key is in the table applies; ``kind`` names the last three."""

_KINDS: Final = ("websub", "cloudevents", "event-grid")

HANDSHAKE_KEYS: Final = frozenset[str]().union(*_FORMS.values())
"""The keys of ``handshake`` in ``[sources.NAME]``."""

_MOST = 10
_METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST")
_ANSWERED: Final = ("text", "json", "header")
_HASHES: Final = ("hmac-sha1", "hmac-sha256", "hmac-sha384", "hmac-sha512")
_HASHED_BY: Final = frozenset({"hmac", "token"})
"""Schemes whose secrets may hash challenges. For other schemes, the hash of a challenge might be a valid signature."""

_STATUS = whole(200, 299)
_CLOSED: Final = re.compile(
    r"(?:accept|access-control|cdn|content|critical|cross-origin|document-policy|feature|permissions|proxy|public-key-pins|sec"
    r"|service-worker|speculation|surrogate|x-accel|x-content-type|x-frame|x-lighttpd|x-permitted|x-reproxy|x-sendfile)(?:-.*)?"
    r"|.*-cache-control|age|allow|alt-svc|authorization|cache-control|clear-site-data|connection|date|etag|expect-ct|expires|host"
    r"|keep-alive|link|location|nel|origin-agent-cluster|pragma|referrer-policy|refresh|report-to|reporting-endpoints|retry-after|server"
    r"|server-timing|set-cookie|set-cookie2|set-login|sourcemap|status|strict-transport-security|te|timing-allow-origin|trailer"
    r"|transfer-encoding|upgrade|vary|via|www-authenticate|x-dns-prefetch-control|x-robots-tag|x-ua-compatible|x-xss-protection"
)
"""Headers with a meaning for browsers, proxies or HTTP itself: they must never return a stranger's challenge."""


def read_written(source: Table, verify: Table, provider: Provider, secret_names: tuple[str, ...]) -> tuple[Agreed, ...]:
    """The handshakes in the table of a source: a table, a list of tables, or the name of a kind without options."""
    place, written = source.at("handshake"), source.values["handshake"]
    if isinstance(written, str):
        written = {"kind": written}
    if isinstance(written, dict):
        return _read(place, written, verify, provider, secret_names)
    if isinstance(written, list) and len(written) > _MOST:
        place.complain(f"lists more than {_MOST} handshakes")
        return ()
    tables = enumerate(read_list(place, written, "handshakes"))
    return tuple(
        one for index, table in tables for one in _read(place.at(index), table, verify, provider, secret_names)
    )


def _read(
    place: Place, written: object, verify: Table, provider: Provider, secret_names: tuple[str, ...]
) -> tuple[Agreed, ...]:
    form = _form(place, written)
    if form is None:
        return ()
    noted = len(place.complaints)
    one = _Written(read_table(place, written, _FORMS[form]), verify, provider, secret_names)
    kinds = one.kinds(form)
    if len(place.complaints) > noted:
        return ()
    return tuple(Agreed(handshake=kind, secret_names=one.names_for(kind)) for kind in kinds)


def _form(place: Place, written: object) -> str | None:
    """The form of the table; None after a complaint."""
    if not isinstance(written, dict):
        place.complain('must be a table such as { echo = "challenge" }, a list of such tables, or "event-grid"')
        return None
    if "kind" in written:
        return read(place.at("kind"), one_of(_KINDS), written["kind"], None)
    form = next((form for form in _FORMS if form in written), None)
    if form is None:
        read_table(place, written, HANDSHAKE_KEYS)
        place.complain("has no answer: write one of echo, text, token, method, secret_header, secret_member and kind")
    return form


class _Written:
    """One table of a handshake, while it is read."""

    def __init__(self, table: Table, verify: Table, provider: Provider, secret_names: tuple[str, ...]) -> None:
        self._table = table
        self._verify = verify
        self._provider = provider
        self._secret_names = secret_names
        self._token_secret = table.read("token_secret", secret_name, None)

    def kinds(self, form: str) -> list[Kind]:
        """The kinds that a table of this form describes; complaints are recorded."""
        readers: Mapping[str, Callable[[], list[Kind]]] = {
            "echo": self._echo,
            "text": self._text,
            "token": self._token_check,
            "method": self._presence,
            "secret_header": self._secret_header,
            "secret_member": lambda: [SecretInMember(name=self._table.read("secret_member", name_value, ""))],
            "websub": self._websub,
            "cloudevents": self._cloudevents,
            "event-grid": self._event_grid,
        }
        found = readers[form]()
        if any(kind.brings_secret for kind in found) and not self._secret_names:
            self._table.place.complain("brings a secret, but the scheme of this source has none")
        return found

    def names_for(self, kind: Kind) -> tuple[str, ...]:
        """The names of the secrets that the answer uses."""
        token = (
            (self._token_secret,)
            if self._token_secret is not None and not isinstance(kind, SubscriptionValidation)
            else ()
        )
        return self._secret_names if kind.uses_secrets else token

    def _echo(self) -> list[Kind]:
        """Reads a handshake whose answer returns the challenge."""
        table = self._table
        where = table.read("in", one_of(PLACES), "query")
        challenge = table.read("echo", header_name if where == "header" else name_value, None)
        method = self._method("POST" if where == "body" else "GET")
        reply, under = self._answered(challenge if where == "header" else None)
        settings: dict[str, Any] = {
            "method": method,
            "when": self._when(where),
            "is_signed": self._is_signed(method),
            "reply": reply,
            "under": under,
            "token": self._token(where) if table.has("token") or table.has("token_secret") else "",
            **self._hash(reply, method),
        }
        if challenge is None:
            return []
        if method == "HEAD" and reply != "header":
            table.at("method").complain('an answer to HEAD has no body: write as = "header", or another method')
        if where == "query":
            return [EchoedParameter(parameter=challenge, **settings)]
        if where == "header":
            return [EchoedHeader(header=challenge, **settings)]
        self._check_body(challenge, settings)
        return [EchoedMember(path=challenge, **settings)]

    def _check_body(self, challenge: str, settings: Mapping[str, Any]) -> None:
        if settings["method"] != "POST":
            self._table.at("method").complain('a challenge in the body needs method = "POST"')
        if "." in challenge and not settings["when"]:
            self._table.at("echo").complain(
                f'write which calls have a challenge at {challenge}, such as when = {{ type = "verification" }}'
            )

    def _hash(self, reply: str, method: str) -> dict[str, str]:
        """The hash that is returned instead of the challenge itself."""
        table = self._table
        algorithm = table.read("answer", one_of(_HASHES), None)
        found = {
            "encoding": table.read("encoding", one_of(ENCODINGS), "hex"),
            "prefix": table.read("prefix", fixed_text, ""),
            "repeat": table.read("repeat", name_value, ""),
        }
        if not table.has("answer"):
            for key in ("encoding", "prefix", "repeat"):
                if table.has(key):
                    table.at(key).complain("has no effect without answer")
            return {}
        if table.has("repeat") and reply != "json":
            table.at("repeat").complain('is only for an answer as = "json"')
        self._check_hash(method)
        return {**found, "hmac": (algorithm or "").removeprefix("hmac-")}

    def _check_hash(self, method: str) -> None:
        """Complain of a hash that could be a signature of this source, or that cannot be computed."""
        place = self._table.at("answer")
        template = self._verify.values.get("template")
        if self._provider.name not in _HASHED_BY:
            place.complain(
                f"only the schemes {' and '.join(sorted(_HASHED_BY))} have secrets that may hash challenges, not {self._provider.name}"
            )
        elif isinstance(template, str) and "{body}" not in template and not self._is_signed(method):
            place.complain(
                "the template of this source does not sign {body} itself: anyone could send such a text as a challenge. "
                "Write signed = true if the sender signs the call"
            )
        if self._table.has("token_secret"):
            self._table.at("token_secret").complain("cannot be combined with answer: the hash proves the same")

    def _text(self) -> list[Kind]:
        """The answer is a fixed text."""
        table = self._table
        method = self._method("GET")
        reply, under = self._answered(None)
        found = table.read("text", fixed_text, None)
        when = self._when("query")
        self._check_events(method, when)
        if method == "HEAD" and reply != "header":
            table.at("method").complain('an answer to HEAD has no body: write as = "header", or another method')
        if found is None:
            return []
        return [
            FixedAnswer(
                method=method, text=found, reply=reply, under=under, when=when, is_signed=self._is_signed(method)
            )
        ]

    def _token_check(self) -> list[Kind]:
        """The call has a token and no challenge."""
        table = self._table
        where = table.read("in", one_of(PLACES), "query")
        status = table.read("status", _STATUS, 204)
        return [TokenCheck(method=self._method("GET"), token=self._token(where), status=status)]

    def _presence(self) -> list[Kind]:
        """Reads a handshake that answers every call with a method."""
        method, when = self._method("GET"), self._when("query")
        self._check_events(method, when)
        status = self._table.read("status", _STATUS, 200)
        return [Presence(method=method, status=status, when=when, is_signed=self._is_signed(method))]

    def _check_events(self, method: str, when: tuple[Condition, ...]) -> None:
        if method == "POST" and not when:
            self._table.at("method").complain(
                'events are POST requests too: write which calls are handshakes, such as when = { "body:type" = "ping" }'
            )

    def _websub(self) -> list[Kind]:
        table = self._table
        if not table.has("topics"):
            table.at("topics").complain("name the topics that the source subscribes to: no other topic is confirmed")
            return []
        topics = read_names(table.at("topics"), table.values["topics"], "topics", topic_url)
        self._check_token_secret()
        return [WebSub(topics=topics, token="query:hub.verify_token" if self._token_secret else "")]

    def _cloudevents(self) -> list[Kind]:
        table = self._table
        if not table.has("origins"):
            table.at("origins").complain('name the senders that may deliver, such as origins = ["eventgrid.azure.net"]')
            return []
        origins = read_names(table.at("origins"), table.values["origins"], "origins", origin_name)
        return [AllowedOrigin(origins=origins, rate=table.read("rate", rate_a_minute, None))]

    def _event_grid(self) -> list[Kind]:
        return [
            SubscriptionValidation(is_signed=self._is_signed("POST")),
            AllowedOrigin(origins=("eventgrid.azure.net",)),
        ]

    def _method(self, default: str) -> str:
        return self._table.read("method", one_of(_METHODS), default)

    def _is_signed(self, method: str) -> bool:
        """Whether the call is verified as events are: by default a POST call is, unless the table says otherwise."""
        return self._table.read("signed", on_or_off, method == "POST")

    def _answered(self, header: str | None) -> tuple[str, str]:
        """The form of the answer, and its name; a header is returned in the same ``header`` unless another one is named."""
        table = self._table
        reply = table.read("as", one_of(_ANSWERED), "text")
        if reply == "text":
            if table.has("name"):
                table.at("name").complain('has no effect for an answer as = "text"')
            return reply, ""
        under = (
            table.read("name", header_name if reply == "header" else name_value, header if reply == "header" else "")
            or ""
        )
        if not table.has("name") and not under and (reply == "header" or not table.has("echo")):
            table.at("name").complain(
                f"write the name of the {'header' if reply == 'header' else 'member'} of the answer"
            )
        if reply == "header":
            self._check_open("name" if table.has("name") else "echo", under)
        return reply, under

    def _secret_header(self) -> list[Kind]:
        """A secret that arrives in a header, and is returned in it."""
        header = self._table.read("secret_header", header_name, "")
        self._check_open("secret_header", header)
        return [SecretInHeader(header=header)]

    def _check_open(self, key: str, header: str) -> None:
        """Complain of a header that must never return a value from a stranger."""
        if _CLOSED.fullmatch(header.lower()):
            self._table.at(key).complain(
                f"{header} has a special meaning in HTTP, for browsers or for proxies: hookline returns no value of "
                "a call in it"
            )

    def _when(self, where: str) -> tuple[Condition, ...]:
        """The conditions; a name without a place has the same place as the challenge."""
        table = self._table
        if not table.has("when"):
            return ()
        place, written = table.at("when"), table.values["when"]
        if not isinstance(written, dict) or not written:
            place.complain('must be a table of names and values, such as { type = "url_verification" }')
            return ()
        found = [(read(place.at(name), placed_in(where), name, ""), value) for name, value in written.items()]
        for name, value in found:
            is_in_body = name.startswith("body:")
            if not isinstance(value, str | int if is_in_body else str):
                place.complain(
                    f"{name} must be compared with text{', a whole number, true or false' if is_in_body else ''}"
                )
        return tuple(found)

    def _token(self, where: str) -> str:
        """Reads where the token is found."""
        table = self._table
        self._check_token_secret()
        if not table.has("token_secret"):
            table.at("token_secret").complain("name the secret whose value the token must have")
        if not table.has("token"):
            table.at("token").complain('write where the token is, such as token = "hub.verify_token"')
        return table.read("token", placed_in(where), "")

    def _check_token_secret(self) -> None:
        if self._token_secret in self._secret_names and self._provider.name != "token":
            self._table.at("token_secret").complain(
                f"{self._token_secret} signs the events of this source, but a token is sent unencrypted: name another secret"
            )
