"""People log in at the control room, do what their role allows, and log out; strangers get no further than the login page."""

from __future__ import annotations

import http.client
import json
import signal
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest

from acceptance.people import PASSWORD, Person, users
from acceptance.server import Server, until
from acceptance.test_who_may_call import ACCESS, SECRET_OF, SECRETS, client, code, password, url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USERS = users(alice="operator", bob="viewer", carol="operator", dave="viewer", erin="viewer")
SESSION = "hookline-session"
OTTER_LIFE = '[server]\nsession_idle_timeout = "30m"\n'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the whole file."""
    with Server(tmp_path_factory.mktemp("login"), more=USERS + ACCESS, environment=SECRETS) as server:
        yield server


@pytest.fixture
def person(server: Server) -> Person:
    """Somebody who has not logged in."""
    return Person(port=server.admin_port)


def logged_in(server: Server, name: str) -> Person:
    """Somebody who has."""
    person = Person(port=server.admin_port)
    assert person.log_in(name).status == 303
    return person


def audited(server: Server, action: str) -> list[tuple[str, dict[str, str], int | None]]:
    """Actor, details and count of each audit entry of an action."""
    rows = server.rows("SELECT action, actor, details, affected FROM audit WHERE subject = 'control room' ORDER BY at")
    return [(actor, json.loads(details), affected) for found, actor, details, affected in rows if found == action]


# The way in


def test_a_stranger_does_not_learn_which_pages_there_are(server: Server, person: Person) -> None:
    """One that is not there leads to the login too; after the login one reads that nothing is there."""
    known, unknown = person.get("/account"), person.get("/acount")
    inside = logged_in(server, "alice").get("/acount")

    assert (known.status, unknown.status, inside.status) == (303, 303, 404)
    assert (unknown.header("location") or "").startswith("/login?next=")


def test_a_stranger_is_sent_to_the_login_page_and_back(person: Person) -> None:
    """A link to an event from a chat leads to the event, after the login."""
    refused = person.get("/account?tab=%2F..%2F&x=1")
    login = person.get(refused.header("location") or "")
    done = person.post(
        refused.header("location") or "", {"name": "alice", "password": PASSWORD, "csrf_token": login.csrf}
    )

    assert (refused.status, login.status, done.status) == (303, 200, 303)
    assert done.header("location") == "/account?tab=%2F..%2F&x=1"
    assert person.get("/account").status == 200


def test_every_kind_of_caller_is_refused_in_its_own_form(server: Server, person: Person) -> None:
    """This holds for callers on this machine too: a login is configured."""
    api = person.ask("GET", "/api/events", {"accept": "application/json"})
    script = person.ask("GET", "/events", {"accept": "*/*", "hx-request": "true", "sec-fetch-site": "same-origin"})
    posted = person.post("/account/sessions/end", {})

    assert [page.status for page in (api, script, posted)] == [401, 401, 401]
    assert json.loads(api.text)["code"] == "credentials_missing"
    assert not (script.header("www-authenticate") or "").startswith("Basic")
    assert code(lambda: client(server, "shop", "a wrong secret of length").list_queues()) == "SignatureDoesNotMatch"


def test_scripts_keep_their_access_keys(server: Server, person: Person) -> None:
    """A user does not take the place of a key: consumers sign, dashboards send Basic."""
    assert client(server, "shop").get_queue_url(QueueName="payments")["QueueUrl"] == url(server)
    assert person.get("/account", authorization=password("viewer")).status == 200
    assert person.get("/account", authorization=password("viewer", "wrong")).status == 401


def test_an_access_key_logs_in_at_the_page_too(person: Person) -> None:
    """Where there are only access keys, a person still gets a session that ends, and a button to end it."""
    done = person.log_in("viewer", SECRET_OF["viewer"])

    assert done.status == 303
    assert "<code>key:viewer</code>" in person.get("/account").text


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("alice", "seven quiet badgers"),
        ("nobody", PASSWORD),
        ("alice", ""),
        ("", PASSWORD),
        ("viewer", "wrong"),
        ("alice", "x" * 300),
        ("x" * 300, PASSWORD),
        ("alice\x00", PASSWORD),
    ],
)
def test_a_wrong_name_or_password_says_no_more_than_that(person: Person, name: str, secret: str) -> None:
    """Nobody learns who may log in, and it starts no session."""
    failed = person.log_in(name, secret, x_forwarded_for=f"198.51.100.{len(name) + len(secret) % 200}")

    assert failed.status == 401
    assert "The name or the password is wrong." in failed.text
    assert SESSION not in person.cookies


def test_capitals_in_a_name_make_no_difference(person: Person) -> None:
    """A telephone's keyboard writes the first letter large."""
    assert person.log_in("Alice").status == 303


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/%09/evil.example",
        "\t//evil.example",
        "javascript:alert(1)",
        "/events\r\nset-cookie: a=b",
        "/login",
        "/logout",
        "events",
        "/" + "x" * 3000,
    ],
)
def test_a_login_leads_to_a_page_of_hookline_only(person: Person, wanted: str) -> None:
    """A link to the login page must not be a link to anywhere (open redirect)."""
    done = person.log_in("alice", path=f"/login?next={quote(wanted, safe='')}")

    where = done.header("location") or ""
    assert (done.status, where.startswith("/"), where.startswith(("//", "/\\"))) == (303, True, False)
    assert where == "/" or wanted == "/%09/evil.example"
    assert not [cookie for cookie in done.cookies if cookie.startswith("a=b")]


