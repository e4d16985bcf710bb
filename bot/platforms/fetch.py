"""A picture from an address that somebody else chose, without lending them our network."""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from commerce.errors import PlatformUnavailable, Rejected

MAX_BYTES = 2 * 1024 * 1024
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
INSIDE = (  # Public by number, in a cloud the way to its metadata.
    ipaddress.ip_network("168.63.129.16/32"),
    ipaddress.ip_network("192.0.0.0/24"),
)
UNICAST = ipaddress.ip_network("2000::/3")
TUNNELS = (ipaddress.ip_network("2001::/32"), ipaddress.ip_network("2002::/16"))

Resolve = Callable[[str, int], Sequence[str]]
Dial = Callable[[tuple[str, int], float], socket.socket]


class PictureRefused(Rejected):
    """The address, where it leads to or what it gave is not what we fetch."""


def system_resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def fetch_picture(
    url: str,
    *,
    allowed_hosts: Collection[str],
    resolve: Resolve = system_resolve,
    dial: Dial = socket.create_connection,
    max_bytes: int = MAX_BYTES,
    timeout_s: float = 3.0,
) -> bytes:
    """A JPEG or PNG of at most `max_bytes`, within `timeout_s` all in all.

    `allowed_hosts` holds names, reached by https on port 443 at public addresses only. An entry
    `name:port` is a development server, reached by http wherever it is. The name is looked up
    once and the connection goes to the address that was checked. Redirects are not followed.
    Raises `PictureRefused`, or `PlatformUnavailable` when the other side did not answer.
    """
    place = _place(url, allowed_hosts)
    try:
        address = _address(place, resolve)
        picture = _download(place, address, dial, max_bytes, timeout_s)
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise PlatformUnavailable(-1, type(error).__name__) from None
    if not picture.startswith(SIGNATURES):
        raise PictureRefused(-1, "not a JPEG or PNG")
    return picture


def is_public(address: str) -> bool:
    """Whether this is an address of the open internet that is not a way into some inside."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        tunnelled = any(ip in network for network in TUNNELS)
        return ip.is_global and ip in UNICAST and not (tunnelled or ip.is_multicast)
    is_inside = any(ip in network for network in INSIDE)
    return ip.is_global and not (is_inside or ip.is_multicast or ip.is_reserved)


@dataclass(frozen=True, slots=True)
class _Place:
    host: str
    port: int
    target: str
    """Path and query."""
    encrypted: bool


def _place(url: str, allowed_hosts: Collection[str]) -> _Place:
    if not (url.isascii() and url.isprintable()) or set(url) & set(" \\@"):
        raise PictureRefused(-1, "address")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or ""), parts.port
    except ValueError:
        raise PictureRefused(-1, "address") from None
    target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    if parts.scheme == "https" and host in allowed_hosts and port in (None, 443):
        return _Place(host, 443, target, True)
    if parts.scheme == "http" and port and f"{host}:{port}" in allowed_hosts:
        return _Place(host, port, target, False)
    raise PictureRefused(-1, "host")


def _address(place: _Place, resolve: Resolve) -> str:
    """The address to connect to. One that is not public among several spoils all of them."""
    addresses = resolve(place.host, place.port)
    if not addresses:
        raise PictureRefused(-1, "no address")
    if place.encrypted and not all(is_public(address) for address in addresses):
        raise PictureRefused(-1, "not a public address")
    return addresses[0]


def _download(place: _Place, address: str, dial: Dial, max_bytes: int, timeout_s: float) -> bytes:
    connection = http.client.HTTPConnection(place.host, place.port)
    ends_at = time.monotonic() + timeout_s
    connection.sock = dial((address, place.port), timeout_s)
    # A server that sends a byte now and then would never run into the socket's own timeout.
    lifeline = connection.sock.dup()
    deadline = threading.Timer(timeout_s, _cut, [lifeline])
    deadline.start()
    try:
        if place.encrypted:
            _encrypt(connection, place.host)
        connection.request("GET", place.target, headers={"Accept-Encoding": "identity"})
        response = connection.getresponse()
        if response.status != 200:
            raise PictureRefused(response.status, "HTTP status")
        picture = response.read(max_bytes + 1)
    finally:
        deadline.cancel()
        deadline.join()
        lifeline.close()
        connection.close()
    if len(picture) > max_bytes:
        raise PictureRefused(-1, "too large")
    if response.length or time.monotonic() >= ends_at:
        raise TimeoutError
    return picture


def _encrypt(connection: http.client.HTTPConnection, host: str) -> None:
    context = ssl.create_default_context()
    connection.sock = encrypted = context.wrap_socket(
        connection.sock, server_hostname=host, do_handshake_on_connect=False
    )
    encrypted.do_handshake()


def _cut(lifeline: socket.socket) -> None:
    with contextlib.suppress(OSError):
        lifeline.shutdown(socket.SHUT_RDWR)
