"""How alike messages are: what is masked, what small changes cost, and what cannot be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.signals.likeness import BEFORE, TOO_SHORT, alike, compare, sketch
from frostgate.signals.model import Unknown

ENGLISH = "Hello my friend, would you like to earn money from home? Write to us and we send you all details today."
CHINESE = "尊敬的客户您好,我司推出全新理财产品,年化收益高达百分之十二,保本保息,名额有限,详情请添加客服微信咨询。"


def likeness(one: str, other: str) -> float:
    return alike(sketch(one)[0], sketch(other)[0])


def known(text: str) -> str:
    template = sketch(text)[1]
    assert not isinstance(template, Unknown), text
    return template


@given(st.text(), st.text())
def test_likeness_is_symmetric_between_nothing_and_one_and_one_for_equal_texts(one: str, other: str) -> None:
    assert likeness(one, one) == 1.0
    assert 0.0 <= likeness(one, other) <= 1.0
    assert likeness(one, other) == likeness(other, one)


@given(st.text(max_size=2000))
def test_any_text_has_a_small_sketch_that_can_be_kept_beside_others(text: str) -> None:
    drawn, _ = sketch(text)
    assert len(drawn) <= 64
    assert b"\xff" not in drawn


NUMBERS = st.integers(min_value=0).map(str)
LINKS = st.from_regex(r"https?://[a-z]{1,12}\.(com|cn)(/[A-Za-z0-9?=&%]{0,20})?", fullmatch=True)
NAMES = st.from_regex(r"[A-Za-z][a-z]{0,11}", fullmatch=True)


@pytest.mark.parametrize(
    ("form", "filled"),
    [
        ("{} your parcel is waiting for you at the post office, bring {} along", NUMBERS),
        ("your parcel is waiting for you at the post office, look at {} and come {}", LINKS),
        ("@{} your parcel is waiting for you at the post office, says @{}", NAMES),
        ("your parcel is waiting for you at the post office, write to {0}@example.com or {1}@example.com", NAMES),
        ('your parcel "{}" is waiting for you at the post office, bring "{}" along', NAMES),
        ("您的快递已经到达驿站,取件码{},请在{}天之内前来领取,谢谢您的配合", NUMBERS),
        ("您的快递已经到达驿站,详情请看{} 请尽快前来领取,地图在{} 谢谢您的配合", LINKS),
        ("您的快递“{}”已经到达驿站,请尽快前来领取“{}”,谢谢您的配合", NAMES),
    ],
)
@given(data=st.data())
def test_what_a_form_is_filled_in_with_changes_nothing(form: str, filled: st.SearchStrategy[str], data) -> None:
    one = form.format(data.draw(filled), data.draw(filled))
    other = form.format(data.draw(filled), data.draw(filled))
    assert sketch(one) == sketch(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ENGLISH, ENGLISH.upper()),
        (ENGLISH, ENGLISH.replace("o", "о").replace("e", "е")),  # Cyrillic
        (ENGLISH, ENGLISH.replace("e", "é").replace("a", "à")),
        (ENGLISH, ENGLISH.replace("money", "ｍｏｎｅｙ")),
        (ENGLISH, ENGLISH.replace("money", "𝐦𝐨𝐧𝐞𝐲")),
        (ENGLISH, ENGLISH.replace("money", "mo\u200bn\u200bey")),
        (ENGLISH, ENGLISH.replace("money", "💰 money 💰🎉")),
        (CHINESE, CHINESE.replace("理财", "理\u200b财")),
        (CHINESE + "加vip999", CHINESE + "加ＶＩＰ１２３"),
        (CHINESE, "🎉" + CHINESE + "🎉"),
    ],
)
def test_disguise_is_seen_through(one: str, other: str) -> None:
    assert sketch(one) == sketch(other)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_a_few_changed_words_lower_likeness_a_little(text: str) -> None:
    changed = text.replace("friend", "dear").replace("today", "now").replace("客户", "用户").replace("全新", "最新")
    assert 0.85 <= likeness(text, changed) < 1.0


def test_two_things_that_people_say_are_not_alike() -> None:
    assert likeness(ENGLISH, "The build is red again, can somebody look at the tests of the importer, please?") < 0.4
    assert likeness(CHINESE, "这个接口的超时时间改成三十秒了吗?我这边联调还是偶尔报错,麻烦帮忙看一下日志。") < 0.4


@pytest.mark.parametrize(
    "text", ["", "ok", "好的", "收到,谢谢!", "see you", "新年快乐,恭喜发财!", "12 34 56 78", "👍👍👍"]
)
def test_what_is_too_short_says_nothing(text: str) -> None:
    assert sketch(text) == (b"", TOO_SHORT)


@pytest.mark.parametrize("text", [ENGLISH, CHINESE])
def test_most_small_changes_leave_the_template_alone(text: str) -> None:
    """Whichever word is changed: only a change in the run that names the text changes the name."""
    chinese = text is CHINESE
    words = list(text) if chinese else text.split()
    joint = "" if chinese else " "
    changed = [joint.join([*words[:n], "变" if chinese else "other", *words[n + 1 :]]) for n in range(len(words))]
    kept = sum(known(each) == known(text) for each in changed)
    assert kept >= 0.6 * len(changed)


def test_other_texts_have_another_template() -> None:
    assert len({known(ENGLISH), known(CHINESE), known("the build is red again can somebody look at it please")}) == 3


def test_values_are_the_same_on_every_machine() -> None:
    """Snapshots outlive a process, so these may change only together with the fingerprint of `Habits`."""
    english, chinese = sketch(ENGLISH), sketch(CHINESE)
    assert (english[0].hex(), english[1]) == (
        "2c3f2e868d61c616b3c411e470d05fc4ca6d19cd16dd8ac5",
        "5056f108",
    )
    assert (chinese[0].hex(), chinese[1]) == (
        "2c2c2c2c2c4af8ec1a97a029b18490a6bce8c6724fcd50a6e6e63446daa66fb56461dc61abcd15f9f41a890b67881afd565de01e82",
        "4be9683d",
    )


def test_a_message_is_compared_with_the_three_before_it_and_the_best_counts() -> None:
    texts = [f"{word} " * 8 for word in ("one", "two", "three", "four")]
    told = b""
    for text in texts:
        told = compare(told, sketch(text)[0])
    for ago, best in ((1, 1.0), (BEFORE, 1.0), (BEFORE + 1, 0.0)):
        assert latest(compare(told, sketch(texts[-ago])[0])) == best


def latest(told: bytes) -> float:
    """The newest comparison that is kept."""
    return told[told.index(b"\xff") - 1] / 254


@pytest.mark.parametrize("text", ["a." * 40_000, "@" * 60_000, '"' * 60_000, "a" * 60_000 + "@", "，“" * 30_000])
def test_no_text_makes_masking_slow_because_only_its_beginning_is_read(text: str) -> None:
    assert sketch(text) == sketch(text[:512])