def test_a_form_from_before_a_restart_leads_to_the_same_page(person: Person) -> None:
    """Its token is refused, and the new form still leads to the page with all its filters."""
    wanted = "/events?queue=refunds&since=1h"
    path = f"/login?{urlencode({'next': wanted})}"
    person.get(path)
    refused = person.post(path, {"name": "alice", "password": PASSWORD, "csrf_token": "of the old process"})

    where = urlsplit(refused.header("location") or "")
    assert (refused.status, where.path, parse_qs(where.query)) == (303, "/login", {"next": [wanted]})


# Sessions


def test_the_session_cookie_is_for_hookline_only(person: Person) -> None:
    """No script reads it, no other site sends it with a POST, and its value is new with each login."""
    first = person.log_in("alice")
    before = person.cookies[SESSION]
    again = person.get("/login")
    person.cookies.pop(SESSION)
    person.log_in("alice")

    (cookie,) = (one for one in first.cookies if one.startswith(SESSION))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert again.status == 303
    assert person.cookies[SESSION] != before
    assert len(before) >= 43


def test_a_session_that_a_stranger_chose_is_not_taken(server: Server, person: Person) -> None:
    """Session fixation: a session that the browser brought before the login is not used after it."""
    person.cookies[SESSION] = "A" * 43
    assert person.log_in("alice").status == 303
    assert person.cookies[SESSION] != "A" * 43
    assert Person(port=server.admin_port, cookies={SESSION: "A" * 43}).get("/account").status == 303


def test_a_login_in_a_browser_that_is_logged_in_ends_the_old_session(server: Server) -> None:
    """Otherwise the old session would continue where nobody can end it."""
    person = logged_in(server, "bob")
    old = dict(person.cookies)
    login_page = Person(port=server.admin_port)
    page = login_page.get("/login")
    person.cookies |= login_page.cookies
    del person.cookies[SESSION]
    person.cookies[SESSION] = old[SESSION]

    # With a session the form's token is that of the session.
    token = person.get("/account").csrf
    done = person.post("/login", {"name": "carol", "password": PASSWORD, "csrf_token": token})

    assert page.status == 200
    assert done.status == 303
    assert "user:carol" in person.get("/account").text
    assert Person(port=server.admin_port, cookies=old).get("/account").status == 303


