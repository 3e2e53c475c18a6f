"""Only addresses of single hosts in the public internet are public."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uas_server.media.address import is_public

PUBLIC = ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]
NOT_PUBLIC = [
    *("127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "100.127.255.255", "0.0.0.0", "0.1.2.3"),  # noqa: S104
    *("224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.0.0.8"),
    *("192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1"),
    *("fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd12::1", "ff02::1", "3fff::1", "100::1"),
    *("5f00::1", "example.org", "", "1.1.1", "0x7f.1", "2130706433", "1.1.1.1%eth0"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_hosts_of_the_public_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_nothing_else_is(address):
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_becomes_public_inside_ipv6(address):
    number = int(address)
    embedded = [
        ipaddress.IPv6Address(prefix) + number
        for prefix in ("::ffff:0:0", "64:ff9b::", "::", "::ffff:0:0:0", "64:ff9b:1::")
    ]
    six_to_four = ipaddress.IPv6Address("2002::") + (number << 80)
    assert not any(is_public(str(address)) for address in (*embedded, six_to_four))


@given(st.ip_addresses())
def test_what_is_public_is_global_and_one_host(address):
    if is_public(str(address)):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_private
