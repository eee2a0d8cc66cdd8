"""A person with a browser, without the browser: cookies, forms and the headers that browsers send."""

from __future__ import annotations

import http.client
import re
from contextlib import closing
from dataclasses import dataclass, field
from urllib.parse import urlencode

from hookline.domain.password_hash import PasswordHash

__all__ = ["PASSWORD", "Page", "Person", "users"]

PASSWORD = "seven quiet otters"
_CHEAP = str(PasswordHash.of(PASSWORD, b"0123456789abcdef", ln=14, r=1, p=1))


def users(**roles: str) -> str:
    """[[users]] of these names and roles, all with ``PASSWORD``, whose hash costs next to nothing."""
    return "".join(
        f'\n[[users]]\nname = "{name}"\npassword_hash = "{_CHEAP}"\nrole = "{role}"\n' for name, role in roles.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An answer."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    def header(self, name: str) -> str | None:
        """The value of a header."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    @property
    def cookies(self) -> list[str]:
        """Every header that sets a cookie."""
        return [value for key, value in self.headers if key.lower() == "set-cookie"]

    @property
    def csrf(self) -> str:
        """The token of the page's forms."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.text)
        assert found is not None, self.text
        return found[1]


@dataclass(slots=True, kw_only=True)
class Person:
    """Somebody at the admin port on ``port`` of this machine."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    agent: str = "Mozilla/5.0 (test)"

    def get(self, path: str, **headers: str) -> Page:
        """Open a page, as from the address bar."""
        browser = {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
        return self.ask("GET", path, {"accept": "text/html", **browser, **_names(headers)})

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Page:
        """Send a form of one of hookline's own pages."""
        origin = f"http://127.0.0.1:{self.port}"
        own = {"origin": origin, "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, {"accept": "text/html", **own, **_names(headers)}, urlencode(fields).encode())

    def log_in(self, name: str, password: str = PASSWORD, *, path: str = "/login", **headers: str) -> Page:
        """Open the login page and send its form."""
        page = self.get(path)
        fields = {"name": name, "password": password, "csrf_token": page.csrf}
        return self.post(path, fields, **headers)

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Page:
        """Any request, with the cookies that were set so far."""
        own = {"host": f"127.0.0.1:{self.port}", "user-agent": self.agent}
        if self.cookies:
            own["cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body, own | headers)
            answer = connection.getresponse()
            page = Page(status=answer.status, headers=answer.getheaders(), text=answer.read().decode())
        self._keep(page)
        return page

    def _keep(self, page: Page) -> None:
        for cookie in page.cookies:
            name, _, value = cookie.partition(";")[0].partition("=")
            if "Max-Age=0" in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
