"""Text messages through a provider that checks our signature: what arrives, what is tried again, what is given up."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from letters import NOON, letter_of

from frostgate.base.clock import HandClock
from frostgate.base.model import SYSTEM, Language
from frostgate.base.reconciler import Done, Failed, Outcome
from frostgate.cases.store import cases
from frostgate.directory import store as directory
from frostgate.notices.channels.sms import Sms, Texting
from frostgate.notices.model import Audience, Channel, Letter, Notice, Reader, State, Template
from frostgate.notices.params import Bill, Debt, Outlook, Params
from frostgate.notices.providers.model import Access
from frostgate.notices.registered import PARAMETERS
from frostgate.notices.service import owe_to_tenant
from frostgate.standing.model import Cause, Kind
from phones import KEY_ID, KEY_SECRET, Phones

House = Any

LIN = "+8613800138000"
PARAMS = Params(
    account=None,
    tenant="Acme",
    kind=Kind.LIMIT.word,
    cause=Cause.ARREARS.value,
    services=(),
    since=NOON,
    case_id="",
    time_zone="Asia/Shanghai",
    reply_code="0123456789",
    bill=Bill(
        debts=(
            Debt(number="A-2", open="30.00 CNY", due_on="2026-03-09"),
            Debt(number="A-1", open="70.00 CNY", due_on="2026-03-01"),
        ),
        total="100.00 CNY",
        missing="60.00 CNY",
        received="40.00 CNY",
        freeze_at=NOON + timedelta(days=2),
    ),
)
OUTLOOK = Outlook(
    rises=False,
    days=7,
    reached="7",
    balance="69.00 CNY",
    is_known=False,
    spent="80.00 CNY",
    budget="100.00 CNY",
    share=80,
)
LETTER = Letter(
    notice_id="n1",
    address=LIN,
    language=Language.ZH,
    code="k7m2q9x4tz",
    template=Template.DEBT_DUE,
    subject="",
    text="",
    html="",
    values={"tenant": "艾克米 & Co", "total": "100.00 CNY", "due_on": "2026-03-02", "code": "k7m2q9x4tz"},
)


@pytest.fixture
def phones() -> Iterator[Phones]:
    phones = Phones()
    yield phones
    phones.stop()


@pytest.fixture(params=["alibaba", "tencent"])
def provider(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def sms(phones: Phones, provider: Any, *, timeout: float = 20, key_secret: str = KEY_SECRET) -> Sms:
    access = Access(
        key_id=KEY_ID,
        key_secret=key_secret,
        sign_name="艾克米",
        endpoint=phones.endpoint,
        app_id="1400006666",
        region="ap-guangzhou",
    )
    settings = Texting(
        provider=provider,
        access=access,
        templates={Template.DEBT_DUE: {Language.ZH: "SMS_1001"}},
        timeout=timedelta(seconds=timeout),
    )
    return Sms(settings, clock=HandClock(NOON))


def sent(carrier: Sms, letter: Letter = LETTER) -> Outcome:
    return asyncio.run(carrier.send(letter))


def test_a_text_arrives_with_its_values_and_the_notice_s_id(phones: Phones, provider: str) -> None:
    carrier = sms(phones, provider)
    outcome = sent(carrier)

    [text] = phones.texts
    assert (text.sign_name, text.template_id, text.notice_id) == ("艾克米", "SMS_1001", "n1")
    assert carrier.message_id("n1") == "n1"
    if provider == "alibaba":
        assert (text.number, text.values) == ("8613800138000", LETTER.values)
        assert outcome == Done(detail="biz^1 (request R-3)")
    else:
        assert (text.number, text.values) == (LIN, [*LETTER.values.values()])
        assert outcome == Done(detail="serial:1 (request R-3)")


@pytest.mark.parametrize(
    ("provider", "code", "permanent"),
    [
        ("alibaba", "isv.BUSINESS_LIMIT_CONTROL", False),
        ("alibaba", "isv.OUT_OF_SERVICE", False),
        ("alibaba", "isv.SMS_TEMPLATE_ILLEGAL", False),
        ("alibaba", "isv.MOBILE_NUMBER_ILLEGAL", True),
        ("alibaba", "isv.PARAM_LENGTH_LIMIT", True),
        ("tencent", "LimitExceeded.PhoneNumberDailyLimit", False),
        ("tencent", "FailedOperation.InsufficientBalanceInSmsPackage", False),
        ("tencent", "FailedOperation.TemplateUnapprovedOrNotExist", False),
        ("tencent", "FailedOperation.PhoneNumberInBlacklist", True),
        ("tencent", "InvalidParameterValue.IncorrectPhoneNumber", True),
    ],
)
def test_what_is_refused_is_tried_again_unless_it_is_about_this_very_text(
    phones: Phones, provider: str, code: str, permanent: bool
) -> None:
    phones.refuse = code
    assert sent(sms(phones, provider)) == Failed(problem=f"{code}: refused (request R-2)", permanent=permanent)


def test_a_wrong_secret_is_ours_to_repair(phones: Phones, provider: str) -> None:
    outcome = sent(sms(phones, provider, key_secret="another"))
    assert isinstance(outcome, Failed)
    assert not outcome.permanent
    assert "Signature" in outcome.problem
    assert phones.texts == []


def test_who_does_not_answer_is_asked_again(phones: Phones, provider: str) -> None:
    phones.is_silent = True
    assert sent(sms(phones, provider, timeout=0.1)) == Failed(problem="ReadTimeout: ")


def test_a_gateway_s_own_page_is_no_answer(phones: Phones, provider: str) -> None:
    phones.is_broken = True
    assert sent(sms(phones, provider)) == Failed(problem="HTTP 503, and no answer that can be read")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"language": Language.EN}, "sms.templates has no registered text for debt_due in en"),
        ({"template": Template.DEBT_FROZEN}, "sms.templates has no registered text for debt_frozen in zh-CN"),
        ({"address": "lin@acme.example"}, "the address is no telephone number"),
    ],
)
def test_what_cannot_be_sent_is_not_tried(phones: Phones, provider: str, change: Any, problem: str) -> None:
    letter = msgspec.structs.replace(LETTER, **change)
    assert sent(sms(phones, provider), letter) == Failed(problem=problem, permanent=True)
    assert phones.texts == []


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("template", PARAMETERS)
def test_every_value_is_there_and_the_last_one_proves_that_it_is_ours(template: Template, language: Language) -> None:
    is_alert = template.value.startswith("alert_")
    params = msgspec.structs.replace(
        PARAMS, bill=None if is_alert else PARAMS.bill, outlook=OUTLOOK if is_alert else None
    )
    letter = letter_of(params, template=template, language=language, audience=Audience.FINANCE, channel=Channel.SMS)
    assert tuple(letter.values) == PARAMETERS[template]
    assert all(letter.values.values())
    assert "-" not in letter.values.values()
    assert letter.values.get("tenant", "Acme") == "Acme"
    assert ([*letter.values][-1], letter.values["code"]) == ("code", letter.code)


def test_the_last_notice_says_the_first_day_and_when_the_freeze_is() -> None:
    letter = letter_of(
        PARAMS,
        template=Template.DEBT_LAST_NOTICE,
        language=Language.EN,
        audience=Audience.FINANCE,
        channel=Channel.SMS,
    )
    assert [*letter.values.values()][:4] == ["Acme", "100.00 CNY", "2026-03-01", "2026-03-04 12:00 (UTC+08:00)"]
    assert "total: 100.00 CNY\n" in letter.text  # as staff read it


def owes(house: House, address: str, template: Template = Template.DEBT_DUE) -> Notice:
    with house.uow.begin() as tx:
        tenant = directory.get_tenant(tx.connection, "acme")
        reader = Reader(Audience.FINANCE, address, Language.ZH, Channel.SMS)
        [owed] = owe_to_tenant(tx, tenant, template, PARAMS, [reader], actor=SYSTEM)
    return owed


def now(house: House, owed: Notice) -> Notice:
    [found] = [notice for notice in house.notices() if notice.id == owed.id]
    assert isinstance(found, Notice)
    return found


def test_delivery_is_on_record_under_the_provider_s_number(house: House, phones: Phones, provider: str) -> None:
    house.deliver = house.delivery(house.email, sms=sms(phones, provider))
    phones.refuse = "isv.BUSINESS_LIMIT_CONTROL"
    owed = owes(house, LIN)
    house.round()
    phones.refuse = None
    house.later(hours=1)

    [text] = phones.texts
    notice = now(house, owed)
    assert (notice.state, notice.message_id, text.notice_id) == (State.SENT, owed.id, owed.id)
    assert (notice.provider_reference or "").endswith("(request R-3)")
    assert [outcome for outcome, _ in house.attempts(notice)] == ["failed", "sent"]


def test_a_notice_without_a_registered_text_is_everybody_s_to_see(house: House, phones: Phones) -> None:
    house.deliver = house.delivery(house.email, sms=sms(phones, "alibaba"))
    owed = owes(house, LIN, Template.DEBT_OVERDUE)
    house.round()

    notice = now(house, owed)
    assert notice.state is State.UNDELIVERABLE
    assert notice.problem == "sms.templates has no registered text for debt_overdue in zh-CN"
    assert [each.channel for each in house.notices() if each.id != owed.id] == [Channel.EMAIL], "the next way is tried"
    assert house.rows(cases) == []


def test_without_a_provider_it_waits_for_one_and_then_people_are_told(house: House) -> None:
    owed = owes(house, LIN)
    for _ in range(24):  # those at night wait until the morning
        house.later(hours=2)
    notice = now(house, owed)
    assert (notice.state, notice.problem) == (State.UNDELIVERABLE, "no carrier for sms is set up")


@pytest.mark.parametrize(
    "address", ["lin@acme.example", "13800138000", "+0138", "+86 138 0013 8000", "+86１３８00138000"]
)
def test_what_is_no_number_is_never_dialled(house: House, address: str) -> None:
    notice = now(house, owes(house, address))
    assert (notice.state, notice.problem) == (State.WITHHELD, "bad_address")
