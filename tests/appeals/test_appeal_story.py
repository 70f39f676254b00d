"""The story of an appeal: frozen by mistake, told by mail, appealed by the link in it, and given back."""

from datetime import timedelta

from visitors import LI, Visits, frozen
from world import World


def test_from_the_freeze_by_the_link_to_the_thaw(world: World, visits: Visits) -> None:
    li = frozen(world)
    door = visits.of()
    assert "we send a code" in door.text
    assert "acme" not in door.page.text.lower()  # whose it is, and what, stands nowhere before the code
    assert "frozen" not in door.text.replace("My account is frozen", "")

    inside = door.comes_in(LI)
    for said in ("Unusual sign-in", "Germany", "the identity is verified", "voice calls"):
        assert said in inside.text, said
    assert "login.impossible-journey" not in inside.page.text

    inside.presses("draft", statement="I was on")
    inside.leaves_the_house()
    world.clock.move(timedelta(hours=2))
    again = visits.of().comes_in(LI)
    assert "I was on" in again.page.text
    assert world.reviewer().sees("/v1/appeals")["items"] == []  # a draft is its writer's alone

    again.hands_in("I was on a train, and my brother signed in at home.")
    assert "people are looking at it" in again.text
    [received] = [mail for mail in world.mails_to(LI, count=4) if "received" in mail.subject]
    assert "/appeal/" in received.text

    rui = world.reviewer()
    [waiting] = rui.sees("/v1/appeals", state="handed_in")["items"]
    path = f"/v1/appeals/{waiting['id']}"
    file = rui.sees(path)
    assert file["statement"] == "I was on a train, and my brother signed in at home."
    rui.does("POST", f"{path}/questions", json={"reason_code": "statement_unclear", "words": "Which train?"})
    [asked] = [mail for mail in world.mails_to(LI, count=5) if "missing" in mail.subject]
    assert "Which train?" in asked.text

    again.opens()
    assert "Which train?" in again.text
    again.presses("answer", words="G 107 to Shanghai")
    assert "people are looking at it" in again.text
    assert [said["words"] for said in rui.sees(path)["said"]] == ["Which train?", "G 107 to Shanghai"]

    decided = rui.does("POST", f"{path}/decision", json={"outcome": "upheld", "reason": "the ticket is genuine"})
    assert (decided["state"], decided["outcome"]) == ("decided", "upheld")
    assert li.is_free()
    assert rui.case_of(li)["outcome"] == "released"
    again.opens()
    assert "Your appeal was upheld" in again.text
    world.until(lambda: [m for m in world.mails_to(LI, count=7) if "decided" in m.subject])

    facts = [fact for fact in world.facts("acme") if fact.startswith("appeal.")]
    assert facts == [
        "appeal.code_sent",
        "appeal.opened",
        "appeal.code_sent",
        "appeal.opened",
        "appeal.handed_in",
        "appeal.read",
        "appeal.asked",
        "appeal.answered",
        "appeal.read",
        "appeal.decided",
    ]


def test_the_same_in_chinese(world: World, visits: Visits) -> None:
    frozen(world, language="zh-CN")
    inside = visits.of(lang="zh-CN").comes_in(LI)
    assert "登录异常" in inside.text
    inside.hands_in("当时本人在高铁上。")
    assert "正由审核人员处理" in inside.text
    rui = world.reviewer()
    [waiting] = rui.sees("/v1/appeals")["items"]
    refusal = {"outcome": "refused", "reason_code": "not_proven", "reason": "no papers"}
    rui.does("POST", f"/v1/appeals/{waiting['id']}/decision", json=refusal)
    inside.opens()
    assert "补齐材料后，可以再次申诉" in inside.text
    letter = next(mail for mail in world.mails_to(LI, count=4) if "处理结果" in mail.subject)
    assert "补齐材料后，可以再次申诉" in letter.text
