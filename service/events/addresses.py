"""Where a webhook may go: never to this machine or the own network by mistake (server-side request forgery).

A name is resolved once, each address it has is checked, and the connection goes to the one that was checked: a name
that resolves to another address a moment later (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from service.events.errors import BadAddress, ForbiddenAddress

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
SHARED = ipaddress.ip_network("100.64.0.0/10")  # carrier-grade NAT, RFC 6598
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in it is reached through it
LONGEST = 2000


@dataclass(frozen=True, kw_only=True)
class Target:
    """An address of the web, resolved."""

    url: str  # with the address in place of the name
    host: str  # as it stands in the header Host
    name: str  # whose certificate is wanted


def resolve(name: str, port: int) -> list[str]:
    """The addresses of a name, as the system knows them. Raises OSError."""
    return list(dict.fromkeys(str(item[4][0]) for item in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)))


def check_url(url: str, *, allow_private: bool, schemes: Sequence[str] = ("https", "http")) -> None:
    """What can be said of an address without asking anybody. Raises BadAddress, ForbiddenAddress."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadAddress(f"{url[:200]!r}: {error}", field="url") from error
    if len(url) > LONGEST or parts.scheme not in schemes or not parts.hostname or port == 0:
        raise BadAddress(f"{url[:200]!r}", field="url", limit=f"{' or '.join(schemes)}://host/path")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise BadAddress("it names a user, a password or a fragment", field="url")
    if parts.scheme in {"http", "mqtt"} and not allow_private:
        raise ForbiddenAddress(f"{parts.scheme} is not encrypted", field="url", limit="https, or mqtts")
    literal = _literal(parts.hostname)
    if literal is not None and not allow_private:
        check_public(literal)


def target_of(url: str, *, allow_private: bool, resolver: Resolve = resolve) -> Target:
    """Where to connect to. Raises BadAddress, ForbiddenAddress; OSError if the name has no address."""
    check_url(url, allow_private=allow_private)
    parts = urlsplit(url)
    name, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    addresses = [ipaddress.ip_address(text.partition("%")[0]) for text in resolver(name, port)]
    if not addresses:
        raise BadAddress(f"{name!r} has no address", field="url")
    if not allow_private:
        for address in addresses:  # one bad one among them is reason enough
            check_public(address)
    shown = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    return Target(url=f"{parts.scheme}://{shown}:{port}{path}", host=parts.netloc, name=name)


def check_public(address: Address) -> None:
    """Raises ForbiddenAddress unless an address is of the public internet."""
    inner = _inner(address)
    if not inner.is_global or inner.is_multicast or inner in SHARED:
        raise ForbiddenAddress(f"{address} is not of the public internet", field="url")


def _inner(address: Address) -> Address:
    """An IPv4 address that is written as an IPv6 one."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else address)


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
