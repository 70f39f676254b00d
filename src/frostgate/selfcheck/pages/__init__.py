"""The self-check and the page on thaw fraud: pages for somebody who cannot sign in anywhere.

Questions are links, the same for everybody, so they can be passed on and kept by caches. What concerns an account is
posted and kept nowhere.
"""

from pathlib import Path

from litestar import Response, Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, RawBody

from frostgate.base.model import Language
from frostgate.base.uow import UnitOfWork
from frostgate.base.web import NEEDS, PUBLIC, client_address
from frostgate.limits.turnstile import Turnstiles
from frostgate.notices.pages.shared import NEVER, SOON, Asking, Lang, Pages, language_for
from frostgate.notices.render import Renderer
from frostgate.selfcheck import service
from frostgate.selfcheck.model import BEGINS, GOES_TO, MOST_QUESTIONS, Likely, Place, Question, Symptom, follow
from frostgate.selfcheck.pages.forms import fields, named
from frostgate.selfcheck.records import CODE_LASTS, LONGEST_REPORT, LONGEST_SOURCE
from frostgate.selfcheck.service import Health

_PAGES = Pages(Path(__file__).parent)
_HERE = "/self-check"
_SENT = int(CODE_LASTS.total_seconds() // 60)

Given = FromQuery[str | None]
Work = NamedDependency[UnitOfWork]
Counted = NamedDependency[Turnstiles]
Checks = NamedDependency[Health]

_PATHS = {
    Place.ACCOUNT: f"{_HERE}/account",
    Place.CONNECTION: f"{_HERE}/connection",
    Place.HELP: "/help",
    Place.VERIFY: "/verify",
    Place.FRAUD: "/fraud",
}


@get(_HERE, opt={NEEDS: PUBLIC}, sync_to_thread=True, include_in_schema=False)
def self_check(
    request: Asking, work: Work, health: Checks, symptom: Given = None, answers: Given = None, lang: Lang = None
) -> Response[bytes]:
    """Choose a symptom, answer three questions at most, and read what is likely and what to do."""
    language = language_for(request, lang)
    if symptom not in set(Symptom):
        return _PAGES.page("symptoms.html.j2", language, cache=SOON, symptoms=list(BEGINS))
    given = tuple(filter(None, (answers or "").split(".")))
    found = follow(Symptom(symptom), given)
    if isinstance(found, Question):
        return _PAGES.page(
            "question.html.j2",
            language,
            cache=SOON,
            symptom=symptom,
            given=given,
            question=found,
            number=len(given) + 1,
            most=MOST_QUESTIONS,
        )
    if isinstance(found, Likely):
        links = [(place.value, _PATHS[place]) for place in GOES_TO[found]]
        return _PAGES.page(
            "likely.html.j2",
            language,
            symptom=symptom,
            given=given,
            likely=found,
            links=links,
            now=work.clock.now(),
            checks=health(),
        )
    return _PAGES.page("symptoms.html.j2", language, symptoms=list(BEGINS))


@get(f"{_HERE}/connection", opt={NEEDS: PUBLIC}, sync_to_thread=True, include_in_schema=False)
def connection(request: Asking, work: Work, health: Checks, lang: Lang = None) -> Response[bytes]:
    """That the asker's network reaches us, when, from which address, and how we are."""
    return _PAGES.page(
        "connection.html.j2",
        language_for(request, lang),
        address=client_address(request.scope),
        now=work.clock.now(),
        checks=health(),
    )


@get(f"{_HERE}/account", opt={NEEDS: PUBLIC}, sync_to_thread=False, include_in_schema=False)
def account_form(request: Asking, tenant: Given = None, account: Given = None, lang: Lang = None) -> Response[bytes]:
    """Ask for a code. A sign-in page that refused somebody may link here with both names filled in."""
    language = language_for(request, lang)
    return _PAGES.page("account.html.j2", language, tenant=(tenant or "")[:256], account=(account or "")[:256])


@post(f"{_HERE}/code", opt={NEEDS: PUBLIC}, sync_to_thread=True, status_code=200, include_in_schema=False)
def ask_code(request: Asking, body: RawBody, work: Work, turnstiles: Counted, lang: Lang = None) -> Response[bytes]:
    """Have a code sent to the account's own contact. The answer is the same whatever was named."""
    language, given = language_for(request, lang), fields(body)
    names = named(given)
    if names is None:
        return _PAGES.page("account.html.j2", language, here=f"{_HERE}/account", tenant="", account="")
    if seconds := turnstiles.codes.wait(client_address(request.scope)):
        return _PAGES.wait(language, seconds, here=f"{_HERE}/account")
    with work.begin() as tx:
        asked = service.ask(tx, tenant_id=names[0], account_id=names[1])
    if isinstance(asked, int):
        return _PAGES.wait(language, asked, here=f"{_HERE}/account", of_account=True)
    return _code_page(language, asked.id, is_wrong=False)


@post(f"{_HERE}/account", opt={NEEDS: PUBLIC}, sync_to_thread=True, status_code=200, include_in_schema=False)
def show_account(
    request: Asking,
    body: RawBody,
    work: Work,
    turnstiles: Counted,
    renderer: NamedDependency[Renderer],
    lang: Lang = None,
) -> Response[bytes]:
    """How the account stands, for whoever has the code that was sent to its contact."""
    language, given = language_for(request, lang), fields(body)
    ask_id, code = given.get("ask", ""), given.get("code", "")
    seconds = turnstiles.tries.wait(client_address(request.scope))
    if seconds:
        return _PAGES.wait(language, seconds, here=f"{_HERE}/account")
    with work.begin() as tx:
        opened = service.open_account(tx, ask_id, code, renderer=renderer, language=language)
    if opened is None:
        return _code_page(language, ask_id[:64], is_wrong=True)
    return _PAGES.page("standing.html.j2", language, here=f"{_HERE}/account", opened=opened)


@get("/fraud", opt={NEEDS: PUBLIC}, sync_to_thread=False, include_in_schema=False)
def fraud_page(request: Asking, lang: Lang = None) -> Response[bytes]:
    """The tricks of people who sell ways around the official process, and a form to report a fake notice."""
    return _fraud(language_for(request, lang), "")


@post("/fraud", opt={NEEDS: PUBLIC}, sync_to_thread=True, status_code=200, include_in_schema=False)
def report_fake(request: Asking, body: RawBody, work: Work, turnstiles: Counted, lang: Lang = None) -> Response[bytes]:
    """Take a report of a fake notice."""
    language, given = language_for(request, lang), fields(body)
    text, source, contact = (given.get(name, "") for name in ("text", "source", "contact"))
    if not text or len(text) > LONGEST_REPORT or max(len(source), len(contact)) > LONGEST_SOURCE:
        return _fraud(language, "unusable")
    seconds = turnstiles.reports.wait(client_address(request.scope))
    if seconds:
        return _PAGES.wait(language, seconds, here="/fraud")
    with work.begin() as tx:
        service.report(tx, text=text, source=source, contact=contact)
    return _fraud(language, "taken")


def _code_page(language: Language, ask_id: str, *, is_wrong: bool) -> Response[bytes]:
    return _PAGES.page("code.html.j2", language, here=f"{_HERE}/account", ask=ask_id, is_wrong=is_wrong, minutes=_SENT)


def _fraud(language: Language, outcome: str) -> Response[bytes]:
    """`outcome`: "taken", "unusable", or "" where nothing was reported."""
    return _PAGES.page(
        "fraud.html.j2",
        language,
        here="/fraud",
        cache=NEVER if outcome else SOON,
        outcome=outcome,
        longest=LONGEST_REPORT,
        longest_source=LONGEST_SOURCE,
    )


PAGES = Router(
    "/", route_handlers=[self_check, connection, account_form, ask_code, show_account, fraud_page, report_fake]
)
