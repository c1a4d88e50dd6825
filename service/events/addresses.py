"""Where a webhook may go: never to this machine or the own network by mistake (server-side request forgery).

A name is resolved once, each address it has is checked, and the connection goes to the one that was checked: a name
that resolves to another address a moment later (DNS rebinding) gains nothing.
"""

import ipaddress
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from service.events.errors import BadAddress, ForbiddenAddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
PORTS: Mapping[str, int] = {"https": 443, "http": 80, "mqtts": 8883, "mqtt": 1883}
PLAIN = frozenset({"http", "mqtt"})  # not encrypted: within the own network at most
WEB, MQTT = ("https", "http"), ("mqtts", "mqtt")
UNICAST = ipaddress.ip_network("2000::/3")  # of IPv6, all that the internet routes (RFC 4291, 2.4)
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in it is reached through it
SPECIAL = tuple(  # by the IANA registries of special purposes; Python's `is_global` does not know all of them
    ipaddress.ip_network(text) for text in ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "3fff::/20")
)
LONGEST = 2000
VISIBLE = re.compile(r"[!-~]*")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A server, resolved."""

    address: str  # that was checked
    port: int
    host: str  # as it stands in the header Host
    name: str  # whose certificate is wanted
    url: str  # with the address in place of the name


def resolve(name: str, port: int) -> list[str]:
    """The addresses of a name, as the system knows them. Raises OSError."""
    return list(dict.fromkeys(str(item[4][0]) for item in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)))


def check_url(url: str, *, allow_private: bool, schemes: Sequence[str] = WEB) -> None:
    """What can be said of an address without asking anybody. Raises BadAddress, ForbiddenAddress."""
    _checked(url, allow_private=allow_private, schemes=schemes)


def target_of(url: str, *, allow_private: bool, schemes: Sequence[str] = WEB, resolver: Resolve = resolve) -> Target:
    """Where to connect to. Raises BadAddress, ForbiddenAddress; OSError if the name has no address."""
    parts = _checked(url, allow_private=allow_private, schemes=schemes)
    name, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in resolver(name, port)]
    if not addresses:
        raise BadAddress(f"{name!r} has no address", field="url")
    for address in addresses:  # one bad one among them is reason enough
        _check_address(address, parts.scheme, allow_private=allow_private)
    first = addresses[0]
    shown = f"[{first}]" if first.version == 6 else str(first)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    url = f"{parts.scheme}://{shown}:{port}{path}"
    return Target(address=str(first), port=port, host=parts.netloc, name=name, url=url)


def is_public(address: Address) -> bool:
    """Whether it is of the public internet, by whatever way an IPv4 address is written as an IPv6 one."""
    inner = _inner(address)
    if isinstance(inner, ipaddress.IPv6Address) and inner not in UNICAST:
        return False
    return inner.is_global and not inner.is_multicast and not any(inner in network for network in SPECIAL)


def _checked(url: str, *, allow_private: bool, schemes: Sequence[str]) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress(f"{url[:200]!r}: {error}", field="url") from error
    if not VISIBLE.fullmatch(url) or len(url) > LONGEST:
        limit = f"{LONGEST} visible ASCII characters; names and paths in other letters as xn--… and %…"
        raise BadAddress(f"{url[:200]!r}", field="url", limit=limit)
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        raise BadAddress(f"{url[:200]!r}", field="url", limit=f"{' or '.join(schemes)}://host/path")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadAddress("it names a user, a password or a fragment", field="url")
    if parts.scheme in PLAIN and not allow_private:
        raise _plain(parts.scheme)
    literal = _literal(parts.hostname)
    if literal is not None:
        _check_address(literal, parts.scheme, allow_private=allow_private)
    return parts


def _check_address(address: Address, scheme: str, *, allow_private: bool) -> None:
    public = is_public(address)
    if not public and not allow_private:
        raise ForbiddenAddress(f"{address} is not of the public internet", field="url")
    if public and scheme in PLAIN:
        raise _plain(scheme)


def _plain(scheme: str) -> ForbiddenAddress:
    limit = "https or mqtts; in the own network http and mqtt too, where that is allowed"
    return ForbiddenAddress(f"{scheme} is not encrypted", field="url", limit=limit)


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
