"""What tenants and holders declare: trips, networks, profiles of bots and services."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    # Trips
    "trip.unknown": ("该行程报备不存在。", "There is no such trip."),
    "trip.backwards": ("结束时间须晚于开始时间。", "A trip ends after it begins."),
    "trip.past": (
        "行程已结束，无法补报。",
        "This trip was over before it was declared; only a trip that still goes on, or is to come, can be.",
    ),
    "trip.too_long": ("单次行程最长 {days} 天。", "A trip lasts {days} days at most."),
    "trip.too_far_ahead": (
        "最多可提前 {days} 天报备行程。",
        "A trip can be declared {days} days ahead at most.",
    ),
    "trip.country_unknown": (
        "无法识别国家或地区代码 {country}，请使用两位字母代码（如 PT）。",
        "There is no country {country}. Use the two letters of ISO 3166-1, such as PT.",
    ),
    "trip.too_many": (
        "该账号未结束的行程报备已达 {limit} 个上限，请先取消不再需要的行程。",
        "The account has {limit} open trips, and that is the limit. Cancel one that is not needed any more.",
    ),
    "trip.decided_already": (
        "该行程已审批或已取消，无法重复操作。",
        "This trip was decided about or cancelled before.",
    ),
    "trip.over": ("行程已结束，无需再作处理。", "This trip is over; there is nothing left to decide."),
    "trip.own": (
        "不能审批自己报备的行程，请由其他管理员审批。",
        "Somebody other than who declared the trip must approve it.",
    ),
    # Networks and the allowlist
    "network.unknown": ("该网段不存在。", "There is no such network."),
    "network.cidr_unusable": (
        "网段 {cidr} 格式有误，请使用 CIDR 格式，如 203.0.113.0/24 或 2001:db8::/32。",
        "{cidr} is no network. Write it as 203.0.113.0/24 or 2001:db8::/32.",
    ),
    "network.host_bits": (
        "{cidr} 不是网段的起始地址，您要填写的可能是 {network}。",
        "{cidr} has bits set behind its prefix. The network that contains it is {network}.",
    ),
    "network.too_broad": (
        "网段范围过大（/{prefix}），最大可填写 /{broadest}。",
        "A network of /{prefix} is too broad to be declared; /{broadest} is the broadest.",
    ),
    "network.exists": ("网段 {network} 已添加，无需重复添加。", "The network {network} is in the list already."),
    "network.too_many": ("最多可添加 {limit} 个网段。", "A tenant can declare {limit} networks at most."),
    "allowlist.empty": (
        "白名单为空，启用后所有人都将无法登录。请先添加允许登录的网段。",
        "The allowlist is empty: enforcing it would lock everybody out. Add an allowed network first.",
    ),
    "allowlist.untested": (
        "启用白名单前，请填写您当前的 IP 地址，以确认不会把自己拒之门外。",
        "Name an address of your own that the allowlist covers, so that you do not lock yourself out.",
    ),
    "allowlist.misses": (
        "白名单未包含地址 {address}，启用后您将无法从该地址登录。",
        "The allowlist does not cover {address}: once it is enforced you could not sign in from there.",
    ),
    "allowlist.in_force": (
        "白名单启用期间须至少保留一个允许登录的网段。如需删除，请先停用白名单。",
        "This is the last network of an allowlist that is enforced. Stop enforcing it first.",
    ),
    # Profiles of bots and services
    "profile.unknown": ("该账号尚未登记用途档案。", "Nobody has declared a profile of this account."),
    "profile.for_person": (
        "账号 {account} 为个人账号，仅机器人和服务账号可登记用途档案。",
        "The account {account} is a person's; only bots and services have a profile.",
    ),
}
