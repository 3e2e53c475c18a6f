"""Which addresses belong to the public internet. Knows no network; takes the text of an address.

Source: IANA's special-purpose registries for IPv4 and IPv6, of which `ipaddress` has most.
"""

import ipaddress

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NOT_FOR_US = tuple(
    map(
        ipaddress.ip_network,
        (
            "192.0.0.0/24",  # protocol assignments
            "192.88.99.0/24",  # 6to4 relays, given up
            "2001::/23",  # protocol assignments, Teredo among them: an IPv4 address inside
            "2002::/16",  # 6to4: an IPv4 address inside
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(text: str) -> bool:
    """Whether this is the address of one host in the public internet.

    Of IPv6 only global unicast counts: what maps or translates IPv4 (`::ffff:0:0/96`, NAT64's
    `64:ff9b::/96`), link-local, unique-local and multicast addresses are outside of it.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    special = any(address in network for network in _NOT_FOR_US)
    return address.is_global and not address.is_multicast and not special
