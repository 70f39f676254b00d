"""Texts are counted and cut as telephones count them (3GPP TS 23.038 and 23.040)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.notices.length import Coding, coding_of, encoded, size, split

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "\f^{}\\[~]|€"
TEXTS = st.one_of(
    st.text(st.sampled_from(BASIC + EXTENDED), max_size=700),
    st.text(st.sampled_from("你好，a😀€"), max_size=400),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=400),
)


@pytest.mark.parametrize(
    ("text", "coding", "units", "parts"),
    [
        ("", Coding.GSM7, 0, 1),
        ("a" * 160, Coding.GSM7, 160, 1),
        ("a" * 161, Coding.GSM7, 161, 2),
        ("a" * 306, Coding.GSM7, 306, 2),
        ("a" * 307, Coding.GSM7, 307, 3),
        ("€" * 80, Coding.GSM7, 160, 1),
        ("€" * 81, Coding.GSM7, 162, 2),
        ("a" * 152 + "€" + "a" * 10, Coding.GSM7, 164, 2),
        ("您" * 70, Coding.UCS2, 70, 1),
        ("您" * 71, Coding.UCS2, 71, 2),
        ("您" * 134, Coding.UCS2, 134, 2),
        ("您" * 135, Coding.UCS2, 135, 3),
        ("😀" * 35, Coding.UCS2, 70, 1),
        ("a" * 69 + "😀", Coding.UCS2, 71, 2),
        ("ç", Coding.UCS2, 1, 1),  # its capital is in the table, it is not
        ("\x1b", Coding.UCS2, 1, 1),  # alone, it would eat the letter that follows
    ],
    ids=str,
)
def test_where_one_part_ends(text: str, coding: Coding, units: int, parts: int) -> None:
    found = size(text)
    assert (found.coding, found.units, found.parts) == (coding, units, parts)


def test_the_tables_are_those_of_the_standard() -> None:
    assert encoded(BASIC, Coding.GSM7) == bytes(each for each in range(128) if each != 0x1B)
    assert encoded(EXTENDED, Coding.GSM7) == b"".join(
        b"\x1b" + bytes((each,)) for each in (0x0A, 0x14, 0x28, 0x29, 0x2F, 0x3C, 0x3D, 0x3E, 0x40, 0x65)
    )


@given(TEXTS)
def test_parts_make_the_text_again_and_each_fits_a_telephone(text: str) -> None:
    coding, parts = coding_of(text), split(text)
    assert "".join(parts) == text
    assert len(parts) == size(text).parts
    most = (140 if coding is Coding.UCS2 else 160) if len(parts) == 1 else 134 if coding is Coding.UCS2 else 153
    for part in parts:
        octets = encoded(part, coding)
        assert len(octets) <= most
        assert coding is Coding.UCS2 or not octets.endswith(b"\x1b")
        if coding is Coding.UCS2:
            octets.decode("utf-16-be")  # fails on half a surrogate pair


@given(TEXTS, TEXTS)
def test_more_words_never_make_fewer_parts(text: str, more: str) -> None:
    assert size(text + more).parts >= size(text).parts


@given(TEXTS)
def test_every_part_but_the_last_is_full(text: str) -> None:
    coding, parts = coding_of(text), split(text)
    most = 134 if coding is Coding.UCS2 else 153
    for part, following in pairwise(parts):
        assert len(encoded(part + following[0], coding)) > most
