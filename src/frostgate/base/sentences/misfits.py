"""What decoders complain of when a value does not fit its place, and how people are told: one table of patterns.

Each pattern fits the whole message of a decoder, without the path that may follow it; its named parts fill the
sentences. `wanted` and `got` are types and are said as in `TYPES`; `reason` is itself a message with a pattern here.
"""

from collections.abc import Mapping

_INSIDE_JSON = r"JSON is malformed: (?P<reason>.+) \(byte (?P<byte>\d+)\)"
_GOT = r"(?:, got `(?P<got>[^`]+)`)?"
_COUNTED = r"(?:, got (?P<count>\d+))?"

# the decoder's name of a type -> (Chinese, English); what a program of any language calls it, not only one in Python
TYPES: Mapping[str, tuple[str, str]] = {
    "any": ("任意值", "anything"),
    "array": ("数组", "an array"),
    "bool": ("布尔值", "a boolean"),
    "bytes": ("字节串（Base64）", "a string in Base64"),
    "date": ("日期", "a date"),
    "datetime": ("日期时间", "a date with a time"),
    "decimal": ("十进制数", "a decimal number"),
    "duration": ("时长", "a duration"),
    "float": ("数字", "a number"),
    "int": ("整数", "an integer"),
    "null": ("空值（null）", "null"),
    "object": ("对象", "an object"),
    "str": ("字符串", "a string"),
    "time": ("时间", "a time of day"),
    "uuid": ("唯一标识符（UUID）", "a UUID"),
}

