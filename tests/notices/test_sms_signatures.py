"""Our signatures beside those that Alibaba Cloud and Tencent Cloud publish as worked examples."""

from datetime import UTC, datetime

from frostgate.notices.providers import alibaba, tencent
from frostgate.notices.providers.model import Access


def access(key_id: str, key_secret: str) -> Access:
    return Access(key_id=key_id, key_secret=key_secret, sign_name="-", endpoint="-")


def test_alibaba_s_worked_example() -> None:
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    query = {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    assert alibaba.authorization(access("YourAccessKeyId", "YourAccessKeySecret"), query, headers) == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_tencent_s_worked_example() -> None:
    """Its id and key are printed as stars, and it is signed with just those."""
    headers = {
        "content-type": "application/json; charset=utf-8",
        "host": "cvm.tencentcloudapi.com",
        "x-tc-action": "DescribeInstances",
    }
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    stars = access("AKID" + "*" * 32, "*" * 32)
    at = datetime.fromtimestamp(1551113065, UTC)
    assert tencent.authorization(stars, headers, body, service="cvm", at=at) == (
        f"TC3-HMAC-SHA256 Credential={stars.key_id}/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host;x-tc-action, "
        "Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
    )
