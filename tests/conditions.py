"""Releases with conditions, as people set and meet them."""

from datetime import timedelta
from typing import Any

from frostgate.base.model import SYSTEM
from frostgate.standing.model import Cause, Kind, Subject
from frostgate.standing.service import place_hold
from visitors import LI, Visitor
from world import Account, Json, Letter, Person, World

DAY = timedelta(days=1)
OTHER = {"condition": "other", "words": {"zh-CN": "删除三张图片", "en": "Remove the three pictures"}}


def sent_gambling(world: World) -> Account:
    """An account that was frozen for what it sent: two people release it."""
    account = world.tenant().account("li", language="en")
    with world.program.uow.begin() as tx:
        subject = Subject(tenant_id="acme", account_id="li")
        cause = Cause.VIOLATING_CONTENT
        place_hold(tx, subject=subject, kind=Kind.FREEZE, cause=cause, reason="content.gambling", actor=SYSTEM)
    return account


def once(world: World, *wanted: Any, days: float = 10) -> Json:
    """A release once conditions are met."""
    named = [each if isinstance(each, dict) else {"condition": each} for each in wanted]
    until = (world.clock.now() + days * DAY).isoformat()
    return {"finding": "condition_met", "once": {"conditions": named, "until": until}}


def sets(person: Person, case: Json, *wanted: Any, days: float = 10, how: str = "release") -> Json:
    answer = person.decides(case, how, **once(person.world, *wanted, days=days))
    assert answer.is_success, answer.text
    return answer.json()


def listed(person: Person, case: Json) -> dict[str, Json]:
    """The conditions of a case, by what they ask for."""
    return {each["condition"]: each for each in person.reads(case)["conditions"]}


def tells(person: Person, case: Json, condition: str, what: str = "met", **details: Any) -> Any:
    found = listed(person, case)[condition]
    return person.decides(case, f"conditions/{found['id']}/{what}", **details)


def declares(visitor: Visitor, person: Person, case: Json, condition: str, **typed: Any) -> Any:
    visitor.opens()
    return visitor.presses("condition", condition=listed(person, case)[condition]["id"], **typed)


def code_of(answer: Any) -> str:
    code: str = answer.json()["code"]
    return code


def letters(world: World, about: str, *, to: str = LI, count: int = 1) -> list[Letter]:
    """The mails to somebody whose subject says this, once there are so many."""
    found = world.mailbox.wait_for(lambda mail: mail.to == to and about in Letter(mail.content).subject, count=count)
    return [Letter(mail.content) for mail in found]
