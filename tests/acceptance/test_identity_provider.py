"""People log in through an identity provider, and nothing but a token of that provider, for this login, lets them in."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any  # Any: the provider's settings are any JSON
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from acceptance.identity_provider import CLIENT_ID, CLIENT_SECRET
from acceptance.people import Person, users
from acceptance.server import Server, until
from certificates import self_signed
from processes import running_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from acceptance.people import Page

SESSION = "__Host-hookline-session"
URL = "https://hookline.example.com"


class Provider:
    """The provider's process, as tests use it."""

    def __init__(self, issuer: str, certificate: Path) -> None:
        self.issuer = issuer
        self._context = ssl.create_default_context(cafile=str(certificate))

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, str | None, Any]:
        """Status, where to, and document."""
        where = urlsplit(self.issuer)
        with closing(http.client.HTTPSConnection("localhost", where.port or 0, context=self._context)) as connection:
            connection.request(method, path, body)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, answer.getheader("location"), json.loads(text or b"null")

    def behave(self, **settings: Any) -> None:
        """From now on, answer like this."""
        assert self.ask("POST", "/settings", json.dumps(settings).encode())[0] == 200


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """One provider for the whole file."""
    certificate, key = self_signed(tmp_path_factory.mktemp("provider"))
    script = Path(__file__).with_name("identity_provider.py")
    with running_process([sys.executable, script, certificate, key], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Provider(process.stdout.readline().strip(), certificate)
        process.kill()


@pytest.fixture(scope="module")
def server(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole file."""
    folder = tmp_path_factory.mktemp("oidc")
    more = (
        f'\n[server]\nadmin_url = "{URL}"\n[oidc]\nissuer = "{provider.issuer}"\nclient_id = "{CLIENT_ID}"\n'
        'client_secret = "OIDC_SECRET"\noperators = ["on-call"]\nviewers = ["staff"]\nlabel = "the <company>"\n'
    )
    environment = {"OIDC_SECRET": CLIENT_SECRET, "SSL_CERT_FILE": str(provider_certificate(tmp_path_factory))}
    with Server(folder, more=more + users(alice="operator"), environment=environment) as server:
        yield server


def provider_certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server trusts: the provider's own authority."""
    return next(tmp_path_factory.getbasetemp().glob("provider*/admin.crt"))


@pytest.fixture(autouse=True)
def honest(provider: Provider) -> None:
    """What an earlier test set at the provider is over."""
    provider.behave()


@pytest.fixture
def person(server: Server) -> Person:
    """Somebody who has not logged in."""
    return Person(port=server.admin_port)


def begin(provider: Provider, person: Person, *, wanted: str = "/account") -> str:
    """Go to the provider, and stop before the way back: the path and query that the browser is sent to."""
    start = person.get(f"/login/provider?{urlencode({'next': wanted})}", sec_fetch_site="same-origin")
    assert start.status == 303, start.text
    where = urlsplit(start.header("location") or "")
    assert f"{where.scheme}://{where.netloc}" == provider.issuer
    status, back, _ = provider.ask("GET", f"{where.path}?{where.query}")
    assert status == 302
    assert back is not None
    assert back.startswith(f"{URL}/login/callback?")
    return back.removeprefix(URL)


def come_back(person: Person, path: str) -> Page:
    """The way back, as a browser makes it: another site has sent it."""
    return person.get(path, sec_fetch_site="cross-site")


def log_in(provider: Provider, person: Person) -> Page:
    """The whole way."""
    return come_back(person, begin(provider, person))


def test_the_login_page_offers_the_provider(person: Person) -> None:
    """With the password, where there are users too."""
    page = person.get("/login?next=%2Faccount")

    assert "Log in with the &lt;company&gt;" in page.text
    assert 'href="/login/provider?next=%2Faccount"' in page.text or 'href="/login/provider?next=/account"' in page.text
    assert 'name="password"' in page.text


def test_somebody_with_a_role_is_accepted(provider: Provider, person: Person) -> None:
    """The browser returns to the page that was wanted; the session cookie is for HTTPS only."""
    done = log_in(provider, person)

    (cookie,) = (one for one in done.cookies if one.startswith(SESSION))
    assert (done.status, done.header("location")) == (303, "/account")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "<code>oidc:ann@example.com</code>" in person.get("/account").text


def test_the_role_comes_from_the_groups(provider: Provider, person: Person) -> None:
    """A viewer only looks."""
    provider.behave(claims={"groups": ["staff", "others"]})
    log_in(provider, person)

    assert "with the rights view." in person.get("/account").text


def test_somebody_without_a_role_is_refused(provider: Provider, person: Person) -> None:
    """The provider may know the whole company."""
    provider.behave(claims={"groups": ["canteen"]})
    refused = log_in(provider, person)

    assert (refused.status, SESSION in person.cookies) == (403, False)
    assert "you have no role here" in refused.text


@pytest.mark.parametrize("sign", ["ES256", "EdDSA"])
def test_other_kinds_of_keys_are_taken(provider: Provider, person: Person, sign: str) -> None:
    """Providers differ."""
    provider.behave(sign=sign)

    assert log_in(provider, person).status == 303


def test_a_new_key_of_the_provider_is_found(provider: Provider, person: Person) -> None:
    """Keys are rotated without notice; the login after it must not fail for an hour."""
    assert log_in(provider, person).status == 303
    provider.behave(rotate=True)

    def again() -> bool:
        other = Person(port=person.port)
        return log_in(provider, other).status == 303

    until(again, seconds=30)


def test_claims_that_the_token_leaves_out_come_from_user_info(provider: Provider, person: Person) -> None:
    """Okta keeps groups out of ID tokens of the code flow."""
    provider.behave(
        claims={"groups": None, "email": None},
        userinfo={"sub": "user-1", "groups": ["on-call"], "email": "bea@example.com", "iss": "https://evil.example"},
    )
    log_in(provider, person)

    assert "oidc:bea@example.com" in person.get("/account").text


@pytest.mark.parametrize(
    "settings",
    [
        {"claims": {"iss": "https://evil.example"}},
        {"claims": {"aud": "another client"}},
        {"claims": {"aud": [CLIENT_ID, "another client"]}},
        {"claims": {"azp": "another client"}},
        {"claims": {"exp": "-120"}},
        {"claims": {"exp": None}},
        {"claims": {"iat": "-3600"}},
        {"claims": {"iat": "3600"}},
        {"claims": {"nonce": "of another login"}},
        {"claims": {"nonce": None}},
        {"claims": {"sub": None}},
        {"claims": {"sub": 7}},
        {"sign": "none"},
        {"sign": "HS256"},
        {"sign": "stranger"},
        {"claims": {"groups": None}, "userinfo": {"sub": "user-2", "groups": ["on-call"]}},
        {"answer": {"iss": "https://evil.example"}},
        {"answer": {"iss": None}},
        {"answer": {"state": "of another login"}},
        {"answer": {"state": None}},
        {"answer": {"code": None}},
        {"answer": {"code": "never given out"}},
        {"answer": {"error": "access_denied<script>", "code": None}},
    ],
)
def test_whatever_is_wrong_with_the_answer_nobody_is_accepted(
    provider: Provider, person: Person, settings: dict[str, Any]
) -> None:
    """Each rule of OpenID Connect Core 3.1.3.7, RFC 9207 (mix-up) and PKCE, broken separately."""
    provider.behave(**settings)
    refused = log_in(provider, person)

    assert refused.status in (401, 403)
    assert SESSION not in person.cookies
    assert "<script>" not in refused.text
    assert 'role="alert"' in refused.text


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://localhost:1/token"},
        {"authorization_endpoint": None},
        {"jwks_uri": "https://localhost:1/jwks"},
    ],
)
def test_a_provider_in_disorder_is_said_so(
    provider: Provider, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, metadata: dict[str, Any]
) -> None:
    """It is not reported as a wrong password, and the log has the reason."""
    provider.behave(metadata=metadata)
    more = (
        f'\n[server]\nadmin_url = "{URL}"\n[oidc]\nissuer = "{provider.issuer}"\nclient_id = "{CLIENT_ID}"\n'
        'client_secret = "OIDC_SECRET"\noperators = ["on-call"]\n'
    )
    environment = {"OIDC_SECRET": CLIENT_SECRET, "SSL_CERT_FILE": str(provider_certificate(tmp_path_factory))}
    with Server(tmp_path, more=more, environment=environment) as server:
        person = Person(port=server.admin_port)
        start = person.get("/login/provider", sec_fetch_site="same-origin")
        if start.status == 303:
            where = urlsplit(start.header("location") or "")
            _, back, _ = provider.ask("GET", f"{where.path}?{where.query}")
            start = come_back(person, (back or "").removeprefix(URL))

        assert start.status == 503
        assert "does not answer correctly" in start.text
        assert server.wait_for("the identity provider cannot be used")["code"] == "login_unavailable"


