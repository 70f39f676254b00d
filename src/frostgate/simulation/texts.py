"""What people, bots and bulk senders write. People differ from message to message, machines hardly do."""

import re
from random import Random

import msgspec

from frostgate.simulation import phrases
from frostgate.simulation.chance import some

_CHOICE = re.compile(r"\{([^{}]*)\}")


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """How one person writes: their own share of the words, and how terse they are."""

    language: str  # zh or en
    things: tuple[str, ...]
    does: tuple[str, ...]
    opens: tuple[str, ...]
    tails: tuple[str, ...]
    emoji: str
    terse: float  # share of messages that are a word or two


def style(rng: Random, language: str) -> Style:
    """A person's style."""
    words = phrases.CHINESE if language == "zh" else phrases.ENGLISH
    return Style(
        language=language,
        things=tuple(some(rng, words["thing"], 14)),
        does=tuple(some(rng, words["does"], 15)),
        opens=tuple(some(rng, words["open"], 9)),
        tails=tuple(some(rng, words["tail"], 9)),
        emoji=rng.choice(words["emoji"]),
        terse=0.15 + 0.4 * rng.random(),
    )


def chat(rng: Random, mine: Style) -> str:
    """One message of a person."""
    choice, chance = rng.choice, rng.random
    chinese = mine.language == "zh"
    words = phrases.CHINESE if chinese else phrases.ENGLISH
    if chance() < mine.terse:
        return choice(words["short"]) + (mine.emoji if chance() < 0.3 else "")
    comma, space = ("，", "") if chinese else (", ", " ")
    kind = chance()
    text = choice(mine.things) + space + choice(mine.does)
    if kind < 0.45:
        text = choice(mine.opens) + (space or "，" * (chance() < 0.3)) + text
    if kind > 0.6:
        text += comma + choice(mine.tails)
    if chance() < 0.12:
        text += space + str(rng.randrange(3, 4000))
    return text + (mine.emoji if chance() < 0.35 else "")


def canned(rng: Random, language: str) -> str:
    """One of the ready answers of a customer service."""
    return rng.choice(phrases.CANNED[language]).format(n=rng.randrange(10**7, 10**8))


def to_many(kind: str, language: str, *, name: str, feast: int = 0, number: int = 0) -> str:
    """A greeting, farewell or announcement that goes to many."""
    feasts = phrases.FEASTS[language]
    texts = {"greeting": phrases.GREETINGS, "farewell": phrases.FAREWELLS, "announcement": phrases.ANNOUNCEMENTS}
    return texts[kind][language].format(name=name, feast=feasts[feast % len(feasts)], n=number)


def machine(rng: Random, template: int) -> str:
    """A bot's notification."""
    words = {name: rng.choice(choices) for name, choices in phrases.MACHINE_WORDS.items()}
    numbers = {"n": rng.randrange(1000, 99999), "s": rng.randrange(2, 900), "p": rng.randrange(1, 9)}
    return phrases.MACHINES[template % len(phrases.MACHINES)].format(**words, **numbers)


def bulk(template: str) -> str:
    """A bulk sender's text as it stands: always the first word of each choice."""
    return _CHOICE.sub(lambda found: found[1].partition("|")[0], template)


def varied(rng: Random, template: str) -> str:
    """The same, disguised: other words, digits, links, emoji, look-alike letters."""
    text = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), template)
    text = re.sub(r"(https://[\w.-]+/)\w+", lambda found: f"{found[1]}{rng.getrandbits(40):x}", text)
    pieces = []
    for sign in text:
        pieces.append(phrases.LOOKALIKES[sign] if sign in phrases.LOOKALIKES and rng.random() < 0.25 else sign)
        if rng.random() < 0.03 and sign != "/":
            pieces.append(rng.choice(phrases.EMOJI) if rng.random() < 0.6 else str(rng.randrange(10, 999)))
    return "".join(pieces) + f" {rng.randrange(1000, 99999)}" * (rng.random() < 0.5)