# pattern -> (Chinese, English); the first that fits decides
PATTERNS: Mapping[str, tuple[str, str]] = {
    # The shape of a value
    rf"Expected `(?P<wanted>[^`]+)`{_GOT}": ("应为{wanted}[，实际为{got}]", "Expected {wanted}[, got {got}]"),
    r"Object missing required field `(?P<field>.*)`": (
        "缺少必填字段 {field}",
        "The required field `{field}` is missing",
    ),
    r"Object contains unknown field `(?P<field>.*)`": ("不支持的字段 {field}", "There is no field `{field}`"),
    r"Unknown parameter `(?P<name>.*)`": ("不支持的参数 {name}", "There is no parameter `{name}`"),
    r"Missing required (?P<kind>\w+) parameter '(?P<name>.*)' for path .*": (
        "缺少必填参数 {name}",
        "The required parameter `{name}` is missing",
    ),
    r"Invalid enum value '?(?P<value>.*?)'?, not one of (?P<choices>.*)": (
        "不支持的取值“{value}”，可选值：{choices}",
        "'{value}' is not among the choices: {choices}",
    ),
    r"Invalid enum value '?(?P<value>.*?)'?": ("不支持的取值“{value}”", "'{value}' is not among the choices"),
    r"Invalid value '?(?P<value>.*?)'?": ("不支持的取值“{value}”", "'{value}' is not among the choices"),
    # Text
    rf"Expected `(?:str|bytes|array|object)` of (?:at least length|length >=) 1{_COUNTED}": (
        "不能为空",
        "This must not be empty",
    ),
    r"Expected `str` of length >= (?P<least>\d+)": ("至少 {least} 个字符", "Expected at least {least} characters"),
    r"Expected `str` of length <= (?P<most>\d+)": ("最多 {most} 个字符", "Expected at most {most} characters"),
    r"Expected `str` matching regex '?(?P<regex>.*?)'?": (
        "格式有误，应匹配正则表达式 {regex}",
        "Expected a string matching the regular expression {regex}",
    ),
    r"Expected `bytes` of length >= (?P<least>\d+)": ("至少 {least} 字节", "Expected at least {least} bytes"),
    r"Expected `bytes` of length <= (?P<most>\d+)": ("最多 {most} 字节", "Expected at most {most} bytes"),
    r"Invalid base64 encoded string": ("Base64 编码有误", "This is not Base64"),
    r"Invalid UUID(?: bytes)?": ("UUID 格式有误", "This is not a UUID"),
    # Numbers
    r"Expected `\w+` >= (?P<least>\S+)": ("不能小于 {least}", "Expected at least {least}"),
    r"Expected `\w+` <= (?P<most>\S+)": ("不能大于 {most}", "Expected at most {most}"),
    r"Expected `\w+` > (?P<limit>\S+)": ("必须大于 {limit}", "Expected more than {limit}"),
    r"Expected `\w+` < (?P<limit>\S+)": ("必须小于 {limit}", "Expected less than {limit}"),
    r"Expected `\w+` that's a multiple of (?P<step>\S+)": ("必须是 {step} 的倍数", "Expected a multiple of {step}"),
    r"(?:Number|Integer value) out of range": ("数值超出范围", "The number is out of range"),
    r"Invalid decimal string": ("数字格式有误", "This is not a decimal number"),
    # Lists and objects
    rf"Expected `array` of (?:at least length|length >=) (?P<least>\d+){_COUNTED}": (
        "至少 {least} 项[，实际 {count} 项]",
        "Expected at least {least} items[, got {count}]",
    ),
    rf"Expected `array` of (?:at most length|length <=) (?P<most>\d+){_COUNTED}": (
        "最多 {most} 项[，实际 {count} 项]",
        "Expected at most {most} items[, got {count}]",
    ),
    rf"Expected `array` of length (?P<least>\d+) to (?P<most>\d+){_COUNTED}": (
        "应为 {least} 至 {most} 项[，实际 {count} 项]",
        "Expected {least} to {most} items[, got {count}]",
    ),
    rf"Expected `array` of length (?P<exact>\d+){_COUNTED}": (
        "应为 {exact} 项[，实际 {count} 项]",
        "Expected {exact} items[, got {count}]",
    ),
    r"Expected `object` of length >= (?P<least>\d+)": ("至少 {least} 个字段", "Expected at least {least} fields"),
    r"Expected `object` of length <= (?P<most>\d+)": ("最多 {most} 个字段", "Expected at most {most} fields"),
    # Times
    r"Invalid RFC3339 encoded datetime": (
        "日期时间格式有误，应符合 RFC 3339，如 2026-03-02T04:00:00Z",
        "Expected a date with a time as in RFC 3339, such as 2026-03-02T04:00:00Z",
    ),
    r"Invalid RFC3339 encoded date": ("日期格式有误，应如 2026-03-02", "Expected a date, such as 2026-03-02"),
    r"Invalid RFC3339 encoded time": ("时间格式有误，应如 04:00:00Z", "Expected a time of day, such as 04:00:00Z"),
    r"Expected `\w+` with a timezone component": (
        "须注明时区，如结尾的 Z 或 +08:00",
        "Expected a time zone, such as Z or +08:00 at the end",
    ),
    r"Expected `\w+` with no timezone component": ("不能带时区", "Expected no time zone"),
    r"Invalid epoch timestamp": ("时间戳有误", "This is not a time"),
    r"Timestamp is out of range ?": ("时间超出范围", "The time is out of range"),
    r"Invalid ISO8601 duration": ("时长格式有误，应符合 ISO 8601，如 PT30M", "Expected a duration, such as PT30M"),
    r"Only units 'D', 'H', 'M', and 'S' are supported when parsing ISO8601 durations": (
        "时长只支持单位 D、H、M、S",
        "A duration has no units but D, H, M and S",
    ),
    r"Duration is out of range": ("时长超出范围", "The duration is out of range"),
    # The text as a whole
    r"'data'": ("请求内容为空", "There is no content"),  # so the framework says that a body is missing
    r"Input data was truncated": ("内容不完整", "The content ends too early"),
    r"'utf-8' codec can't decode .*": ("内容不是有效的 UTF-8 文本", "The content is not UTF-8"),
    r"maximum recursion depth exceeded.*": ("嵌套层数过多", "The content is nested too deeply"),
    _INSIDE_JSON: ("JSON 格式有误，偏移 {byte} 字节处{reason}", "This is not JSON: {reason} at byte {byte}"),
    r"expected '(?P<one>.)' or '(?P<other>.)'": ("应为“{one}”或“{other}”", "expected '{one}' or '{other}'"),
    r"expected '(?P<one>.)'": ("应为“{one}”", "expected '{one}'"),
    r"trailing comma in (?:array|object)": ("有多余的逗号", "a comma too many"),
    r"trailing characters": ("有多余的内容", "something more after the end"),
    r"object keys must be strings": ("的键名不是字符串", "a key that is not a string"),
    r"invalid character": ("有无效字符", "a wrong character"),
    r"invalid number": ("的数字格式有误", "a wrong number"),
    r"(?:invalid|unexpected end of) (?:escape|hex|utf-16|character in unicode|escaped).*": (
        "的转义序列有误",
        "a wrong escape",
    ),
    # What we ourselves find when a decoder is content
    r"an event needs data": ("事件缺少 data", "an event needs data"),
    r"control or direction characters": ("含有控制字符或文字方向字符", "control or direction characters"),
    r"not an IP address": ("不是有效的 IP 地址", "not an IP address"),
    r"not a currency of ISO 4217": ("不是 ISO 4217 货币代码", "not a currency of ISO 4217"),
    r"(?P<kind>usage|charge|payment) needs (?P<field>\w+)": ("{kind} 事件须填写 {field}", "{kind} needs {field}"),
    r"(?P<kind>usage|charge|payment) has no (?P<field>\w+)": ("{kind} 事件不能填写 {field}", "{kind} has no {field}"),
    r"at most (?P<most>\d+) evaluations at once": ("一次最多判断 {most} 项", "at most {most} evaluations at once"),
    r"a value that cannot be stored or looked for": (
        "含有无法存储或检索的内容",
        "a value that cannot be stored or looked for",
    ),
    r"an event of a file needs its `time`": ("文件中的事件须注明 time", "an event of a file needs its time"),
    r"the same source and id as an earlier line": (
        "source 和 id 与前面的某一行相同",
        "the same source and id as an earlier line",
    ),
    r"longer than (?P<bytes>\d+) bytes": ("超过 {bytes} 字节", "longer than {bytes} bytes"),
}
