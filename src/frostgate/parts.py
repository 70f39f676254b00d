"""What settings make: the parts that the program is joined from. Each refuses settings that make no sense."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from frostgate.appeals.door import Door
from frostgate.base.clock import Clock
from frostgate.base.database import Database
from frostgate.base.money import CURRENCIES
from frostgate.base.vault import KEY_FILE_ENDS, Vault
from frostgate.billing.ledger.proposals import ApprovalLimits
from frostgate.cases.conditions.service import keeps_factors
from frostgate.cases.store import decided_cases, get_case
from frostgate.checkups.door import Door as CheckUpDoor
from frostgate.checkups.reviews.door import Door as ReviewDoor
from frostgate.config import Mail, Oidc, Settings, SettingsRefused
from frostgate.config import Sms as SmsSettings
from frostgate.directory.factors.kit import FactorKit
from frostgate.directory.factors.passkeys import RelyingParty, is_page_of
from frostgate.directory.oidc.client import Client
from frostgate.directory.oidc.model import PAGE, Provider
from frostgate.directory.oidc.service import SingleSignOn
from frostgate.directory.passwords import Passwords
from frostgate.directory.permissions import MACHINE_ROLES, TENANT_ROLES, Role
from frostgate.directory.sessions.model import SecondFactors
from frostgate.directory.sessions.opening import SignInKit
from frostgate.documents.examining import Examiner
from frostgate.documents.kit import Documents
from frostgate.documents.licences.reader import Reader, is_installed
from frostgate.documents.model import Keeping
from frostgate.notices.alerting import Alerting, Group
from frostgate.notices.channels.email import Email, Smtp
from frostgate.notices.channels.sms import Sms, Texting
from frostgate.notices.deliver import Carrier
from frostgate.notices.links.door import Door as Link
from frostgate.notices.model import Channel
from frostgate.notices.providers import alibaba, tencent
from frostgate.notices.providers.model import Access
from frostgate.notices.receipts.service import ReceiptKeys
from frostgate.notices.receipts.texts import Said
from frostgate.notices.render import Renderer, Site
from frostgate.notices.service import Says
from frostgate.notices.signing import seal, signature

_STAFF = frozenset(Role) - MACHINE_ROLES - TENANT_ROLES


def door(settings: Settings, vault: Vault) -> Door:
    """By which holders come to their appeals."""
    lasts = timedelta(days=settings.appeal_link_days)
    return Door(vault, link_lasts=lasts, is_secure=settings.address.startswith("https:"))


def check_up_door(settings: Settings, vault: Vault) -> CheckUpDoor:
    """By which holders come to their check-ups."""
    return CheckUpDoor(vault, is_secure=settings.address.startswith("https:"))


def review_door(settings: Settings, vault: Vault) -> ReviewDoor:
    """By which the people of a tenant come to its reviews."""
    return ReviewDoor(vault, is_secure=settings.address.startswith("https:"))


def renderer(settings: Settings, vault: Vault, *, appeal: Door, check_up: CheckUpDoor, review: ReviewDoor) -> Renderer:
    def leads_to(door: Link[Any], root: str) -> Callable[[str], str | None]:
        def url(notice_id: str) -> str | None:
            link = door.link_of(notice_id)
            return link and f"{settings.address}{root}/{link}"

        return url

    urls = {
        "appeal_url": leads_to(appeal, "/appeal"),
        "check_up_url": leads_to(check_up, "/check-up"),
        "review_url": leads_to(review, "/review"),
    }
    return Renderer(site(settings, **urls), sign=partial(signature, vault))


def site(settings: Settings, **urls: Callable[[str], str | None]) -> Site:
    """Who speaks in notices, and where they lead; `urls` are the site's own for what a notice leads to."""
    return Site(
        platform=settings.platform,
        help_url=f"{settings.address}/help",
        check_url=f"{settings.address}/verify",
        case_url=lambda case_id: f"{settings.address}/v1/cases/{case_id}",
        notice_url=lambda tenant_id, notice_id: f"{settings.address}/v1/tenants/{tenant_id}/notices/{notice_id}",
        words_are_ours=settings.sms.provider == "smpp",
        **urls,
    )


def vault(settings: Settings, database: Database) -> Vault:
    """What encrypts and signs. Without a key of the operator's, one is made beside SQLite's file on first use."""
    file = database.url.database
    key_file = Path(file + KEY_FILE_ENDS) if database.is_sqlite and file else None
    try:
        return Vault(settings.secrets.keys, key_file=key_file)
    except ValueError:
        raise SettingsRefused(problem="secrets.keys: each is 32 bytes in base64url") from None


