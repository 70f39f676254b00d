"""Operators before the sign-in page: what they type, what their phones show, what their keys sign."""

from typing import Any

import httpx

from authenticators import Phone, SecurityKey
from servers import PASSWORD, email_of
from world import Caller, Person, World

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PROOF = {"type": "password", "password": PASSWORD}
FACTORS = "/v1/session/factors"

Json = Any


class Staff:
    """One operator, and everything that they hold in their hands."""

    def __init__(self, world: World, name: str = "rui") -> None:
        self.world, self.name = world, name
        self.phone: Phone | None = None
        self.key: SecurityKey | None = None

    def types_password(self, password: str = PASSWORD, *, browser: str = "python-httpx") -> Json:
        """The first step; whatever comes back."""
        who = {"email": email_of(self.name), "password": password}
        return self.world.http.post("/v1/session", json=who, headers={"user-agent": browser}).json()

    def answers(self, ticket: str, answer: Json) -> httpx.Response:
        """The second step."""
        return self.world.http.post("/v1/session/second-step", json={"ticket": ticket, "answer": answer})

    def signs_in(self, **how: Any) -> Person:
        """Both steps, with the phone where one is asked for."""
        opened = self.types_password(**how)
        if "ticket" in opened:
            opened = self.answers(opened["ticket"], self.code()).raise_for_status().json()
        return Person(self.world, opened["secret"])

    def code(self) -> Json:
        """What the phone shows now."""
        assert self.phone is not None
        return {"type": "totp", "code": self.phone.shows(self.world.clock.now())}

    def wrong_code(self) -> Json:
        """What it does not."""
        assert self.phone is not None
        return {"type": "totp", "code": self.phone.never_shows(self.world.clock.now())}

    def enrols_phone(self, session: Caller) -> Json:
        """Set up an authenticator app with the password as proof; the factor."""
        begun = session.does("POST", f"{FACTORS}/totp", json={"name": "phone"})
        self.phone = Phone(begun["secret"])
        body = {"code": self.code()["code"], "proof": PROOF}
        return session.does("POST", f"{FACTORS}/{begun['factor']['id']}/confirm", json=body)

    def enrols_key(self, session: Caller, **made: Any) -> Json:
        """Make a passkey with the password as proof; the factor."""
        self.key = SecurityKey(**made)
        credential = self.key.creates(session.does("POST", f"{FACTORS}/passkey/options"))
        body = {"name": "key", "credential": credential, "proof": PROOF}
        return session.does("POST", f"{FACTORS}/passkey", json=body)
