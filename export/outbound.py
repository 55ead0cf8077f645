"""A POST to an address that somebody else chose, which must not become a way into our own network.

The host is resolved once, every address it has is judged, and the connection goes to an address that was judged: a
name that resolves otherwise a moment later changes nothing. TLS and the Host header still go by the name. Redirects
are not followed, proxies of the environment are not used, and of the answer only the status is read.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Mapping

import httpcore2

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""The addresses of a host, for a port."""

_LONGEST_WHY = 300


class NotPosted(Exception):
    """There was no answer; the text says why, without the address that was posted to."""


def why_refused(address: str, *, private: bool = False) -> str | None:
    """Why nothing is posted to an IP address, or None where it may be.

    Only addresses of the public internet are good (IANA's special-purpose registries, RFC 6890), and none that
    holds an IPv4 address inside it (mapped, 6to4, NAT64), which would be judged by the wrong one. `private` lets
    inner and loopback ones pass, but never link-local ones: the metadata services of clouds answer there.
    """
    ip = ipaddress.ip_address(address)
    if private:
        ip = getattr(ip, "ipv4_mapped", None) or ip
        refused = ip.is_link_local or ip.is_multicast or ip.is_unspecified
    else:
        embeds = isinstance(ip, ipaddress.IPv6Address) and (ip.sixtofour is not None or ip.is_site_local)
        refused = not ip.is_global or ip.is_multicast or ip.is_reserved or embeds
    return f"{address} is not an address to post to" if refused else None


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """What the system's resolver says. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))


def guarded_pool(*, private: bool = False, resolve: Resolve = resolve) -> httpcore2.AsyncConnectionPool:
    """Connections that are made only to addresses that `why_refused` lets pass."""
    return httpcore2.AsyncConnectionPool(
        network_backend=_Guarded(private, resolve), http2=False, retries=0, keepalive_expiry=5.0
    )


async def post(
    pool: httpcore2.AsyncConnectionPool, url: str, headers: Mapping[str, str], body: bytes, *, seconds: float
) -> int:
    """The status of the answer. Raises NotPosted where there is none within `seconds`, however slowly it drips."""
    try:
        async with (
            asyncio.timeout(seconds),
            pool.stream("POST", url, headers=list(headers.items()), content=body) as answer,
        ):
            return answer.status
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