def test_logging_out_ends_the_session_and_not_only_the_cookie(server: Server) -> None:
    """A copy of the cookie cannot be used afterwards."""
    person = logged_in(server, "alice")
    copy = Person(port=server.admin_port, cookies=dict(person.cookies))
    done = person.post("/logout", {"csrf_token": person.get("/account").csrf})

    assert (done.status, done.header("location")) == (303, "/login")
    assert SESSION not in person.cookies
    assert copy.get("/account").status == 303


def test_somebody_logs_out_everywhere(server: Server) -> None:
    """A lost laptop: one button, from any other browser."""
    laptop, telephone, other = logged_in(server, "carol"), logged_in(server, "carol"), logged_in(server, "dave")
    page = telephone.get("/account")
    done = telephone.post("/account/sessions/end", {"csrf_token": page.csrf})

    assert page.text.count("/end") >= 3
    assert done.status == 303
    assert [one.get("/account").status for one in (laptop, telephone, other)] == [303, 303, 200]


def test_what_is_watched_ends_with_the_session(server: Server) -> None:
    """A tail runs for an hour: a user who is logged out everywhere, on a lost laptop too, must see nothing more."""
    lost, own = logged_in(server, "dave"), logged_in(server, "dave")
    with closing(http.client.HTTPConnection("127.0.0.1", server.admin_port, timeout=30)) as connection:
        cookie = "; ".join(f"{name}={value}" for name, value in lost.cookies.items())
        connection.request("GET", "/api/tail?seconds=3600", headers={"cookie": cookie})
        answer = connection.getresponse()
        assert answer.readline() == b": waiting\n"
        assert own.post("/account/sessions/end", {"csrf_token": own.get("/account").csrf}).status == 303

        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            answer.read()


def test_one_session_of_many_is_ended(server: Server) -> None:
    """The list says which: when, from where, with which browser."""
    here, there = logged_in(server, "erin"), Person(port=server.admin_port, agent='Lost "Phone" <script>')
    there.log_in("erin")
    page = here.get("/account")
    rows = page.text.split("<tr>")
    (row,) = (row for row in rows if "Lost &#34;Phone&#34; &lt;script&gt;" in row)
    path = row.split('action="')[1].partition('"')[0]

    assert "<script>" not in row
    assert here.post(path, {"csrf_token": page.csrf}).status == 303
    assert [one.get("/account").status for one in (here, there)] == [200, 303]


def test_a_viewer_ends_no_session_of_others(server: Server) -> None:
    """A viewer does not see them either; an operator sees and ends them."""
    viewer, operator = logged_in(server, "bob"), logged_in(server, "alice")
    target = logged_in(server, "dave")
    page = operator.get("/account")
    row = next(row for row in page.text.split("<tr>") if "user:dave" in row)
    path = row.split('action="')[1].partition('"')[0]
    seen = viewer.get("/account")

    refused = viewer.post(path, {"csrf_token": seen.csrf})

    assert "user:alice" not in seen.text
    assert (refused.status, "You may not do this" in refused.text) == (403, True)
    assert target.get("/account").status == 200
    assert operator.post(path, {"csrf_token": page.csrf}).status == 303


# Forms


def test_a_form_without_the_token_of_its_session_does_nothing(server: Server) -> None:
    """The same applies to a missing token and to the token of another session."""
    person, other = logged_in(server, "alice"), logged_in(server, "bob")
    stolen = other.get("/account").csrf
    tried = [
        person.post("/logout", fields)
        for fields in ({}, {"csrf_token": ""}, {"csrf_token": stolen}, {"csrf_token": "é\u2603"})
    ]
    as_json = person.post("/logout", {}, content_type="application/json")
    with_header = person.post("/logout", {}, x_csrf_token=stolen)

    assert [page.status for page in (*tried, as_json, with_header)] == [403] * 6
    assert "The form has no token" in tried[0].text
    assert person.get("/account").status == 200


