"""Who a tenant is in the register of companies: what papers are compared with. Pure values."""

import unicodedata
from datetime import datetime
from typing import Annotated

import msgspec
from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from frostgate.base.errors import NotFound, Refused
from frostgate.base.model import Actor, Fact
from frostgate.directory.model import NAME, Name

PersonName = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=NAME)]


class RegistrationUnknown(NotFound):
    """Nobody recorded who this tenant is in the register of companies."""

    code = "registration.unknown"


class CodeLength(Refused):
    """A unified social credit code has 18 characters."""

    code = "registration.code_length"


class CodeCharacters(Refused):
    """A character that no unified social credit code has at its place."""

    code = "registration.code_characters"


class CodeCheckDigit(Refused):
    """The last character does not follow from those before it: one of them is mistyped."""

    code = "registration.code_check_digit"


class RegistrationDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tenant's registration as somebody types it: the whole of it, so that what is left out becomes empty."""

    name: Name
    code: Annotated[str, msgspec.Meta(min_length=1, max_length=60)] | None = None
    legal_representative: PersonName | None = None


class Registration(msgspec.Struct, frozen=True, kw_only=True):
    """What the register of companies says of a tenant; None where nobody recorded it."""

    tenant_id: str
    name: str
    code: str | None  # the unified social credit code, 统一社会信用代码
    legal_representative: str | None  # 法定代表人
    recorded_by: Actor
    recorded_at: datetime  # UTC

    @property
    def told(self) -> tuple[str, str | None, str | None]:
        """What it says, without who recorded it when."""
        return self.name, self.code, self.legal_representative


def record(draft: RegistrationDraft, *, tenant_id: str, by: Actor, at: datetime) -> Registration:
    """The registration of this tenant.

    Raises:
        CodeLength, CodeCharacters, CodeCheckDigit: there is no such code.
    """
    person = draft.legal_representative
    return Registration(
        tenant_id=tenant_id,
        name=draft.name.strip(),
        code=None if draft.code is None else checked_code(draft.code),
        legal_representative=None if person is None else person.strip(),
        recorded_by=by,
        recorded_at=at,
    )


def checked_code(typed: str) -> str:
    """A unified social credit code as it is kept, whatever the width, case and gaps it was typed with (GB 32100-2015).

    Raises:
        CodeLength, CodeCharacters, CodeCheckDigit
    """
    code = uscc.compact("".join(unicodedata.normalize("NFKC", typed).split()))
    try:
        uscc.validate(code)
    except InvalidLength:
        raise CodeLength(pointer="/code", length=len(code)) from None
    except InvalidChecksum:
        raise CodeCheckDigit(pointer="/code") from None
    except ValidationError:
        raise CodeCharacters(pointer="/code") from None
    return code


class RegistrationRecorded(Fact, frozen=True, kw_only=True):
    """What papers are compared with was recorded; `before` is what it was until then."""

    name = "registration.recorded"

    before: Registration | None
    after: Registration
