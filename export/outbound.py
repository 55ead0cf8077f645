"""A POST to an address that somebody else chose, which must not become a way into our own network.

The host is resolved once, every address it has is judged, and the connection goes to an address that was judged: a
name that resolves otherwise a moment later changes nothing. TLS and the Host header still go by the name. Redirects
are not followed, proxies of the environment are not used, and of the answer only status and Retry-After are read.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import httpcore2

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""The addresses of a host, for a port."""

_LONGEST_WHY = 300

_resolvers = ThreadPoolExecutor(8, thread_name_prefix="resolve")
"""Threads of their own: a lookup cannot be cut off, and those of a dead name server would hold up the database."""

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
_NEVER = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16",  # Azure
            "100.100.100.200",  # Alibaba Cloud
            "192.0.0.192",  # Oracle Cloud
            "fd00:ec2::/32",  # Amazon
            "fd20:ce::254",  # Google
            "64:ff9b:1::/48",  # NAT64 of a network's own (RFC 8215): which IPv4 address is in it cannot be told
        ),
    )
)
"""Besides link-local addresses, where clouds answer whoever asks from inside with the secrets of the machine."""


class NotPosted(Exception):
    """There was no answer; the text says why, without the address that was posted to."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: a status, and the header Retry-After as it was written."""

    status: int
    retry_after: str | None = None

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


def why_refused(address: str, *, private: bool = False) -> str | None:
    """Why nothing is posted to an IP address, or None where it may be.

    Only addresses of the public internet are good (IANA's special-purpose registries, RFC 6890). `private` lets
    inner and loopback ones pass, but none where the metadata services of clouds answer, link-local ones above all.
    An IPv4 address inside an IPv6 one is judged as well: the packets may end there.
    """
    ip = ipaddress.ip_address(address)
    inner = _embedded(ip)
    judged = [one for one in (ip, inner) if one is not None]
    refused = any(one.is_link_local or one.is_multicast or one.is_unspecified for one in judged)
    refused |= any(one in network for one in judged for network in _NEVER if one.version == network.version)
    if not private and ip in _NAT64:
        refused |= inner is None or not _is_public(inner)
    elif not private:
        refused |= inner is not None or not _is_public(ip)
    return f"{address} is not an address to post to" if refused else None


def _is_public(ip: _Address) -> bool:
    return ip.is_global and not ip.is_reserved and not getattr(ip, "is_site_local", False)


def _embedded(ip: _Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address to which an IPv6 one leads: mapped, compatible, NAT64, 6to4 or Teredo."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64 or (ip in _COMPATIBLE and int(ip) > 1):  # :: and ::1 hold none
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """What the system's resolver says. Raises OSError."""
    lookup = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_resolvers, lookup)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def guarded_pool(*, private: bool = False, resolve: Resolve = resolve) -> httpcore2.AsyncConnectionPool:
    """Connections that are made only to addresses that `why_refused` lets pass."""
    return httpcore2.AsyncConnectionPool(
        network_backend=_Guarded(private, resolve), http2=False, retries=0, keepalive_expiry=5.0
    )


async def post(
    pool: httpcore2.AsyncConnectionPool, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float
) -> Answered:
    """The answer. Raises NotPosted where there is none within `seconds`, however slowly it drips."""
    try:
        async with (
            asyncio.timeout(seconds),
            pool.stream("POST", url, headers=list(headers.items()), content=body) as answer,
        ):
            waits = (value for name, value in answer.headers if name.lower() == b"retry-after")
            return Answered(answer.status, next((value.decode("latin-1") for value in waits), None))
    except TimeoutError as error:
        raise NotPosted(f"no answer within {seconds:g} s") from error
    except (
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        httpcore2.TimeoutException,
        httpcore2.UnsupportedProtocol,
        ssl.SSLError,
        OSError,
    ) as error:
        raise NotPosted((str(error) or type(error).__name__)[:_LONGEST_WHY]) from error


class _Guarded(httpcore2.AsyncNetworkBackend):
    def __init__(self, private: bool, resolve: Resolve) -> None:
        self._private = private
        self._resolve = resolve
        self._plain = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """To the first address that answers; to none where a single one is refused."""
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} cannot be resolved: {error}") from error
        for address in addresses:
            if why := why_refused(address, private=self._private):
                raise httpcore2.ConnectError(why)
        failed = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            try:
                return await self._plain.connect_tcp(address, port, timeout, local_address, socket_options)
            except httpcore2.ConnectError as error:
                failed = error
        raise failed
