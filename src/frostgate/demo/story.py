"""The story, first half: an account is frozen within milliseconds, and given back to its holder."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from rich.text import Text

from frostgate.base.clock import stopwatch
from frostgate.demo.people import ACME, BEIJING, FRANKFURT
from frostgate.demo.telling import GATE, Telling
from frostgate.demo.voice import VERDICT_STYLE
from frostgate.demo.week import sign_in, week
from frostgate.directory.permissions import Role

MAIL_WITHIN = 20.0  # seconds that we watch for a mail before the story goes on
PHONE = "new-phone"


def before(telling: Telling) -> None:
    """Register this telling's people, with a week behind them."""
    people = (telling.cast.traveller, telling.cast.sender, telling.cast.yours)
    drafts = {"accounts": [each.draft() for each in people]}
    telling.client(Role.OWNER).post(f"/v1/tenants/{ACME}/accounts", drafts)
    lives = [each for who in people for each in week(who, telling.clock.now(), host=90)]
    telling.client(Role.INGEST).events(sorted(lives, key=lambda each: str(each["time"])))


def home(telling: Telling) -> None:
    """She signs in at home, and may use everything."""
    who = telling.cast.traveller
    telling.voice.step("h_home", name=who.name(telling.voice.language), city=BEIJING.name(telling.voice.language))
    at = telling.clock.now() - timedelta(hours=1)
    event = sign_in(who, telling.ident("home"), at, ip=BEIJING.address(7), device="tablet")
    _show_login(telling, event, at)
    telling.voice.verdict(telling.client(Role.INGEST).event(event)["verdict"])
    if all(reply["decision"] for reply in telling.ask_gate(who.id).values()):
        telling.voice.fact("gate", telling.say("all_allowed"), style="green")


def journey(telling: Telling) -> None:
    """An hour later, 7,800 km away, on a device that nobody has seen: frozen, and measured until the gate refuses."""
    who, voice = telling.cast.traveller, telling.voice
    voice.step("h_journey", name=who.name(voice.language), city=FRANKFURT.name(voice.language))
    at = telling.clock.now()
    telling.journey = sign_in(who, telling.ident("away"), at, ip=FRANKFURT.address(31), device=PHONE)
    _show_login(telling, telling.journey, at)
    telling.told_at, sent = telling.clock.now().timestamp(), stopwatch()
    telling.answer = telling.client(Role.INGEST).event(telling.journey)
    decided = stopwatch()
    refused = not telling.ask_gate(who.id)["login"]["decision"]
    bites = stopwatch()
    voice.verdict(telling.answer["verdict"])
    case = telling.open_case(who.id, telling.answer["holds"][0])
    for reason in telling.client(Role.REVIEWER).get(f"/v1/decisions/{telling.answer['decision']}")["reasons"]:
        voice.fact("rule", reason["rule"])
        voice.fact("why", reason["says"][voice.language.value], style="bold")
    for hold in telling.answer.get("holds", ()):
        voice.fact("hold", f"{hold}  ({telling.word('freeze')} · {telling.word('abnormal_login')})")
    voice.fact("case", case["id"])
    if refused:
        times = {"verdict": _ms(sent, decided), "gate": _ms(sent, bites)}
        voice.fact("speed", telling.say("speed_of_freeze", **times), style="bold green")


def gate(telling: Telling) -> None:
    """What every server that asks hears now, and what it may tell the holder."""
    telling.voice.step("h_gate")
    telling.voice.request(f"POST {GATE}", "OpenID AuthZEN 1.0")
    show_gate(telling, telling.ask_gate(telling.cast.traveller.id))


def notice(telling: Telling) -> None:
    """The official notice, as her mail program gets it."""
    who, voice = telling.cast.traveller, telling.voice
    voice.step("h_notice")
    found = telling.mailbox.wait_for(who.email, count=1, seconds=MAIL_WITHIN, stop=telling.stop)
    if not found:
        return voice.fact("took", telling.say("mail_late"), style="yellow")
    mail = found[0]
    voice.fact("to", mail.to)
    voice.fact("subject", mail.subject, style="bold")
    voice.fact("read_it", f"{telling.mailbox_url}/mail/{mail.name}", style="cyan")
    voice.fact("genuine", f"http://127.0.0.1:{telling.house.port}/verify?code={mail.code}", style="cyan")
    return voice.fact("took", telling.say("mail_took", ms=_ms(telling.told_at, mail.arrived)))


def twice(telling: Telling) -> None:
    """Senders repeat themselves when a network drops an answer; nothing happens twice for it."""
    telling.voice.step("h_twice")
    telling.voice.request("POST /v1/events", f"id {telling.journey['id']}")
    again = telling.client(Role.INGEST).event(telling.journey)
    holds = len(telling.standing(telling.cast.traveller.id))
    verdict = telling.voice.words.verdict(again["verdict"])
    repeated = str(again.get("repeated", False)).lower()
    telling.voice.fact("answer", telling.say("twice_same", verdict=verdict, repeated=repeated, holds=holds))


