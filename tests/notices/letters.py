"""A notice as it leaves, whatever it is about."""

from datetime import UTC, datetime

from frostgate.base.model import Language
from frostgate.notices.model import Audience, Channel, Letter, Notice, State, Template
from frostgate.notices.params import Params
from frostgate.notices.render import Renderer, Site

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
CODE = "k7m2q9x4tz"
RENDERER = Renderer(
    Site(
        platform="Frostgate", help_url="https://id.example.com/help?a=1&b=2", check_url="https://id.example.com/verify"
    )
)


def letter_of(
    params: Params,
    *,
    template: Template,
    language: Language,
    audience: Audience,
    channel: Channel = Channel.EMAIL,
) -> Letter:
    """What a notice with these words in it says."""
    notice = Notice(
        id="n1",
        tenant_id="acme",
        hold_id=None,
        case_id=params.case_id or None,
        account_id=params.account,
        audience=audience,
        channel=channel,
        address="li@acme.example.com",
        language=language,
        template=template,
        params=params,
        code=CODE,
        state=State.OWED,
        problem=None,
        attempts=0,
        next_attempt_at=NOON,
        owed_at=NOON,
    )
    return RENDERER.letter(notice)
