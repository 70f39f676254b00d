"""What groups of our own people are told over chat: owed in the transaction of what happened, as every notice."""

import enum
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from frostgate.base.model import Actor, Language
from frostgate.base.texts import say
from frostgate.base.uow import Tx
from frostgate.notices.facts import NoticeUndeliverable
from frostgate.notices.model import Audience, Channel, Letter, Reader, Template
from frostgate.notices.params import Lost, Params, WaitingCase, WaitingCases
from frostgate.notices.service import owe
from frostgate.notices.short import NAMED, plain_letter
from frostgate.notices.staff import Waiting
from frostgate.standing.model import Cause, Kind


class Topic(enum.StrEnum):
    """What a group may be told."""

    CASES_WAITING = "cases_waiting"
    CLOCK_MISSED = "clock_missed"
    UNDELIVERABLE = "undeliverable"
    STORE_TROUBLE = "store_trouble"  # told at once, without the store


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Some of our own people, behind one robot."""

    name: str
    language: Language
    topics: frozenset[Topic]


class Missed(Protocol):
    """What notices needs to know of a promise that was broken; the cases room states it."""

    @property
    def tenant_id(self) -> str | None: ...
    @property
    def case_id(self) -> str: ...
    @property
    def limit(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...


class Alerting:
    """Owes messages to groups; where there is none, nothing."""

    def __init__(self, groups: Sequence[Group], *, time_zone: str) -> None:
        self.groups = groups
        self._time_zone = time_zone

    def cases_waiting(self, tx: Tx, fact: Waiting, actor: Actor) -> None:
        """Cases wait: of many, some by name."""
        named = tuple(
            WaitingCase(id=each.case_id, about=each.about, due_at=each.due_at) for each in fact.waiting[:NAMED]
        )
        waiting = WaitingCases(limit=fact.limit, step=fact.step, cases=named, count=len(fact.waiting))
        self._owe(tx, fact.tenant_id, Topic.CASES_WAITING, Template.CASES_WAITING, actor=actor, waiting=waiting)

    def clock_missed(self, tx: Tx, fact: Missed, actor: Actor) -> None:
        """A promise about a case was broken."""
        case = WaitingCase(id=fact.case_id, about="", due_at=fact.due_at)
        waiting = WaitingCases(limit=fact.limit, step="missed", cases=(case,), count=1)
        self._owe(tx, fact.tenant_id, Topic.CLOCK_MISSED, Template.CLOCK_MISSED, actor=actor, waiting=waiting)

    def undeliverable(self, tx: Tx, fact: NoticeUndeliverable, actor: Actor) -> None:
        """A notice is lost. Of one to a chat no chat is told: the next would be lost as well."""
        if fact.channel is Channel.CHAT:
            return
        lost = Lost(id=fact.notice_id, template=fact.template, channel=fact.channel, problem=fact.problem)
        self._owe(tx, fact.tenant_id, Topic.UNDELIVERABLE, Template.NOTICE_LOST, actor=actor, lost=lost)

    def store_letters(self, platform: str, *, is_written: bool) -> list[Letter]:
        """What to send by hand while nothing can be owed: the store cannot be written, or is again."""
        key = "chat.store_back" if is_written else "chat.store_failing"
        return [
            plain_letter(group.name, group.language, say(key, group.language, platform=platform))
            for group in self.groups
            if Topic.STORE_TROUBLE in group.topics
        ]

    def _owe(
        self,
        tx: Tx,
        tenant_id: str | None,
        topic: Topic,
        template: Template,
        *,
        actor: Actor,
        waiting: WaitingCases | None = None,
        lost: Lost | None = None,
    ) -> None:
        readers = [
            Reader(Audience.OPERATORS, group.name, group.language, Channel.CHAT)
            for group in self.groups
            if topic in group.topics
        ]
        if not readers:
            return
        params = Params(
            account=None,
            tenant="",
            kind=Kind.LIMIT.word,
            cause=Cause.MANUAL.value,
            services=(),
            since=tx.now,
            case_id="",
            time_zone=self._time_zone,
            waiting=waiting,
            lost=lost,
        )
        owe(tx, tenant_id or "", template, params, readers, actor=actor)
