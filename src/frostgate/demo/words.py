"""What the demo says, Chinese and English side by side. What the program itself says stands in `base/sentences/`."""

from collections.abc import Mapping
from typing import Any

from frostgate.base.model import Language

Pair = tuple[str, str]


class CannotTell(Exception):
    """The demo cannot go on; `key` names the sentence that says why and what to do."""

    def __init__(self, key: str, **params: Any) -> None:
        self.key = key
        self.params = params
        super().__init__(f"{key}: {params}")


PROBLEMS: Mapping[str, Pair] = {
    "port_taken": (
        "端口 {port} 已被占用（{problem}）。演示需要两个相邻的空闲端口，请另选一个：frostgate demo --port 9080",
        "Port {port} is taken ({problem}). The demo needs two free ports in a row; choose others: "
        "frostgate demo --port 9080",
    ),
    "folder_unwritable": (
        "无法写入数据目录 {folder}（{problem}）。请另选一个：frostgate demo --data 目录",
        "The data folder {folder} cannot be written ({problem}). Choose another: frostgate demo --data FOLDER",
    ),
    "folder_busy": (
        "另一个演示正在使用数据目录 {folder}。请先用 Ctrl-C 停止它，或另选一个：frostgate demo --data 目录",
        "Another demo is running in {folder}. Stop it with Ctrl-C, or choose another folder: "
        "frostgate demo --data FOLDER",
    ),
    "folder_other_version": (
        "{folder} 中的数据来自另一个版本。重新开始请用：frostgate demo --fresh（原有演示数据会被清除）",
        "The data in {folder} is of another version. Begin anew with frostgate demo --fresh "
        "(it removes the old demo's data)",
    ),
    "folder_factor": (
        "演示账号 {person} 已设置二次验证，演示程序无法再以其身份登录。"
        "重新开始请用：frostgate demo --fresh（原有演示数据会被清除）",
        "{person} of this demo has a second factor now, so the demo cannot sign in as them. Begin anew with "
        "frostgate demo --fresh (it removes the old demo's data)",
    ),
    "folder_spoilt": (
        "{folder} 中的演示数据无法使用（{problem}）。重新开始请用：frostgate demo --fresh",
        "The demo's data in {folder} cannot be used ({problem}). Begin anew with frostgate demo --fresh",
    ),
    "folder_foreign": (
        "{folder} 中已有 {name}，但不是演示留下的。请另选一个目录：frostgate demo --data 目录",
        "{folder} holds {name}, which no demo left there. Choose another folder: frostgate demo --data FOLDER",
    ),
    "server_failed": (
        "服务未能启动或中途退出。它最后的输出（全文见 {log}）：\n{last}\n"
        "如果数据来自另一个版本，请用 --fresh 重新开始。",
        "The server did not start, or ended. Its last words (all of them are in {log}):\n{last}\n"
        "If the data is of another version, begin anew with --fresh.",
    ),
    "no_smtp": (
        "演示的信箱需要 aiosmtpd：pip install 'frostgate[demo]'",
        "The demo's mailbox needs aiosmtpd: pip install 'frostgate[demo]'",
    ),
    "api_refused": (
        "接口给出了意料之外的回答：{problem}。如果数据来自另一个版本，请用 --fresh 重新开始。",
        "The API answered what the story did not expect: {problem}. "
        "If the data is of another version, begin anew with --fresh.",
    ),
}

MAILBOX: Mapping[str, Pair] = {
    "title": ("演示信箱", "The demo's mailbox"),
    "lead": (
        "冻结与解冻的通知经真实的 SMTP 送到这里。邮件只留在本机。",
        "Notices of freezes and thaws arrive here over real SMTP. No mail leaves this machine.",
    ),
    "empty": ("还没有邮件。", "No mail yet."),
    "to": ("收件人", "To"),
    "sender": ("发件人", "From"),
    "date": ("时间", "Date"),
    "code": ("查验编号", "Check number"),
    "back": ("全部邮件", "All mail"),
    "as_html": ("邮件正文（HTML）", "As HTML"),
    "as_text": ("邮件正文（纯文本）", "As plain text"),
    "source": ("原始邮件", "The mail as it came over the wire"),
    "other": ("English", "中文"),
    "foot": (
        "页面每 4 秒自动刷新，不使用脚本；只能在本机访问。",
        "The page renews itself every four seconds without scripts, and answers on this machine only.",
    ),
}

