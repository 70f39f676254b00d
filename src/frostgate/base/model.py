"""Values that every room speaks of: who acted, and what a fact is. Pure."""

import enum
from typing import ClassVar

import msgspec


class Language(enum.StrEnum):
    """The languages that everything a person sees exists in."""

    ZH = "zh-CN"
    EN = "en"


class ActorKind(enum.StrEnum):
    """What sort of thing causes changes."""

    OPERATOR = "operator"
    RULE = "rule"
    TOKEN = "token"  # noqa: S105 - a kind of actor, not a password
    HOLDER = "holder"  # of an account, who proved that it is theirs; the id is the account's
    SYSTEM = "system"


class Actor(msgspec.Struct, frozen=True):
    """Who caused a change."""

    kind: ActorKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Actor":
        """The actor that `str` wrote."""
        kind, _, ident = text.partition(":")
        return cls(ActorKind(kind), ident)


SYSTEM = Actor(ActorKind.SYSTEM, "frostgate")
BILLING = Actor(ActorKind.SYSTEM, "billing")  # what dunning does by itself, and tells people itself


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a command has just made true. Other rooms react to it in the same transaction."""

    name: ClassVar[str]

    tenant_id: str | None

    def recorded(self) -> "Fact":
        """The fact as the journal keeps it: the journal never forgets, so what must be forgettable stays out."""
        return self
