"""What decoders complain of is said in the reader's language: every message that the library can make."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.base.misfits import complaint, explained
from frostgate.base.model import Language
from frostgate.base.sentences.misfits import PATTERNS, TYPES

ZH, EN = Language.ZH, Language.EN

MALFORMED = [
    b"",
    b"{",
    b'{"a"}',
    b"{1:2}",
    b"{a",
    b"[1,]",
    b'{"a":1,}',
    b"[1 2]",
    b'{"a":1 "b"}',
    b"nul",
    b"nulx",
    b"1 2",
    b"-",
    b"01",
    b"1e",
    b'"\x01"',
    b'"\\x"',
    b'"\\ud8',
    b'"\\ud800"  ',
    b'"\\ud8000"          ',
    b'"\\ud800\\u0041"',
    b'"\\u12"    ',
    b'"\\uzzzz"',
    b"\xff",
    b'"\xff"',
    b'"\xe4\xbd"',
    b"[" * 100_000,
]


def templates() -> list[str]:
    """The messages in the installed library, as it keeps them for its formatting: all that may name a path end so."""
    texts = re.findall(rb"[\x20-\x7e]{8,}", Path(str(msgspec._core.__file__)).read_bytes())
    found = {text.decode().removesuffix("%U") for text in texts if text.endswith(b"%U")}
    return sorted(text for text in found if re.match(r"[A-Z][a-z]+ ", text) and "MessagePack" not in text)


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def test_the_library_has_the_messages_that_we_look_for():
    assert {"Object missing required field `%U`", "Expected `%s`, got `%s`", "Invalid UUID"} <= set(templates())
    assert len(templates()) > 40


@pytest.mark.parametrize("template", templates())
def test_every_message_of_the_library_has_a_pattern(template: str) -> None:
    message = template.replace("` %s %R", "` >= 1.5").replace("`%U`, got", "`str | null`, got")
    for sign, value in (("%lld", "3"), ("%llu", "3"), ("%zd", "3"), ("%R", "'x'"), ("%s", "str"), ("%U", "x")):
        message = message.replace(sign, value)
    assert "%" not in message
    for place, shown in (
        ("", ""),
        (" - at `$.tiers[3].price`", "tiers[3].price"),
        (" - at `key` in `$.tiers`", "tiers"),
    ):
        chinese, english = explained(message + place, ZH), explained(message + place, EN)
        assert is_chinese(chinese)
        assert chinese.startswith(shown)
        assert shown in english
        assert "$" not in chinese + english
    for sentence in (explained(message, ZH), explained(message, EN)):
        assert not {"`str`", "…"} & set(re.findall(r"`\w+`|…", sentence)), sentence


@pytest.mark.parametrize("content", MALFORMED, ids=lambda content: repr(content[:20]))
def test_text_that_is_no_json_is_explained(content: bytes) -> None:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError, RecursionError)) as raised:
        msgspec.json.decode(content)
    chinese, english = explained(str(raised.value), ZH), explained(str(raised.value), EN)
    assert is_chinese(chinese)
    assert not re.search("[a-z]{4,}", chinese), chinese
    assert english != str(raised.value)


@pytest.mark.parametrize(
    ("message", "chinese", "english"),
    [
        ("Expected `str`, got `int`", "应为字符串，实际为整数", "Expected a string, got an integer"),
        (
            "Expected `int | null`, got `array` - at `$.a[0]`",
            "a[0]：应为整数或空值（null），实际为数组",
            "a[0]: Expected an integer or null, got an array",
        ),
        (
            "/id: Object missing required field `id`",
            "/id：缺少必填字段 id",
            "/id: The required field `id` is missing",
        ),
        (
            "after: Expected `int` >= 0; limit: Expected `int`, got `str`",
            "after：不能小于 0；limit：应为整数，实际为字符串",
            "after: Expected at least 0; limit: Expected an integer, got a string",
        ),
        ("Unknown parameter `stat`", "不支持的参数 stat", "There is no parameter `stat`"),
        ("Invalid enum value 'a; b'", "不支持的取值“a; b”", "'a; b' is not among the choices"),
        ("Expected `array` of length 1", "应为 1 项", "Expected 1 items"),
        ("Expected `array` of length >= 1", "不能为空", "This must not be empty"),
        ("Expected `str` matching regex '^\\\\d$'", r"格式有误，应匹配正则表达式 ^\d$", None),
        (
            "JSON is malformed: expected ',' or ']' (byte 3)",
            "JSON 格式有误，偏移 3 字节处应为“,”或“]”",
            "This is not JSON: expected ',' or ']' at byte 3",
        ),
    ],
)
def test_a_message_is_said_to_people(message: str, chinese: str, english: str | None) -> None:
    assert explained(message, ZH) == chinese
    assert english is None or explained(message, EN) == english


@pytest.mark.parametrize("message", ["", "disk is full", "a; b", "password: wrong; retry", "Expected", "x - at `$.y`"])
def test_what_no_pattern_knows_stays_as_it_is(message: str) -> None:
    assert explained(message, ZH) == explained(message, EN) == message


def test_a_value_as_long_as_a_request_is_not_repeated() -> None:
    assert len(explained(f"Invalid enum value '{'x' * 1_000_000}'", ZH)) < 1100


@given(st.text(), st.sampled_from(Language))
def test_no_text_is_too_odd(text: str, language: Language) -> None:
    assert explained(text, language) or not text
    words, _, _ = complaint(text)
    assert text.startswith(words)


def test_a_message_is_taken_apart() -> None:
    assert complaint("Invalid UUID - at `$.a[1].b`") == ("Invalid UUID", ".a[1].b", False)
    assert complaint("Invalid UUID - at `key` in `$`") == ("Invalid UUID", "", True)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_sentences_use_what_their_pattern_finds(pattern: str) -> None:
    parts = set(re.compile(pattern).groupindex)
    for sentence in PATTERNS[pattern]:
        assert set(re.findall(r"\{(\w+)\}", sentence)) <= parts
        assert sentence[-1] not in "。."
    assert is_chinese(PATTERNS[pattern][0])


def test_types_are_those_that_people_know() -> None:
    shapes: dict[Any, str] = {int: "int", str: "str", bool: "bool", float: "float", None: "null", list: "array"}
    for shape, name in shapes.items():
        wrong = b"{}"
        with pytest.raises(msgspec.ValidationError, match=f"Expected `{name}`, got `object`"):
            msgspec.json.decode(wrong, type=shape)
        assert name in TYPES
