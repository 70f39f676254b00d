"""Who lives in the demo's tenants, and from where. All of them are made up; their addresses are real places' own."""

import msgspec

from frostgate.base.model import Language

ACME = "acme"
HARBOR = "harbor"


class DemoTenant(msgspec.Struct, frozen=True):
    """A tenant, as the API takes it."""

    id: str
    name: str
    contact_email: str
    language: str
    time_zone: str


TENANTS = (
    DemoTenant(
        ACME, "晨星在线教育 Morningstar Education", "security@morningstar-edu.example", "zh-CN", "Asia/Shanghai"
    ),
    DemoTenant(HARBOR, "Harbor Lane Logistics", "it@harborlane.example", "en", "Europe/London"),
)


class City(msgspec.Struct, frozen=True):
    """A city with a network of 256 addresses that the geolocation puts there."""

    zh: str
    en: str
    network: str
    hours_east: int  # of Greenwich, near enough for when people get up

    def address(self, host: int) -> str:
        """An address in the city: always the same for the same host."""
        return f"{self.network}.{10 + host % 200}"

    def name(self, language: Language) -> str:
        """The city's name."""
        return self.zh if language is Language.ZH else self.en


BEIJING = City("北京", "Beijing", "1.202.10", 8)
SHANGHAI = City("上海", "Shanghai", "101.80.10", 8)
HANGZHOU = City("杭州", "Hangzhou", "60.176.10", 8)
GUANGZHOU = City("广州", "Guangzhou", "113.65.10", 8)
SHENZHEN = City("深圳", "Shenzhen", "119.136.10", 8)
CHENGDU = City("成都", "Chengdu", "119.4.10", 8)
WUHAN = City("武汉", "Wuhan", "58.19.10", 8)
XIAN = City("西安", "Xi'an", "113.200.10", 8)
SINGAPORE = City("新加坡", "Singapore", "116.86.10", 8)
LONDON = City("伦敦", "London", "81.2.69", 0)
LISBON = City("里斯本", "Lisbon", "85.240.10", 0)
BERLIN = City("柏林", "Berlin", "160.45.8", 1)
FRANKFURT = City("法兰克福", "Frankfurt", "84.56.10", 1)
SAO_PAULO = City("圣保罗", "São Paulo", "189.46.10", -3)

TOR_EXIT = "185.220.101.34"  # a relay that has been public for years


class Dweller(msgspec.Struct, frozen=True):
    """An account and whoever stands behind it."""

    id: str
    zh: str
    en: str
    city: City
    language: Language = Language.ZH
    kind: str = "person"

    @property
    def email(self) -> str:
        """Where notices to them go."""
        return f"{self.id}@morningstar-edu.example"

    def name(self, language: Language) -> str:
        """What the story calls them."""
        return self.zh if language is Language.ZH else self.en

    def draft(self) -> dict[str, str]:
        """The account, as the API takes it."""
        display = self.zh if self.zh == self.en else f"{self.zh} {self.en}"
        draft = {"id": self.id, "display_name": display, "kind": self.kind, "language": self.language.value}
        return draft | ({"email": self.email} if self.kind == "person" else {})


def _chinese(city: City, *names: tuple[str, str]) -> list[Dweller]:
    return [Dweller(en.lower().replace(" ", "."), zh, en, city) for zh, en in names]


def _foreign(city: City, *names: str) -> list[Dweller]:
    return [Dweller(name.lower().replace(" ", "."), name, name, city, Language.EN) for name in names]


DWELLERS: tuple[Dweller, ...] = (
    *_chinese(BEIJING, ("张伟", "Zhang Wei"), ("刘洋", "Liu Yang"), ("赵磊", "Zhao Lei"), ("孙悦", "Sun Yue")),
    *_chinese(BEIJING, ("马超", "Ma Chao"), ("郭静", "Guo Jing"), ("何佳", "He Jia"), ("宋扬", "Song Yang")),
    *_chinese(SHANGHAI, ("陆婷", "Lu Ting"), ("徐明", "Xu Ming"), ("朱琳", "Zhu Lin"), ("沈航", "Shen Hang")),
    *_chinese(SHANGHAI, ("蒋欣", "Jiang Xin"), ("韩冰", "Han Bing"), ("杨帆", "Yang Fan")),
    *_chinese(HANGZHOU, ("吴桐", "Wu Tong"), ("周航", "Zhou Hang"), ("叶青", "Ye Qing")),
    *_chinese(GUANGZHOU, ("梁颖", "Liang Ying"), ("黄俊", "Huang Jun"), ("谭薇", "Tan Wei")),
    *_chinese(SHENZHEN, ("林浩", "Lin Hao"), ("郑爽", "Zheng Shuang"), ("许诺", "Xu Nuo")),
    *_chinese(CHENGDU, ("唐果", "Tang Guo"), ("罗曼", "Luo Man"), ("冯波", "Feng Bo")),
    *_chinese(WUHAN, ("董洁", "Dong Jie"), ("袁野", "Yuan Ye")),
    *_chinese(XIAN, ("曹阳", "Cao Yang"), ("田甜", "Tian Tian")),
    *_foreign(SINGAPORE, "Rachel Tan", "Arjun Nair"),
    *_foreign(LONDON, "Emily Carter", "Tom Whitfield"),
    *_foreign(LISBON, "Rui Marques"),
    *_foreign(BERLIN, "Jonas Weber", "Lena Hoffmann"),
    Dweller("homework.bot", "作业小助手", "Homework helper", SHANGHAI, kind="bot"),
    Dweller("crm.sync", "客户系统同步", "CRM sync", SHANGHAI, kind="service"),
)

CALM: tuple[Dweller, ...] = tuple(
    _foreign(LONDON, "Grace Hughes", "Omar Aziz", "Nora Walsh", "Peter Lowe", "Ivy Chambers", "Jack Doyle")
)

REPORTED = next(each for each in DWELLERS if each.id == "tan.wei")
HIDDEN = next(each for each in DWELLERS if each.id == "tom.whitfield")


class Cast(msgspec.Struct, frozen=True):
    """Whom one telling of the story is about. Each telling has its own, so that it can be told for ever."""

    traveller: Dweller
    sender: Dweller
    yours: Dweller  # waits for whoever tries the API


_TRAVELLERS = (("李娜", "Li Na"), ("王芳", "Wang Fang"), ("陈静", "Chen Jing"), ("赵敏", "Zhao Min"))
_SENDERS = ("Viktor Brandt", "Paul Richter", "Felix Sommer", "Max Lorenz")
_YOURS = (("许晴", "Xu Qing"), ("江月", "Jiang Yue"), ("苏梅", "Su Mei"), ("方圆", "Fang Yuan"))


def cast(telling: int, language: Language) -> Cast:
    """The people of one telling, counted from 0. The traveller reads the language of whoever watches."""
    turn, place = divmod(telling, len(_TRAVELLERS))
    again = f".{turn + 1}" if turn else ""
    zh, en = _TRAVELLERS[place]
    yours_zh, yours_en = _YOURS[place]
    sender = _SENDERS[place]
    return Cast(
        traveller=Dweller(en.lower().replace(" ", ".") + again, zh, en, BEIJING, language),
        sender=Dweller(sender.lower().replace(" ", ".") + again, sender, sender, FRANKFURT, Language.EN),
        yours=Dweller(yours_en.lower().replace(" ", ".") + again, yours_zh, yours_en, SHANGHAI, language),
    )
