"""What keeping and showing documents stand on; joined in `app.py`, and given to routes as `documents`."""

from datetime import datetime
from typing import Protocol

import sqlalchemy as sa

from frostgate.base.vault import Vault
from frostgate.documents.errors import LicenceTooSmall
from frostgate.documents.examining import Examiner
from frostgate.documents.licences.model import SHORTEST, is_licence
from frostgate.documents.licences.reader import Reader
from frostgate.documents.model import Examined, Keeping, Purpose


class CaseOf(Protocol):
    """What documents need to know of a case."""

    @property
    def tenant_id(self) -> str:
        """Whose it is."""

    @property
    def account_id(self) -> str | None:
        """About which account, if any."""


class FindCase(Protocol):
    """Looks a case up: of this tenant, or of any where `tenant_id` is None. Raises where there is none."""

    def __call__(self, connection: sa.Connection, case_id: str, *, tenant_id: str | None) -> CaseOf: ...


class Documents:
    """The vault that seals the tenants' keys, the examiner, the cases, and how long files are kept."""

    def __init__(
        self,
        vault: Vault,
        *,
        examiner: Examiner,
        find_case: FindCase,
        decided: sa.Select[tuple[str, datetime]],
        keeping: Keeping,
        reader: Reader | None,
    ) -> None:
        """`decided` selects the id of each case that is decided, and when that was.

        `reader` is None where what reads licences is not installed.
        """
        self.vault = vault
        self.examiner = examiner
        self.find_case = find_case
        self.decided = decided
        self.keeping = keeping
        self.reader = reader

    def examine(self, body: bytes, *, name: str, purpose: Purpose) -> Examined:
        """Redraw a file in a separate process. It takes up to half a minute: never inside a transaction.

        Raises:
            DocumentEmpty, DocumentTooLarge, DocumentKindUnknown, DocumentIsArchive: told from its first bytes.
            DocumentBroken, DocumentLocked, DocumentWithoutFonts, DocumentTooSmall, DocumentTooManyPixels,
            DocumentTooManyPages, DocumentTooComplex: told by the process.
            LicenceTooSmall: it is a licence, and could not be read by anybody.
            DocumentsBusy: others are being examined, and waiting did not help.
        """
        examined = self.examiner.examine(body, name=name)
        if is_licence(purpose):
            largest = max(examined.pages, key=lambda page: max(page.width, page.height))
            if max(largest.width, largest.height) < SHORTEST:
                raise LicenceTooSmall(width=largest.width, height=largest.height, least=SHORTEST)
        return examined