def factors(settings: Settings, vault: Vault) -> FactorKit:
    """What second factors stand on."""
    chosen = settings.factors
    if (chosen.rp_id is None) != (not chosen.origins):
        raise SettingsRefused(problem="factors.rp_id and factors.origins go together")
    party = None
    if chosen.rp_id is not None:
        for origin in chosen.origins:
            if not is_page_of(origin, chosen.rp_id):
                raise SettingsRefused(problem=f"factors.origins: no page of {chosen.rp_id} has the origin {origin}")
        party = RelyingParty(id=chosen.rp_id, name=chosen.rp_name or settings.platform, origins=chosen.origins)
    return FactorKit(vault=vault, issuer=settings.platform, party=party, is_held=keeps_factors)


def sign_in(settings: Settings, factors: FactorKit, passwords: Passwords) -> SignInKit:
    """What operators sign in with."""
    chosen = settings.sign_in
    roles = _STAFF if chosen.second_factor_roles is None else frozenset(chosen.second_factor_roles)
    if roles & MACHINE_ROLES:
        raise SettingsRefused(problem="sign_in.second_factor_roles: a machine has no second factor")
    second = SecondFactors(roles=roles, grace=timedelta(days=chosen.grace_days))
    return SignInKit(passwords=passwords, factors=factors, second=second)


def single_sign_on(settings: Settings, vault: Vault, passwords: Passwords) -> SingleSignOn:
    """The identity provider of the platform's own staff, where there is one."""
    return SingleSignOn(
        client=_provider(settings.oidc, own_page=f"{settings.address}{PAGE}"),
        vault=vault,
        passwords=passwords,
        is_secure=settings.address.startswith("https:"),
    )


def _provider(chosen: Oidc, *, own_page: str) -> Client | None:
    if chosen.issuer is None:
        if chosen != Oidc():
            raise SettingsRefused(problem="oidc.issuer is missing")
        return None
    if not (chosen.client_id and chosen.client_secret):
        raise SettingsRefused(problem="oidc.client_id and oidc.client_secret go with oidc.issuer")
    if not chosen.issuer.startswith(("https://", "http://localhost:", "http://127.0.0.1:")):
        raise SettingsRefused(problem="oidc.issuer: an https address")
    if chosen.unknown_people == "add" and not chosen.roles:
        raise SettingsRefused(problem="oidc.unknown_people needs oidc.roles: which role would they be added with?")
    if not set(chosen.roles.values()) <= _STAFF:
        raise SettingsRefused(problem="oidc.roles: only roles of the platform's own staff")
    return Client(
        Provider(
            issuer=chosen.issuer,
            client_id=chosen.client_id,
            client_secret=chosen.client_secret,
            redirect_uri=chosen.redirect_uri or own_page,
            scopes=chosen.scopes,
            domains=frozenset(each.lower() for each in chosen.domains),
            role_claim=chosen.role_claim,
            roles=chosen.roles,
            creates=chosen.unknown_people == "add",
        )
    )


def documents(settings: Settings, vault: Vault) -> Documents:
    """What is handed in to cases."""
    kept = settings.documents
    keeping = Keeping(
        after_decision=timedelta(days=kept.keep_days_after_decision), at_most=timedelta(days=kept.keep_days_at_most)
    )
    return Documents(
        vault,
        examiner=Examiner(),
        find_case=get_case,
        decided=decided_cases(),
        keeping=keeping,
        reader=Reader() if is_installed() else None,
    )


def approval_limits(named: Mapping[str, int]) -> ApprovalLimits:
    """What one person may give away; an environment's variables have no capitals for currencies."""
    above = {currency.upper(): amount for currency, amount in named.items()}
    if above.keys() - CURRENCIES or min(above.values(), default=0) < 0:
        raise SettingsRefused(problem="billing.approval_above: currencies, and minor units that are not negative")
    return ApprovalLimits(above)


def receipt_keys(settings: Settings) -> ReceiptKeys:
    """What stands in the addresses to which others post what became of our notices."""
    try:
        return ReceiptKeys(settings.notices.receipt_keys)
    except ValueError as error:
        raise SettingsRefused(problem=f"notices.receipt_keys: {error}") from None


