"""Whoever got a notice and comes by its link: a browser without JavaScript, which fills in the forms that it sees."""

import html
import re
from datetime import timedelta
from typing import Any

import httpx

from servers import PATIENCE, Mail
from world import Account, Json, Letter, World

LI = "li@acme.example"
WITH_FILE = frozenset({"draft", "handing-in", "answer", "condition"})
_CODE = re.compile(r"^([0-9]{6})\s*$", re.MULTILINE)


def link_in(world: World, address: str, *, about: str = "", root: str = "/appeal") -> str:
    """The link in the first mail to an address that has one, and speaks of this in its subject."""
    return _found(world, address, re.compile(rf"https?://\S+{root}/(\S+)"), about=about)[0]


def _found(world: World, address: str, what: re.Pattern[str], *, about: str = "", count: int = 1) -> list[str]:
    """What stands in the mails to an address, once in so many: letters that are owed together come in any order."""

    def has(mail: Mail) -> bool:
        letter = Letter(mail.content)
        return mail.to == address and about in letter.subject and what.search(letter.text) is not None

    letters = [Letter(mail.content) for mail in world.mailbox.wait_for(has, count=count)]
    return [found[1] for letter in letters if (found := what.search(letter.text))]


class Visitor:
    """A browser: cookies, the page that it shows, and the buttons on it."""

    def __init__(self, world: World, link: str, *, lang: str = "en", root: str = "/appeal") -> None:
        self.world = world
        self.root = root
        self.link = link
        self.lang = lang
        self.http = httpx.Client(base_url=world.server.address, timeout=PATIENCE, trust_env=False, verify=False)
        self.http.follow_redirects = True
        self.opens()

    @property
    def path(self) -> str:
        return f"{self.root}/{self.link}"

    @property
    def text(self) -> str:
        """What the page says, without its tags."""
        return html.unescape(re.sub(r"<[^>]+>", " ", self.page.text))

    @property
    def token(self) -> str:
        """What the forms of this visit carry; "" at the door."""
        found = re.search(r'name="token" value="([^"]+)"', self.page.text)
        return found[1] if found else ""

    @property
    def carried(self) -> dict[str, str]:
        """What the forms of the door carry through it; nothing within a visit."""
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', self.page.text)
        return {} if self.token else {name: html.unescape(value) for name, value in found}

    def opens(self) -> httpx.Response:
        """Load the page."""
        self.page = self.http.get(self.path, params={"lang": self.lang})
        return self.page

    def presses(self, form: str, *, file: bytes = b"", named: str = "", **typed: Any) -> httpx.Response:
        """Send one of the forms; those that take a file send one without a name where none was chosen."""
        data = {**self.carried, "lang": self.lang, "token": self.token, **typed}
        files = {"file": (named, file, "application/octet-stream")} if form in WITH_FILE else None
        self.page = self.http.post(f"{self.path}/{form}", data=data, files=files)
        return self.page

    def asks_for_a_code(self, address: str = LI) -> str:
        """Have a code sent, and read it from the mail."""
        letters = [Letter(mail.content).text for mail in self.world.mailbox.mails if mail.to == address]
        known = sum(_CODE.search(text) is not None for text in letters)
        sent = self.presses("code")
        assert sent.status_code == 200, sent.text
        return _found(self.world, address, _CODE, count=known + 1)[-1]

    def comes_in(self, address: str = LI) -> "Visitor":
        """Have a code sent and enter it."""
        entered = self.presses("visit", code=self.asks_for_a_code(address))
        assert entered.status_code == 200, entered.text
        assert self.token
        return self

    def hands_in(self, statement: str = "It was me, on a train.", **more: Any) -> httpx.Response:
        """Appeal."""
        return self.presses("handing-in", statement=statement, **more)

    def leaves_the_house(self) -> None:
        """Close the browser."""
        self.http.close()


def frozen(world: World, tenant: str = "acme", **details: Any) -> Account:
    """An account that a rule froze for a journey that nobody can make."""
    li = world.tenant(tenant).account("li", **{"language": "en", **details})
    assert li.travels_too_fast()["verdict"] == "freeze"
    return li


def banned(world: World) -> tuple[Account, Json]:
    """An account that ann and bo banned, and its case."""
    zhang = world.tenant().account("zhang", language="en")
    zhang.sends_messages(1801, over=timedelta(minutes=50))
    [freeze] = [hold for hold in zhang.holds() if hold["kind"] == "freeze"]
    case = {"id": freeze["case"]}
    world.person("ann").proposes_ban(case)
    world.person("bo").approves_ban(case)
    return zhang, case


class Visits:
    """Makes visitors, and closes their browsers in the end."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.made: list[Visitor] = []

    def to(self, link: str, *, lang: str = "en", root: str = "/appeal") -> Visitor:
        """Whoever follows this link."""
        self.made.append(Visitor(self.world, link, lang=lang, root=root))
        return self.made[-1]

    def of(self, address: str = LI, *, about: str = "", lang: str = "en", root: str = "/appeal") -> Visitor:
        """Whoever reads the first mail to this address that speaks of this, and follows its link."""
        return self.to(link_in(self.world, address, about=about, root=root), lang=lang, root=root)

    def close(self) -> None:
        """Close every browser."""
        for visitor in self.made:
            visitor.leaves_the_house()
