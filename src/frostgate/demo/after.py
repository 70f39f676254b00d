"""The story, second half: bulk sending, two holds on one account, and the journal that keeps it all."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from frostgate.base.clock import stopwatch
from frostgate.demo.people import ACME, SAO_PAULO, SHANGHAI
from frostgate.demo.story import show_gate
from frostgate.demo.telling import Telling, first
from frostgate.demo.voice import VERDICT_STYLE
from frostgate.demo.week import event, sign_in
from frostgate.directory.permissions import Role

# Forty messages a second, to the millisecond. The standard policy slows them down and asks for proof of identity within
# the first two parts, and freezes within the last.
EVERY = timedelta(milliseconds=25)
BEGINNING, MIDDLE, END = 60, 240, 1560
NEWEST = 6  # entries of the journal that are shown


def bulk(telling: Telling) -> None:
    """First slower, then a question, then frozen: each step bites harder than the one before."""
    voice, who = telling.voice, telling.cast.sender
    voice.step("h_bulk", name=who.name(voice.language))
    begins = telling.clock.now() - EVERY * (BEGINNING + MIDDLE + END)
    since = stopwatch()
    beginning = _send(telling, begins, 0, BEGINNING)
    voice.fact("answer", telling.say("bulk_first", count=BEGINNING, verdicts=_counts(telling, beginning)))
    nth, throttled = _first(beginning, 0, lambda each: "retry_after" in each)
    voice.fact("gate", telling.say("bulk_throttled", nth=nth, retry=throttled["retry_after"]), style="yellow")
    was_asked = _tell_asked(telling, beginning, 0)
    more = _send(telling, begins, BEGINNING, MIDDLE)
    voice.fact("answer", telling.say("bulk_more", count=MIDDLE, verdicts=_counts(telling, more)))
    if not was_asked:
        _tell_asked(telling, more, BEGINNING)
    show_gate(telling, {"messaging": telling.ask_gate(who.id)["messaging"]})
    last = _send(telling, begins, BEGINNING + MIDDLE, END)
    seconds = stopwatch() - since
    voice.fact("answer", telling.say("bulk_end", count=f"{END:,}", verdicts=_counts(telling, last)))
    nth, frozen = _first(last, BEGINNING + MIDDLE, lambda each: each["verdict"] == "freeze")
    voice.fact("verdict", telling.say("bulk_frozen", nth=f"{nth:,}"), style=VERDICT_STYLE["freeze"])
    _why(telling, frozen, "freeze")
    count = f"{BEGINNING + MIDDLE + END:,}"
    voice.fact("took", telling.say("bulk_speed", count=count, seconds=f"{seconds:.2f}"))


def two_holds(telling: Telling) -> None:
    """A person freezes the account as well. Releasing the rule's freeze leaves the person's."""
    voice, who = telling.voice, telling.cast.sender
    voice.step("h_two")
    holds = f"/v1/tenants/{ACME}/accounts/{who.id}/holds"
    voice.request(f"POST {holds}")
    manual = {"kind": "freeze", "reason": telling.say("manual_text")}
    placed = telling.client(Role.LEAD).post(holds, manual)
    lead = telling.house.names.get(placed["placed_by"], placed["placed_by"])
    voice.fact("hold", telling.say("two_placed", who=lead, reason=manual["reason"]))
    _open_holds(telling)
    kinds = ("freeze", "bulk_operation")
    by_rule = first((hold for hold in telling.standing(who.id) if (hold["kind"], hold["cause"]) == kinds), what="hold")
    case = telling.open_case(who.id, by_rule["id"])
    voice.request(f"POST /v1/cases/{case['id']}/release")
    decision = {"reason": telling.say("cooled_text"), "finding": "condition_met", "version": case["version"]}
    decided = telling.client(Role.REVIEWER).post(f"/v1/cases/{case['id']}/release", decision)
    reviewer = telling.house.names.get(decided["released_by"], decided["released_by"])
    voice.fact("hold", telling.say("two_released", who=reviewer, reason=decision["reason"]))
    replies = telling.ask_gate(who.id)
    cause = telling.word((replies["messaging"].get("context") or {}).get("cause", ""))
    voice.fact("gate", telling.say("two_still", cause=cause), style="bold red")
    show_gate(telling, replies)
    _open_holds(telling)


def journal(telling: Telling) -> None:
    """Every change with its actor, in a chain that an auditor can check."""
    voice, auditor = telling.voice, telling.client(Role.AUDITOR)
    voice.step("h_journal")
    voice.request("GET /v1/journal/verification")
    found = auditor.get("/v1/journal/verification")
    if found["holds"]:
        head = f"{found['head'][:16]}…"
        voice.fact(
            "answer", telling.say("journal_holds", entries=f"{found['entries']:,}", head=head), style="bold green"
        )
    else:
        voice.fact("answer", telling.say("journal_broken", **found), style="bold red")
    entries = auditor.get("/v1/journal", after=max(0, found["entries"] - NEWEST), limit=NEWEST)
    lines = []
    for entry in entries:
        actor = telling.house.names.get(entry["actor"], entry["actor"])
        at = telling.local(datetime.fromisoformat(entry["at"]))
        lines.append((f"{entry['number']}  {at}  {entry['fact']}  {actor}", ""))
    voice.facts("newest", lines)


def leave_something_to_try(telling: Telling) -> None:
    """Somebody signs in at home half an hour ago: the reader's own first freeze is one command away."""
    at = telling.clock.now() - timedelta(minutes=30)
    who = telling.cast.yours
    telling.client(Role.INGEST).event(
        sign_in(who, telling.ident("yours"), at, ip=SHANGHAI.address(12), device="tablet")
    )