def test_the_way_back_works_once_and_in_one_browser(provider: Provider, person: Person) -> None:
    """A link that logs others in under the stranger's name (login CSRF), and one that is in a history."""
    path = begin(provider, person)
    other = Person(port=person.port)
    begin(provider, other)
    elsewhere = come_back(other, path)
    kept = dict(person.cookies)
    first = come_back(person, path)
    again = come_back(Person(port=person.port, cookies=kept), path)

    assert [page.status for page in (elsewhere, first, again)] == [401, 303, 401]
    assert SESSION not in other.cookies


def test_what_the_browser_keeps_cannot_be_changed(provider: Provider, person: Person) -> None:
    """The browser's cookie contains the next page and the nonce."""
    path = begin(provider, person)
    name = "__Host-hookline-provider"
    text, _, mac = person.cookies[name].partition(".")
    for changed in (f"{text[:-2]}AA.{mac}", f"{text}.{'0' * 64}", text, f".{mac}", "."):
        person.cookies[name] = changed
        assert come_back(person, path).status == 401
        person.cookies[name] = changed


def test_a_parameter_that_comes_twice_is_refused(provider: Provider, person: Person) -> None:
    """Somebody added one of the two on the way."""
    path = begin(provider, person)
    query = parse_qsl(urlsplit(path).query)

    assert come_back(person, f"{path}&{urlencode([query[0]])}").status == 401


def test_another_site_cannot_start_a_login(provider: Provider, person: Person) -> None:
    """Somebody who is logged in at the provider would be logged in here without having asked."""
    assert provider.issuer
    assert person.get("/login/provider", sec_fetch_site="cross-site").status == 403


def test_a_login_leads_to_no_other_host(provider: Provider, person: Person) -> None:
    """The rule is the same as for a password."""
    done = come_back(person, begin(provider, person, wanted="//evil.example"))

    assert done.header("location") == "/"


def test_logins_through_the_provider_are_audited(provider: Provider, server: Server, person: Person) -> None:
    """The entry has the name that the provider gives, and the way of the login."""
    log_in(provider, person)

    rows = server.rows("SELECT actor, details FROM audit WHERE action = 'login'")
    assert [json.loads(details)["how"] for actor, details in rows if actor == "oidc:ann@example.com"][-1] == "provider"
    assert "an-access-token" not in str(server.lines) + str(rows)


def test_a_password_still_works_with_a_provider(person: Person) -> None:
    """When the provider is down, people can log in only with a password."""
    assert person.log_in("alice").status == 303
    assert "user:alice" in person.get("/account").text
