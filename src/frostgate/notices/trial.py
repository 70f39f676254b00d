"""Notices as they might be: to try a way, and to see how long texts become."""

from datetime import datetime, timedelta

from frostgate.base import ids
from frostgate.base.model import Language
from frostgate.notices.model import Audience, Channel, Notice, State, Template
from frostgate.notices.params import AppealNews, Bill, Debt, Outlook, Params
from frostgate.notices.registered import PARAMETERS
from frostgate.notices.service import Says
from frostgate.standing.model import Cause, Kind

_TENANTS = {Language.ZH: "示例科技（上海）有限公司", Language.EN: "Example Technology (Shanghai)"}


def sample(template: Template, language: Language, address: str, *, channel: Channel, at: datetime) -> Notice:
    """A notice of this sort with everything in it that it may speak of; it is kept nowhere."""
    name = template.value
    return Notice(
        id=ids.new_code(32),
        tenant_id="example",
        hold_id=None,
        case_id=None,
        account_id="example",
        audience=Audience.HOLDER,
        channel=channel,
        address=address,
        language=language,
        template=template,
        params=Params(
            account="example",
            tenant=_TENANTS[language],
            kind=Kind.FREEZE.word,
            cause=Cause.ABNORMAL_LOGIN.value,
            services=(),
            since=at,
            case_id="",
            time_zone="Asia/Shanghai",
            reply_code="012345",
            bill=_bill(at) if name.startswith("debt_") else None,
            outlook=_OUTLOOK if name.startswith("alert_") else None,
            appeal=AppealNews(link_of=ids.new_code(32)) if name.startswith("appeal_") else None,
        ),
        code=ids.new_code(),
        state=State.OWED,
        problem=None,
        attempts=0,
        next_attempt_at=at,
        owed_at=at,
    )


def first_registered(by_text: Says, language: Language, name: str | None) -> Template | None:
    """The first sort of notice that goes by text here, or the one of this name; None where there is none."""
    texts = (template for template in PARAMETERS if name in {None, template.value} and by_text(template, language))
    return next(texts, None)


def _bill(at: datetime) -> Bill:
    amount = "123,456.00 CNY"
    debt = Debt(number="2026-000123", open=amount, due_on=at.date().isoformat())
    return Bill(debts=(debt,), total=amount, missing=amount, received=amount, freeze_at=at + timedelta(days=2))


_OUTLOOK = Outlook(
    rises=False,
    reached="10,000.00 CNY",
    balance="9,876.00 CNY",
    is_known=True,
    days=7,
    spent="80,000.00 CNY",
    budget="100,000.00 CNY",
    share=80,
)