def commands(telling: Telling) -> dict[str, str]:
    """Three commands that work as they are pasted, with the sentence for each."""
    url, who, language = f"http://127.0.0.1:{telling.house.port}", telling.cast.yours, telling.voice.language
    tokens = {role: client.token for role, client in telling.house.sessions.items()}
    login = {"account": who.id, "ip": SAO_PAULO.address(3), "outcome": "success", "device": "a-new-phone"}
    told = {
        "specversion": "1.0",
        "id": telling.ident("try"),
        "source": "/me",
        "type": "io.frostgate.login",
        "data": login,
    }
    asked = {
        "subject": {"type": "account", "id": who.id},
        "action": {"name": "use"},
        "resource": {"type": "service", "id": "messaging"},
    }
    places = {"here": SHANGHAI.name(language), "there": SAO_PAULO.name(language)}
    return {
        telling.say("curl_freeze", name=who.name(language), **places): (
            f"curl -s {url}/v1/events -H 'Authorization: Bearer {tokens[Role.INGEST]}' \\\n"
            f"  -H 'Content-Type: application/cloudevents+json' \\\n  -d '{_json(told)}'"
        ),
        telling.say("curl_gate"): (
            f"curl -s {url}/access/v1/evaluation -H 'Authorization: Bearer {tokens[Role.GATE]}' \\\n"
            f"  -H 'Content-Type: application/json' \\\n  -d '{_json(asked)}'"
        ),
        telling.say("curl_cases"): (
            f"curl -s '{url}/v1/cases?state=open&order=newest' \\\n  -H 'Authorization: Bearer {tokens[Role.REVIEWER]}'"
        ),
    }


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"))


def _send(telling: Telling, begins: datetime, start: int, count: int) -> list[Mapping[str, Any]]:
    """Messages of the spree by their number, in one batch; the answer to each."""
    who = telling.cast.sender
    return telling.client(Role.INGEST).events(
        event(
            "message",
            telling.ident(f"bulk-{number}"),
            begins + EVERY * number,
            account=who.id,
            conversation="parents-2026",
            conversation_kind="group",
            recipient_count=480,
            text="限时优惠，名额有限，扫码付款 / Last seats at half price, scan to pay",
            ip=who.city.address(44),
        )
        for number in range(start, start + count)
    )


def _tell_asked(telling: Telling, answers: Sequence[Mapping[str, Any]], offset: int) -> bool:
    """From which of these messages on the sender has to prove who they are, and why; false where from none."""
    if not any(each.get("holds") for each in answers):
        return False
    nth, asked = _first(answers, offset, lambda each: bool(each.get("holds")))
    telling.voice.fact("gate", telling.say("bulk_challenged", nth=nth), style="yellow")
    _why(telling, asked, "challenge")
    return True


def _why(telling: Telling, answer: Mapping[str, Any], verdict: str) -> None:
    """The rules that asked for this verdict, with their sentences for staff."""
    for reason in telling.client(Role.REVIEWER).get(f"/v1/decisions/{answer['decision']}")["reasons"]:
        if reason["verdict"] == verdict:
            telling.voice.fact("rule", reason["rule"])
            telling.voice.fact("why", reason["says"][telling.voice.language.value], style="bold")


def _first(
    answers: Sequence[Mapping[str, Any]], offset: int, test: Callable[[Mapping[str, Any]], bool]
) -> tuple[int, Mapping[str, Any]]:
    """The first answer that passes, and which message of the spree it was for, counted from 1."""
    found = ((offset + place, each) for place, each in enumerate(answers, 1) if test(each))
    number, answer = first(found, what="verdict")
    return number, answer


def _counts(telling: Telling, answers: Sequence[Mapping[str, Any]]) -> str:
    return telling.voice.words.counts(Counter(each["verdict"] for each in answers))


def _open_holds(telling: Telling) -> None:
    words = [
        f"{telling.word(hold['kind'])} · {telling.word(hold['cause'])} → {telling.word(hold['waits_for'])}"
        for hold in telling.standing(telling.cast.sender.id)
    ]
    telling.voice.facts("open_holds", ((each, "") for each in words))


STEPS = (bulk, two_holds, journal)