def test_a_script_sends_the_token_in_a_header(server: Server) -> None:
    """Pages with htmx send no hidden field."""
    person = logged_in(server, "alice")
    token = person.get("/account").csrf

    assert person.post("/logout", {}, x_csrf_token=token, content_type="application/json").status == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused_even_with_the_token(server: Server, headers: dict[str, str]) -> None:
    """A second line of defence, should a token leak."""
    person = logged_in(server, "alice")
    token = person.get("/account").csrf
    refused = person.post("/logout", {"csrf_token": token}, **headers)

    assert refused.status == 403
    assert person.get("/account").status == 200


def test_another_site_cannot_log_a_browser_in(person: Person) -> None:
    """Login CSRF: the person would work under a stranger's name. The form is tied to the browser that fetched it."""
    stranger = Person(port=person.port)
    token = stranger.get("/login").csrf
    fields = {"name": "alice", "password": PASSWORD, "csrf_token": token}
    done = person.post("/login", fields)

    assert (done.status, done.header("location")) == (303, "/login")
    assert SESSION not in person.cookies


def test_a_link_from_another_site_opens_a_page(server: Server) -> None:
    """A link from a chat or a mail opens it; calls of the other site's scripts are refused."""
    person = logged_in(server, "alice")

    assert person.get("/account", sec_fetch_site="cross-site").status == 200
    assert person.get("/account", sec_fetch_site="cross-site", sec_fetch_mode="cors").status == 403
    assert person.get("/account", sec_fetch_site="cross-site", sec_fetch_dest="iframe").status == 403


def test_every_page_forbids_scripts_of_others_and_frames(server: Server, person: Person) -> None:
    """Pages that refuse have the same headers."""
    pages = [
        person.get("/login"),
        logged_in(server, "alice").get("/account"),
        logged_in(server, "bob").get("/login/nowhere"),
    ]
    pages.append(person.ask("GET", "/static/hookline.css", {}))

    for page in pages:
        policy = page.header("content-security-policy") or ""
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert (page.header("x-frame-options"), page.header("x-content-type-options")) == ("DENY", "nosniff")
        assert " style=" not in page.text
    assert [page.header("cache-control") for page in pages[:2]] == ["no-store", "no-store"]


@pytest.mark.parametrize(
    "cookie",
    [
        "hookline-session=" + "A" * 9000,
        "hookline-session=\xff\xfe",
        "hookline-session",
        "=;;;==;hookline-session==",
        "hookline-session=a; hookline-session=b",
        "hookline-form=%00; hookline-device=..; hookline-provider=x.y",
    ],
)
def test_odd_cookies_are_no_login_and_no_fault(person: Person, cookie: str) -> None:
    """Other programs of this machine set cookies for 127.0.0.1 too."""
    answer = person.ask("GET", "/login", {"accept": "text/html", "cookie": cookie})

    assert answer.status == 200


# Failing


@pytest.fixture
def flooded(tmp_path: Path) -> Iterator[Server]:
    """A server for one flood of failures: afterwards it refuses the logins of other strangers for a while."""
    with Server(tmp_path, more=USERS) as server:
        yield server


def test_failures_are_slowed_down_without_locking_the_owner_out(flooded: Server) -> None:
    """A stranger tries carol's name from many addresses; carol's own browser, which has logged in before, is still accepted."""
    carol = logged_in(flooded, "carol")
    assert carol.post("/logout", {"csrf_token": carol.get("/account").csrf}).status == 303
    stranger = Person(port=flooded.admin_port)

    statuses = [
        stranger.log_in("carol", "a wrong password", x_forwarded_for=f"203.0.113.{number}").status
        for number in range(25)
    ]
    refused = stranger.log_in("carol", x_forwarded_for="203.0.113.99")

    assert set(statuses[:20]) == {401}
    assert set(statuses[20:]) == {429}
    assert (refused.status, int(refused.header("retry-after") or 0) > 0) == (429, True)
    assert carol.log_in("carol").status == 303