STORY: Mapping[str, Pair] = {
    # Before
    "banner": ("Frostgate 演示：一次冻结，从头到尾", "Frostgate demo: a freeze from beginning to end"),
    "first_start": ("首次启动：准备数据目录 {folder}", "First start: preparing {folder}"),
    "next_start": ("{folder} 中已有数据，继续使用", "The data in {folder} is there already"),
    "server_up": (
        "服务已启动（SQLite，统计窗口在进程内，无需其他服务）：{url}，用时 {seconds} 秒",
        "The server runs (SQLite, windows in the process, no other server): {url}, after {seconds} s",
    ),
    "filled": (
        "经公开接口写入：{tenants} 个企业、{accounts} 个账号、一周内的 {events} 个事件，"
        "用时 {seconds} 秒（每秒 {rate} 个事件）",
        "Through the public API: {tenants} tenants, {accounts} accounts and {events} events of a week, in {seconds} s "
        "({rate} events/s)",
    ),
    "week_verdicts": ("这一周的判定：{verdicts}", "The week's verdicts: {verdicts}"),
    "signed_in": ("{count} 个角色已登录；信箱：{mailbox}", "{count} roles are signed in; mailbox: {mailbox}"),
    # Headings
    "h_home": ("{name}在{city}登录", "{name} signs in from {city}"),
    "h_journey": ("一小时后，“{name}”在{city}登录", 'An hour later, "{name}" signs in from {city}'),
    "h_gate": ("现在接入点会得到什么回答", "What the gate answers now"),
    "h_notice": ("通知到达信箱", "The notice reaches the mailbox"),
    "h_twice": ("同一事件再上报一次", "The same event is told twice"),
    "h_reviewer": ("审核员打开案件", "A reviewer opens the case"),
    "h_release": ("审核员打电话核实后解冻", "The reviewer calls her, and releases the hold"),
    "h_bulk": ("{name} 开始批量发送", "{name} begins to send in bulk"),
    "h_two": ("两项处置，互不影响", "Two holds, and each has its own way out"),
    "h_journal": ("谁做了什么，可以核对", "Who did what can be checked"),
    # The freeze
    "login_detail": (
        "{kind}　{account}　IP {ip}　设备 {device}　发生于 {time}",
        "{kind}  {account}  from {ip}  device {device}  at {time}",
    ),
    "verdict": ("判定", "verdict"),
    "rule": ("规则", "rule"),
    "hold": ("处置", "hold"),
    "case": ("案件", "case"),
    "decision": ("决定", "decision"),
    "why": ("原因", "why"),
    "speed": ("速度", "speed"),
    "speed_of_freeze": (
        "事件发出后 {verdict} 毫秒得到判定，{gate} 毫秒时接入点已拒绝",
        "verdict {verdict} ms after the event was sent; the gate refused at {gate} ms",
    ),
    "all_allowed": ("登录与五项服务全部放行", "sign-in and all five services are allowed"),
    "gate": ("接入点", "gate"),
    "service": ("服务", "service"),
    "answer": ("回答", "answer"),
    "code": ("代码", "code"),
    "allowed": ("放行", "allowed"),
    "refused": ("拒绝", "refused"),
    "asked": ("需先验证身份", "refused until verified"),
    "told_holder": ("告知持有人", "to the holder"),
    # The notice
    "to": ("收件人", "to"),
    "subject": ("主题", "subject"),
    "read_it": ("阅读", "read it"),
    "genuine": ("核验", "genuine?"),
    "took": ("用时", "took"),
    "mail_took": (
        "事件发出后 {ms} 毫秒，邮件已送达（SMTP）",
        "the mail was there {ms} ms after the event was sent (SMTP)",
    ),
    "mail_late": ("邮件尚未到达，稍后见信箱页面", "the mail is not there yet; the mailbox page will show it"),
    # Twice
    "twice_same": (
        "判定相同：{verdict}，repeated = {repeated}；处置仍是 {holds} 项，没有新增",
        "the same verdict: {verdict}, repeated = {repeated}; still {holds} hold and not two",
    ),
    # The reviewer
    "who": ("经办", "who"),
    "condition": ("条件", "condition"),
    "values": ("取值", "values"),
    "events": ("前后事件", "around it"),
    "note_text": (
        "拨打登记电话核实：本人昨晚飞抵法兰克福参展，在酒店用新手机登录；上午的北京登录是家中平板自动登录。",
        "Called the number on file: she flew to Frankfurt last night for a fair and used a new phone; the sign-in from "
        "Beijing was the tablet at home.",
    ),
    "release_text": (
        "电话核实为本人操作，属误冻结。",
        "Confirmed by phone: it was the holder herself, frozen by mistake.",
    ),
    "note": ("备注", "note"),
    "reason": ("理由", "reason"),
    "finding": ("结论", "finding"),
    "mistake": ("误冻结：{reason}", "mistake: {reason}"),
    "thaw_speed": (
        "解冻后 {ms} 毫秒，接入点重新放行全部服务",
        "{ms} ms after the release the gate allows every service again",
    ),
    "thaw_mail": ("解冻通知也已送达：{subject}", "the notice of the release arrived too: {subject}"),
    "again": (
        "她再次从{city}用同一部手机登录：{verdict}。同样的证据不会再次冻结她",
        "she signs in from {city} on the same phone again: {verdict}. The same evidence does not freeze her twice",
    ),
    "h_mail": ("通知", "notice"),
    "nothing": ("", ""),
    "tor_text": (
        "本人已通过视频核验身份，平时使用隐私浏览器。",
        "The holder proved who they are in a video call; they use a privacy browser.",
    ),
    # Bulk
    "bulk_first": (
        "1.5 秒内 {count} 条群消息：{verdicts}",
        "{count} group messages in a second and a half: {verdicts}",
    ),
    "bulk_throttled": (
        "第 {nth} 条起限速，请在 {retry} 秒后重试",
        "throttled from message {nth} on: try again in {retry} s",
    ),
    "bulk_more": ("没有停下，又发了 {count} 条：{verdicts}", "it goes on, {count} more: {verdicts}"),
    "bulk_challenged": ("第 {nth} 条起要求验证身份", "asked to verify from message {nth} on"),
    "bulk_end": ("仍不停止，再发 {count} 条：{verdicts}", "and on, {count} more: {verdicts}"),
    "bulk_frozen": ("第 {nth} 条起冻结", "frozen from message {nth} on"),
    "bulk_speed": (
        "{count} 个事件逐个判定并落盘，用时 {seconds} 秒",
        "{count} events, each judged and saved, in {seconds} s",
    ),
    # Two holds
    "manual_text": (
        "群发内容含可疑收款码，转人工调查。",
        "The messages carry a suspicious payment code; under investigation.",
    ),
    "cooled_text": ("发送密钥已更换，冷却期已过。", "The sending key was replaced and the cooling-off time is over."),
    "two_placed": ("{who} 另行冻结：{reason}", "{who} freezes it as well: {reason}"),
    "two_released": (
        "{who} 只解除批量发送的那项冻结：{reason}",
        "{who} releases only the freeze for bulk sending: {reason}",
    ),
    "two_still": ("接入点仍然拒绝，现在的原因是：{cause}", "the gate still refuses, now because of: {cause}"),
    "open_holds": ("仍有效的处置", "still open"),
    # The journal
    "journal_holds": (
        "{entries} 条记录，哈希链完整，链头 {head}",
        "{entries} entries and the chain holds; head {head}",
    ),
    "journal_broken": ("链在第 {entries} 条之后断开：{problem}", "the chain breaks after entry {entries}: {problem}"),
    "newest": ("最近几条", "the newest"),
    # After
    "running": ("Frostgate 正在运行，可以试试", "Frostgate is running, try these"),
    "next_time": ("再次启动后可以试试", "When it runs again, try these"),
    "addresses": ("地址", "Addresses"),
    "a_api": ("接口", "API"),
    "a_schema": ("接口文档（OpenAPI）", "API description (OpenAPI)"),
    "a_help": ("冻结了怎么办", "What to do when frozen"),
    "a_verify": ("核验通知真伪", "Is a notice genuine?"),
    "a_self_check": ("账号自查", "Why can I not sign in?"),
    "a_fraud": ("防范解冻诈骗、举报假通知", "Thaw fraud, and fake notices"),
    "a_mailbox": ("信箱", "Mailbox"),
    "a_ready": ("健康状态", "Is it ready?"),
    "tokens": ("各角色的令牌（12 小时内有效）", "A token for each role (good for 12 hours)"),
    "passwords_in": ("登录邮箱与密码在 {path} 中，只有您能读。", "Emails and passwords to sign in with are in {path}."),
    "curls": ("三条可以直接粘贴的命令", "Three commands to paste"),
    "curl_freeze": (
        "1. {name}半小时前在{here}登录。现在让“她”在{there}登录：",
        '1. {name} signed in from {here} half an hour ago. Let "her" sign in from {there} now:',
    ),
    "curl_gate": ("2. 问接入点：她现在能发消息吗？", "2. Ask the gate whether she may send a message now:"),
    "curl_cases": ("3. 以审核员身份查看待办案件：", "3. See the open cases as a reviewer:"),
    "until": ("按 Ctrl-C 停止。", "Ctrl-C stops it."),
    "stopping": ("正在停止…", "Stopping ..."),
    "stopped": (
        "已停止。数据保存在 {folder}，下次启动只需几秒。",
        "Stopped. Everything is kept in {folder}; the next start takes seconds.",
    ),
    "problem": ("无法继续：{problem}", "Cannot go on: {problem}"),
    "another_way": (
        "事情的经过与故事不同（缺少：{what}），可能启用了另一套策略。服务仍在运行。",
        "Things went another way than the story (missing: {what}); perhaps another policy is in force. "
        "The server keeps running.",
    ),
}

