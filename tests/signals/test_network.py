import pytest

from frostgate.signals.model import Unknown
from frostgate.signals.network import KINDS, Networks, suspicious


@pytest.mark.parametrize(
    ("ip", "kind"),
    [
        ("185.220.101.1", "tor"),
        ("52.95.110.1", "hosting"),
        ("66.249.66.1", "bot"),
        ("104.16.1.1", "cdn"),
        ("::ffff:104.16.1.1", "cdn"),
        ("192.168.1.1", "reserved"),
        ("224.0.0.1", "reserved"),
        ("85.245.107.41", "unlisted"),
    ],
)
def test_each_address_has_a_kind(networks: Networks, ip: str, kind: str):
    assert networks.kind(ip) == kind


def test_a_malformed_address_has_none(networks: Networks):
    found = networks.kind("1.2.3")
    assert isinstance(found, Unknown)
    assert found.reason == "address_malformed"


def test_only_networks_that_hide_people_are_suspicious():
    assert {kind for kind in KINDS if suspicious(kind)} == {"tor", "vpn", "hosting"}
