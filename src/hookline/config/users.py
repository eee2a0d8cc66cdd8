"""``[[users]]`` and ``[oidc]``: the people who may log in at the admin port."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from hookline.config.keys import KEYS
from hookline.config.reader import one_of, read, read_list, read_table
from hookline.config.secret_names import secret_name
from hookline.config.units import UnusableError, text
from hookline.domain.access import Role, User
from hookline.domain.oidc import CALLBACK_PATH, OidcSettings
from hookline.domain.password_hash import PasswordHash

if TYPE_CHECKING:
    from hookline.config.model import ServerSettings
    from hookline.config.reader import Place, Table

__all__ = ["USER_NAME_RULE", "is_user_name", "read_oidc", "read_users"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}")
USER_NAME_RULE = "must be 1 to 64 characters of A-Z, a-z, 0-9 and . _ @ + -, and begin with a letter or a digit"
_ROLE = one_of([role.value for role in Role])
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # RFC 6749 section 3.3
_CLAIM_PATH = re.compile(r"[^.\s]+(?:\.[^.\s]+)*")
_SCOPES = ("openid", "profile", "email")


def is_user_name(name: str) -> bool:
    """Whether ``name`` can be the name of a user."""
    return _NAME.fullmatch(name) is not None


def read_users(place: Place, value: object) -> tuple[User, ...]:
    """Every usable user, in the order of the file."""
    if not isinstance(value, list):
        place.complain("must be a list of tables: write [[users]] above each")
        return ()
    users: dict[str, User] = {}
    for index, written in enumerate(value):
        inner = place.at(index)
        user = _user(read_table(inner, written, KEYS["users"]), written)
        if user is None:
            continue
        if user.name.casefold() in users:
            inner.at("name").complain(
                f"another [[users]] has the name {user.name}; upper and lower case are not distinguished"
            )
        users.setdefault(user.name.casefold(), user)
    return tuple(users.values())


def read_oidc(place: Place, value: object, server: ServerSettings) -> OidcSettings | None:
    """The identity provider. It redirects browsers back to ``admin_url`` of ``server``."""
    table = read_table(place, value, KEYS["oidc"])
    if not isinstance(value, dict):
        return None
    issuer = _needed(
        table, "issuer", 'write the provider\'s URL, such as issuer = "https://login.example.com/realms/payments"'
    )
    client = _needed(table, "client_id", "write the id under which the provider knows hookline")
    found_issuer = issuer and table.read("issuer", _issuer, None)
    found_client = client and table.read("client_id", text, None)
    viewers, operators = _groups(table, "viewers"), _groups(table, "operators")
    if not table.has("viewers") and not table.has("operators"):
        place.complain('write who may log in: viewers = ["GROUP"], operators = ["GROUP"], or both')
    if server.admin_url is None:
        place.complain("needs admin_url under [server]: the provider redirects browsers only to that URL")
        return None
    if not (found_issuer and found_client):
        return None
    return OidcSettings(
        issuer=found_issuer,
        client_id=found_client,
        redirect_url=f"{server.admin_url}{CALLBACK_PATH}",
        secret_name=table.read("client_secret", secret_name, None),
        role_claim=table.read("role_claim", _claim_path, ("groups",)),
        name_claim=table.read("name_claim", _claim_path, ("email",)),
        viewers=viewers,
        operators=operators,
        scopes=_scopes(table),
        label=table.read("label", text, urlsplit(found_issuer).hostname or found_issuer),
    )


def _user(table: Table, written: object) -> User | None:
    if not isinstance(written, dict):
        return None
    named = _needed(table, "name", 'write the name of the user, such as name = "alice"')
    hashed = _needed(table, "password_hash", "let `hookline users add NAME` write it: a plain password is not accepted")
    role = _needed(table, "role", 'write what the user may do: role = "viewer" or role = "operator"')
    name = named and table.read("name", _name, None)
    password_hash = hashed and table.read("password_hash", _password_hash, None)
    found_role = role and table.read("role", _ROLE, None)
    if not (name and password_hash and found_role):
        return None
    return User(name=name, password_hash=password_hash, role=Role(found_role))


def _needed(table: Table, key: str, advice: str) -> bool:
    if not table.has(key):
        table.at(key).complain(advice)
    return table.has(key)


def _name(value: object) -> str:
    if not isinstance(value, str) or not is_user_name(value):
        raise UnusableError(USER_NAME_RULE)
    return value


def _password_hash(value: object) -> str:
    """The text of a password hash. Other text is not repeated, because it may be the password."""
    if not isinstance(value, str):
        raise UnusableError("must be text that `hookline users add NAME` wrote")
    try:
        return str(PasswordHash.parse(value))
    except ValueError as error:
        raise UnusableError(f"{error}: let `hookline users add NAME` write it") from None


def _issuer(value: object) -> str:
    """The issuer as in the ID token: https, without query and fragment (OpenID Connect Discovery 1.0, section 4.3)."""
    written = text(value)
    try:
        parts = urlsplit(written)
        usable = (
            parts.scheme == "https" and bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
        )
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise UnusableError("must be a URL of the scheme https, without query and fragment")
    return written


def _claim_path(value: object) -> tuple[str, ...]:
    written = text(value)
    if written.startswith(("http://", "https://")):  # a claim whose name is a URL, as Auth0 requires, has no steps
        return (written,)
    if not _CLAIM_PATH.fullmatch(written):
        raise UnusableError('must be the name of a claim, or steps with dots, such as "realm_access.roles"')
    return tuple(written.split("."))


def _groups(table: Table, key: str) -> frozenset[str]:
    if not table.has(key):
        return frozenset()
    place = table.at(key)
    found = [
        read(place.at(index), text, item, None)
        for index, item in enumerate(read_list(place, table.values[key], "texts"))
    ]
    return frozenset(one for one in found if one is not None)


def _scopes(table: Table) -> tuple[str, ...]:
    if not table.has("scopes"):
        return _SCOPES
    place = table.at("scopes")
    items = read_list(place, table.values["scopes"], 'scopes, such as "openid"')
    found = [read(place.at(index), _scope, item, None) for index, item in enumerate(items)]
    return tuple(dict.fromkeys(["openid", *(one for one in found if one is not None)]))


def _scope(value: object) -> str:
    if not isinstance(value, str) or not _SCOPE.fullmatch(value):
        raise UnusableError("must be a scope: printable ASCII without spaces, quotes and backslashes")
    return value
