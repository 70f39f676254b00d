"""A browser without JavaScript: it follows links and sends forms, and reads what a person would."""

import html
import re

import httpx

from world import World


class Browser:
    """Somebody with a browser in one language."""

    def __init__(self, world: World, language: str) -> None:
        self.world = world
        self.language = language
        self.page: httpx.Response

    @property
    def text(self) -> str:
        """What the page says."""
        return words_of(self.page)

    def opens(self, path: str, **params: str) -> str:
        """Open an address; what the page says."""
        self.page = self.world.http.get(path, params={"lang": self.language, **params})
        return self.text

    def chooses(self, words: str) -> str:
        """Follow the link that says this; what the page behind it says."""
        links = re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', self.page.text)
        [path, *_] = [html.unescape(path) for path, said in links if words in html.unescape(said)]
        self.page = self.world.http.get(path)
        return self.text

    def sends(self, path: str, **fields: str) -> str:
        """Send a form; what the answer says. What the page has hidden in its form goes with it."""
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.page.text)
        self.page = self.world.http.post(path, params={"lang": self.language}, data={**dict(hidden), **fields})
        return self.text


def words_of(page: httpx.Response) -> str:
    """The text of a page, without its tags and style."""
    body = re.sub(r"(?s)<style>.*?</style>", "", page.text)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())