def carriers(settings: Settings, vault: Vault, clock: Clock, keep: Callable[[Said], None]) -> Mapping[Channel, Carrier]:
    """The ways that notices can travel here; `keep` keeps the receipts of texts."""
    ways: dict[Channel, Carrier] = {Channel.EMAIL: Email(_smtp(settings.mail), clock=clock, seal=partial(seal, vault))}
    if settings.sms.provider == "smpp":
        ways[Channel.SMS] = _smpp(settings.sms, keep)
    elif (texting := _texting(settings.sms)) is not None:
        ways[Channel.SMS] = Sms(texting, clock=clock)
    if settings.alerts:
        ways[Channel.CHAT] = _chat(settings, clock)
    return ways


def alerting(settings: Settings) -> Alerting:
    """Which groups of our own people are told what."""
    groups = [Group(name=each.name, language=each.language, topics=frozenset(each.what)) for each in settings.alerts]
    return Alerting(groups, time_zone=settings.clock.time_zone)


def says_by_text(settings: Settings) -> Says:
    """What can be said by text message here: anything, or what is registered."""
    sms = settings.sms
    if sms.provider == "smpp":
        return lambda template, language: True
    return lambda template, language: language in sms.templates.get(template, {})


def _chat(settings: Settings, clock: Clock) -> Carrier:
    robots = {each.name: each.url for each in settings.alerts}
    if len(robots) < len(settings.alerts):
        raise SettingsRefused(problem="alerts: each group has a name of its own")
    try:
        from frostgate.notices.channels.chat import Chat
    except ModuleNotFoundError:
        raise SettingsRefused(problem="alerts need Apprise: pip install 'frostgate[alerts]'") from None
    try:
        return Chat(robots, clock=clock)
    except ValueError as error:
        raise SettingsRefused(problem=str(error)) from None


def _smpp(sms: SmsSettings, keep: Callable[[Said], None]) -> Carrier:
    given = sms.smpp
    if not (given.host and given.system_id and given.source):
        raise SettingsRefused(problem="sms.smpp.host, sms.smpp.system_id and sms.smpp.source are all needed")
    if sms != SmsSettings(provider="smpp", smpp=given, most_parts=sms.most_parts):
        raise SettingsRefused(problem="sms.provider is smpp: what else stands under sms is for other providers")
    try:
        from frostgate.notices.channels.smpp import Smpp
        from frostgate.notices.smpp.session import Gateway
    except ModuleNotFoundError:
        raise SettingsRefused(problem="sms.provider smpp needs smpp34: pip install 'frostgate[smpp]'") from None
    try:
        gateway = Gateway(
            host=given.host,
            port=given.port,
            system_id=given.system_id,
            password=given.password,
            system_type=given.system_type,
            source=given.source,
            tls=given.tls,
            ca_file=given.ca_file,
            long_texts=given.long_texts,
            window=given.window,
            timeout=timedelta(seconds=given.timeout),
            enquire=timedelta(seconds=given.enquire_seconds),
        )
    except ValueError as error:
        raise SettingsRefused(problem=str(error)) from None
    return Smpp(gateway, keep=keep)


def _texting(sms: SmsSettings) -> Texting | None:
    if sms.provider is None:
        if sms != SmsSettings(most_parts=sms.most_parts):
            raise SettingsRefused(problem="sms.provider is missing: alibaba, tencent or smpp")
        return None
    assert sms.provider != "smpp", "BUG: a gateway has no registered texts"
    if sms.smpp != SmsSettings().smpp:
        raise SettingsRefused(problem="sms.smpp is for sms.provider smpp alone")
    endpoint = sms.endpoint or (alibaba.ENDPOINT if sms.provider == "alibaba" else tencent.ENDPOINT)
    access = Access(
        key_id=sms.key_id,
        key_secret=sms.key_secret,
        sign_name=sms.sign_name,
        endpoint=endpoint.rstrip("/"),
        app_id=sms.app_id,
        region=sms.region,
    )
    try:
        return Texting(
            provider=sms.provider,
            access=access,
            templates=sms.templates,
            timeout=timedelta(seconds=sms.timeout),
        )
    except ValueError as error:
        raise SettingsRefused(problem=str(error)) from None


def _smtp(mail: Mail) -> Smtp:
    try:
        return Smtp(
            host=mail.host,
            port=mail.port,
            sender=mail.sender,
            sender_name=mail.sender_name,
            security=mail.security,
            username=mail.username,
            password=mail.password,
            timeout=timedelta(seconds=mail.timeout),
            ca_file=mail.ca_file,
        )
    except ValueError as error:
        raise SettingsRefused(problem=str(error).replace("smtp.", "mail.")) from None
