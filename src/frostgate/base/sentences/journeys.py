"""What is said of a journey between two sign-ins, and of what a person could have done in that time."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "decision.no_journey": ("该判定不涉及异地登录。", "This decision does not rest on a journey."),
}

PHRASES: Mapping[str, tuple[str, str]] = {
    # The ways to travel
    "reach.on_foot": ("步行", "on foot"),
    "reach.car": ("驾车", "by car"),
    "reach.train": ("乘高铁", "by high-speed rail"),
    "reach.airliner": ("乘飞机", "by airliner"),
    "reach.nowhere": ("尚未到达", "nowhere yet"),
    # What somebody could have done
    "reach.same_second": (
        "两次登录发生在同一秒，任何人都来不及移动。",
        "Both sign-ins were in the same second, in which nobody gets anywhere.",
    ),
    "reach.by_on_foot": ("{time}内步行最远约 {far}", "In {time} somebody could have walked some {far}"),
    "reach.by_car": ("{time}内驾车最远约 {far}", "In {time} somebody could have driven some {far}"),
    "reach.by_train": (
        "{time}内乘高铁最远约 {far}",
        "In {time} somebody could have gone some {far} by high-speed rail",
    ),
    "reach.not_left": ("，若乘飞机则尚未起飞。", "; an airliner would not have left yet."),
    "reach.not_arrived": ("，若乘飞机则尚在途中。", "; with an airliner they would not have arrived anywhere yet."),
    "reach.flown": ("，乘飞机最远约 {far}。", "; with an airliner, door to door, some {far}."),
    "reach.anywhere": ("，乘飞机可达全球任何地方。", "; with an airliner they could be anywhere on Earth."),
    "reach.too_far": (
        "两地至少相距 {far}，任何方式都无法到达。",
        "The places are at least {far} apart: farther than any of these.",
    ),
    "reach.far_enough": (
        "两地至少相距 {far}，乘飞机可以到达。",
        "The places are at least {far} apart: within reach by airliner.",
    ),
    "reach.far_enough_by_land": (
        "两地至少相距 {far}，如有陆路相通，{way}即可到达。",
        "The places are at least {far} apart: within reach {way}, where a way over land leads there.",
    ),
    "reach.one_place": (
        "两地的误差范围相互重叠，可能是同一个地方。",
        "The places may be one and the same: their uncertainty overlaps.",
    ),
    "reach.kilometres": ("{n} 公里", "{n} km"),
    "reach.metres": ("{n} 米", "{n} m"),
    # Around the map
    "journey.title": ("登录地变化", "Journey between two sign-ins"),
    "journey.distance": ("两地距离", "Distance"),
    "journey.least": ("扣除误差后至少", "At least, after uncertainty"),
    "journey.time": ("间隔", "Time between"),
    "journey.speed": ("最低时速", "Least speed"),
    "journey.kmh": ("{n} 公里/小时", "{n} km/h"),
    "journey.uncertainty": ("误差 ±{n} 公里", "± {n} km"),
    "journey.reach": ("该时间内最远可达（门到门）", "Furthest in that time, door to door"),
    "journey.apart": ("两地至少相距 {far}", "apart at least {far}"),
    "journey.sources": ("陆地轮廓：Natural Earth（公有领域）", "Land: Natural Earth (public domain)"),
}
