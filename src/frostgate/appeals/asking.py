"""What people of ours may ask for in an appeal, and what brings each answer. Pure."""

import enum
from collections.abc import Mapping

from frostgate.documents.model import Document, Purpose


class Ask(enum.StrEnum):
    """What is missing; each has its sentence, which asks for this and nothing else."""

    LICENCE_MISSING = "licence_missing"
    LICENCE_UNREADABLE = "licence_unreadable"
    LICENCE_EXPIRED = "licence_expired"
    CODE_DIFFERS = "code_differs"
    NAME_DIFFERS = "name_differs"
    LEGAL_REP_DIFFERS = "legal_rep_differs"
    WRONG_COMPANY = "wrong_company"
    WRONG_KIND = "wrong_kind"
    DOCUMENT_UNREADABLE = "document_unreadable"
    LEGAL_REP_MISSING = "legal_rep_missing"
    AUTHORISATION_MISSING = "authorisation_missing"
    PAYMENT_NOT_FOUND = "payment_not_found"
    CONTENT_STILL_THERE = "content_still_there"
    STATEMENT_UNCLEAR = "statement_unclear"


# What brings each answer: a document for this purpose. What is not here is answered in words.
WANTED: Mapping[Ask, Purpose] = {
    Ask.LICENCE_MISSING: Purpose.BUSINESS_LICENCE,
    Ask.LICENCE_UNREADABLE: Purpose.BUSINESS_LICENCE,
    Ask.LICENCE_EXPIRED: Purpose.BUSINESS_LICENCE,
    Ask.CODE_DIFFERS: Purpose.BUSINESS_LICENCE,
    Ask.NAME_DIFFERS: Purpose.BUSINESS_LICENCE,
    Ask.LEGAL_REP_DIFFERS: Purpose.BUSINESS_LICENCE,
    Ask.WRONG_COMPANY: Purpose.BUSINESS_LICENCE,
    Ask.LEGAL_REP_MISSING: Purpose.LEGAL_REPRESENTATIVE_ID,
    Ask.AUTHORISATION_MISSING: Purpose.AUTHORISATION_LETTER,
    Ask.PAYMENT_NOT_FOUND: Purpose.PROOF_OF_PAYMENT,
}
# These say nothing without the document that they are about; the answer is another for the same purpose.
OF_A_DOCUMENT = frozenset({Ask.WRONG_KIND, Ask.DOCUMENT_UNREADABLE})


def wanted(code: Ask | None, about: Document | None) -> Purpose | None:
    """For which purpose a document would answer a question, or None where words do.

    `about` is the document that the question names.
    """
    if code is None:
        return None
    if about is not None and (code in OF_A_DOCUMENT or code is Ask.WRONG_COMPANY):
        return about.purpose
    return WANTED.get(code)