def reviewer(telling: Telling) -> None:
    """Which rule fired, on which values, and what the account did around then."""
    voice = telling.voice
    case = telling.open_case(telling.cast.traveller.id, telling.answer["holds"][0])
    voice.step("h_reviewer")
    voice.request(f"GET /v1/cases/{case['id']}")
    file = telling.client(Role.REVIEWER).get(f"/v1/cases/{case['id']}")
    for reason in file["decision"]["reasons"]:
        voice.fact("rule", reason["rule"])
        voice.fact("condition", " ".join(reason["when"].split()))
        voice.facts("values", ((f"{name} = {value}", "") for name, value in reason["values"].items()))
        voice.fact("why", reason["says"][voice.language.value], style="bold")
    signs_in = [each for each in file["events"] if each["type"] == "login"][-4:]
    voice.facts("events", (_login_line(telling, each) for each in signs_in))


def _login_line(telling: Telling, event: Mapping[str, Any]) -> tuple[str, str]:
    """A sign-in of the file in one line, with the style of its verdict."""
    time, data, verdict = datetime.fromisoformat(event["time"]).astimezone(), event["data"], event["verdict"]
    line = f"{time:%m-%d %H:%M}  {data['ip']}  {data['device']}  {telling.voice.words.verdict(verdict)}"
    return line, VERDICT_STYLE[verdict]


def release(telling: Telling) -> None:
    """A call, a note, a reason; then the account works again, and what it was frozen for counts as hers."""
    who, voice, reviews = telling.cast.traveller, telling.voice, telling.client(Role.REVIEWER)
    voice.step("h_release")
    case = telling.open_case(who.id, telling.answer["holds"][0])
    noted = reviews.post(f"/v1/cases/{case['id']}/notes", {"text": telling.say("note_text")})
    voice.request(f"POST /v1/cases/{case['id']}/release")
    decision = {"reason": telling.say("release_text"), "finding": "mistake", "version": noted["version"]}
    since = stopwatch()
    decided = reviews.post(f"/v1/cases/{case['id']}/release", decision)
    works = all(reply["decision"] for reply in telling.ask_gate(who.id).values())
    ms = _ms(since, stopwatch())
    voice.fact("who", telling.house.names.get(decided["released_by"], decided["released_by"]))
    voice.fact("note", telling.say("note_text"))
    voice.fact("finding", telling.say("mistake", reason=decision["reason"]), style="bold")
    if works:
        voice.fact("gate", telling.say("thaw_speed", ms=ms), style="bold green")
    mails = telling.mailbox.wait_for(who.email, count=2, seconds=MAIL_WITHIN, stop=telling.stop)
    if len(mails) > 1:
        voice.fact("h_mail", telling.say("thaw_mail", subject=mails[0].subject))
    again = sign_in(who, telling.ident("again"), telling.clock.now(), ip=FRANKFURT.address(31), device=PHONE)
    verdict = telling.client(Role.INGEST).event(again)["verdict"]
    words = {"city": FRANKFURT.name(voice.language), "verdict": voice.words.verdict(verdict)}
    voice.fact("answer", telling.say("again", **words), style=VERDICT_STYLE[verdict])


def show_gate(telling: Telling, replies: Mapping[str, Mapping[str, Any]]) -> None:
    """A line for each service, and the sentences in both languages below."""
    rows: list[tuple[Text | str, ...]] = []
    sentences: dict[str, str] = {}
    for service, reply in replies.items():
        context = reply.get("context") or {}
        code = context.get("code", "")
        key = "allowed" if reply["decision"] else "asked" if code == "account.challenge" else "refused"
        style = "green" if reply["decision"] else "bold red"
        rows.append((telling.word(service), Text(telling.say(key), style=style), code))
        sentences |= context.get("texts", {})
    telling.voice.table(("service", "answer", "code"), rows)
    for sentence in sentences.values():
        telling.voice.fact("told_holder", sentence)


def _show_login(telling: Telling, event: Mapping[str, Any], at: datetime) -> None:
    data = event["data"]
    detail = {
        "kind": event["type"].rpartition(".")[2],
        "account": data["account"],
        "ip": data["ip"],
        "device": data["device"],
    }
    telling.voice.request("POST /v1/events", telling.say("login_detail", **detail, time=telling.local(at)))


def _ms(since: float, until: float) -> str:
    return f"{(until - since) * 1000:.1f}"


STEPS = (home, journey, gate, notice, twice, reviewer, release)
