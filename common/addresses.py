"""Addresses that somebody typed: requests go to the public internet only, never to our own network."""

import ipaddress
import socket
from urllib.parse import urlsplit


class NotPublicError(ValueError):
    """An address that is not public https. The message does not show the address, which may be a secret."""


def check_public(url: str, *, allow_loopback: bool = False) -> None:
    """Raise NotPublicError unless this is https to a host all of whose addresses are public; OSError if it has none now.

    `allow_loopback`, for development and tests, also takes http and https to this machine. Ask just before a request, and
    follow no redirect: its address is not checked.
    """
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in {"https", "http"}:
        raise NotPublicError("The address is not a web address")
    entries = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0])) for entry in entries]
    if allow_loopback and all(address.is_loopback for address in addresses):
        return
    if parts.scheme != "https" or not all(map(_is_public, addresses)):
        raise NotPublicError("The address is not a public one with https")


def _is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_global and not address.is_multicast
