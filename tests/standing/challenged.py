"""An account that is challenged, and its holder's answers."""

from datetime import timedelta
from typing import Any

from authenticators import Portal
from world import World

STEP = timedelta(seconds=30)
Json = Any


class Challenged:
    """An account with factors, and challenges against it."""

    def __init__(self, world: World, *, phone: bool = True, key: bool = False) -> None:
        self.world = world
        self.account = world.tenant(f"t{world.number()}").account("li")
        self.portal = Portal(self.account)
        self.key = self.portal.enrols_key() if key else None
        self.phone = self.portal.enrols_phone() if phone else None
        world.clock.move(STEP)
        self.hold = self.another()

    def another(self) -> str:
        """One more challenge; the id of its hold."""
        services = ["login", "live", "voice", "video", "messaging"][: len(self.account.holds()) + 1]
        hold: str = self.world.boss().places(self.account, "challenge", services=services)["id"]
        return hold

    @property
    def code(self) -> str:
        """What the phone shows now."""
        assert self.phone is not None
        return self.phone.shows(self.world.clock.now())

    @property
    def wrong(self) -> str:
        """What it does not show."""
        assert self.phone is not None
        return self.phone.never_shows(self.world.clock.now())

    def path(self, hold: str | None = None) -> str:
        return f"{self.account.path}/holds/{hold or self.hold}"

    def asks(self, hold: str | None = None) -> Json:
        """What can answer."""
        return self.portal.does("POST", f"{self.path(hold)}/challenge")

    def answers(self, given: str | Json, hold: str | None = None) -> Any:
        """Answer with a code or with what a passkey signed."""
        body = {"type": "totp", "code": given} if isinstance(given, str) else {"type": "passkey", "credential": given}
        return self.portal.asks("POST", f"{self.path(hold)}/answer", json=body)

    def is_refused(self, given: str | Json, hold: str | None = None) -> str:
        """Answer in vain; the code of the refusal."""
        answer = self.answers(given, hold)
        assert answer.is_client_error, answer.text
        code: str = answer.json()["code"]
        return code

    def facts(self) -> list[str]:
        """What the journal has of challenges and releases."""
        kept = ("challenge.", "hold.released")
        return [fact for fact in self.world.facts(self.account.tenant.id) if fact.startswith(kept)]
