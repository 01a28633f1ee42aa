"""People in front of browsers of their own: each keeps their cookies, as a browser does."""

from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any, Final

import httpx

from haihe.serve.access import Role
from tests.serve.world import BASE, World

SECRET: Final = "vier blaue Pumpen am Fluss"
OTHER: Final = "neun rote Kräne im Hafen"
PAGE: Final = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin"}


@dataclass
class Person:
    """Somebody with a browser."""

    world: World
    cookies: dict[str, str] = field(default_factory=dict)
    flags: dict[str, SimpleCookie] = field(default_factory=dict)

    def ask(
        self, method: str, path: str, body: object = None, heads: dict[str, str] = PAGE
    ) -> httpx.Response:
        """The answer to what the page asks."""
        sent = {**heads, "cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        more: dict[str, Any] = {} if body is None else {"json": body}
        answer = self.world.client.request(method, BASE + path, headers=sent, **more)
        self.world.client.forget()
        for told in answer.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(told).items():
                self.cookies[name] = morsel.value
                self.flags[name] = SimpleCookie(told)
        return answer

    def get(self, path: str) -> Any:
        """The JSON of a GET that must do."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def does(self, method: str, path: str, body: object = None, *, status: int = 200) -> Any:
        """The JSON of what must have a status."""
        answer = self.ask(method, path, body)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def sign_in(self, name: str, password: str = SECRET) -> int:
        """The status of trying to."""
        return self.ask("POST", "/session", {"name": name, "password": password}).status_code


def first(world: World, name: str = "Ann") -> Person:
    """Who made the first account."""
    person = Person(world)
    person.does("POST", "/setup", {"name": name, "password": SECRET}, status=201)
    return person


def another(admin: Person, name: str, *roles: Role, **scope: object) -> Person:
    """Somebody an administrator made an account for, who changed the password they were given."""
    grant = {"roles": list(roles), **scope}
    given = admin.does("POST", "/accounts", {"name": name, "grant": grant}, status=201)
    person = Person(admin.world)
    assert person.sign_in(name, given["password"]) == 201
    change = {"old": given["password"], "new": SECRET}
    person.does("PUT", "/session/password", change, status=204)
    return person