ROLES: Mapping[str, Pair] = {
    "superintendent": ("超级管理员", "superintendent"),
    "lead": ("风控主管", "lead"),
    "reviewer": ("审核员", "reviewer"),
    "policy_author": ("策略编写", "policy author"),
    "policy_publisher": ("策略发布", "policy publisher"),
    "auditor": ("审计员", "auditor"),
    "customer_success": ("客户成功", "customer success"),
    "finance": ("财务", "finance"),
    "owner": ("企业所有者", "owner"),
    "administrator": ("企业管理员", "administrator"),
    "security": ("企业安全", "security"),
    "tenant_finance": ("企业财务", "tenant finance"),
    "member": ("企业成员", "member"),
    "ingest": ("上报事件（机器）", "events in (machine)"),
    "gate": ("接入点（机器）", "gate (machine)"),
    "verifier": ("身份核验（机器）", "verifier (machine)"),
    "portal": ("账号页面（机器）", "portal (machine)"),
}

VERDICTS: Mapping[str, Pair] = {
    "allow": ("放行", "allow"),
    "challenge": ("验证身份", "challenge"),
    "throttle": ("限速", "throttle"),
    "refuse": ("拒绝", "refuse"),
    "limit": ("功能限制", "limit"),
    "freeze": ("冻结", "freeze"),
}


class Words:
    """One language's side of the tables."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._side = int(language is Language.EN)

    def say(self, key: str, **params: Any) -> str:
        """A sentence of the story."""
        return STORY[key][self._side].format(**params)

    def problem(self, problem: CannotTell) -> str:
        """Why the demo cannot go on."""
        return PROBLEMS[problem.key][self._side].format(**problem.params)

    def role(self, role: str) -> str:
        """A role's name."""
        return ROLES[role][self._side]

    def verdict(self, verdict: str) -> str:
        """A verdict, with the word on the wire where the language has another."""
        name = VERDICTS[verdict][self._side]
        return name if name == verdict else f"{name} {verdict}"

    def counts(self, counts: Mapping[str, int]) -> str:
        """How many of each verdict."""
        between = "，" if self.language is Language.ZH else ", "
        return between.join(f"{self.verdict(name)} {count:,}" for name, count in counts.items())