def test_one_address_has_few_tries_whatever_the_name(flooded: Server) -> None:
    """The test tries one password with every name (password spraying)."""
    stranger = Person(port=flooded.admin_port)
    statuses = [
        stranger.log_in(f"name{number}", "a wrong password", x_forwarded_for="2001:db8::1").status
        for number in range(12)
    ]

    assert statuses == [401] * 10 + [429] * 2
    assert stranger.log_in("alice", x_forwarded_for="2001:db8::ffff").status == 429
    assert stranger.log_in("alice", x_forwarded_for="2001:db8:1::1").status == 303


def test_logins_failures_and_logouts_are_audited(server: Server) -> None:
    """The log has who was in, from which address, and who tried. An unknown name is not kept: it may be a password in the wrong field."""
    person = Person(port=server.admin_port)
    person.log_in("dave", "a wrong password", x_forwarded_for="192.0.2.77")
    person.log_in("my secret password", "x", x_forwarded_for="192.0.2.78")
    person.log_in("dave", x_forwarded_for="192.0.2.77")
    person.post("/logout", {"csrf_token": person.get("/account").csrf})

    until(lambda: [one for one in audited(server, "login_failed") if one[1]["name"] == "user:dave"])
    logins = [details for actor, details, _ in audited(server, "login") if actor == "user:dave"]
    assert logins[-1].items() >= {"how": "password", "address": "192.0.2.77"}.items()
    assert [details["why"] for actor, details, _ in audited(server, "logout") if actor == "user:dave"][
        -1
    ] == "logged out"
    assert "my secret password" not in str(server.rows("SELECT * FROM audit")) + str(server.lines)
    assert PASSWORD not in str(server.lines)


def test_a_flood_of_failures_is_a_few_entries(flooded: Server) -> None:
    """Nothing in the audit log expires, so a stranger must not be able to fill it."""
    stranger = Person(port=flooded.admin_port)
    for number in range(30):
        stranger.log_in(f"flood{number}", "wrong", x_forwarded_for=f"198.18.0.{number}")

    until(lambda: audited(flooded, "login_failed"))
    assert len(audited(flooded, "login_failed")) == 1


# Reloads


def test_a_reload_ends_the_sessions_of_who_is_gone_or_changed(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Somebody leaves the company: the session ends at the reload, not at its own end. The others stay."""
    folder = tmp_path_factory.mktemp("reload")
    with Server(folder, more=users(alice="operator", bob="viewer", carol="viewer")) as server:
        alice, bob, carol = (logged_in(server, name) for name in ("alice", "bob", "carol"))
        toml = server.project / "hookline.toml"
        text = toml.read_text()
        base = text[: text.index("\n[[users]]")]
        toml.write_text(base + users(alice="operator", carol="operator"))
        server.signal(signal.SIGHUP)
        server.wait_for("reloaded")

        assert [one.get("/account").status for one in (alice, bob, carol)] == [200, 303, 303]
        assert Person(port=server.admin_port).log_in("bob").status == 401

        toml.write_text(base)
        server.lines.clear()
        server.signal(signal.SIGHUP)
        server.wait_for("reloaded")
        nobody = Person(port=server.admin_port)

        assert nobody.get("/account").status == 200
        assert nobody.get("/account", host="evil.example").status == 400


def test_without_a_login_forms_carry_a_token_too(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any page in the browser of this machine's user can send a form to 127.0.0.1."""
    with Server(tmp_path_factory.mktemp("open")) as server:
        person = Person(port=server.admin_port)
        page = person.get("/account")
        refused = person.post("/account/sessions/end", {})
        program = person.ask("POST", "/account/sessions/end", {"accept": "application/json"})
        done = person.post("/account/sessions/end", {}, x_csrf_token=page.text.split('X-CSRF-Token": "')[1][:64])

        assert "No login is needed" in page.text
        assert (refused.status, program.status, done.status) == (403, 303, 303)
        assert person.get("/login").status == 303
