"""T37: an address somebody else chose is no way into our network."""

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bot.platforms.fetch import PictureRefused, fetch_picture, is_public
from commerce.errors import PlatformUnavailable
from tests.platforms.stub import Stub

JPEG = b"\xff\xd8\xff\xe0" + b"j" * 100
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 100
PUBLIC = "93.184.215.14"
HOST = "pictures.example"

INSIDE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "169.254.0.23",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:93.184.215.14",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "2001:0:7f00:1::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "",
    "localhost",
    "2130706433",
    "0x7f.0.0.1",
]


class Resolver:
    """Answers one list of addresses after the other and remembers how often it was asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


class Dialler:
    """Connects to a server of the test, whatever address it is told, and remembers that."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.dialled: list[tuple[str, int]] = []

    def __call__(self, address: tuple[str, int], timeout_s: float) -> socket.socket:
        self.dialled.append(address)
        return socket.create_connection(("127.0.0.1", self.port), timeout_s)


def fetch_from(stub: Stub, path: str = "/a.jpg", **options) -> bytes:
    host = stub.url.removeprefix("http://")
    return fetch_picture(stub.url + path, allowed_hosts={host}, **options)


@pytest.mark.parametrize("address", INSIDE)
def test_an_allowed_name_that_leads_inside_is_refused(address):
    dialler = Dialler()

    for addresses in ([address], [PUBLIC, address], [address, PUBLIC]):
        with pytest.raises(PictureRefused):
            fetch_picture(
                f"https://{HOST}/a.jpg",
                allowed_hosts={HOST},
                resolve=Resolver(addresses),
                dial=dialler,
            )

    assert dialler.dialled == []


def test_public_addresses_are_public():
    for address in (PUBLIC, "8.8.8.8", "2400:3200::1", "2606:4700::1111"):
        assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{HOST}/a.jpg",
        f"https://{HOST}:8443/a.jpg",
        f"https://{HOST}:80/a.jpg",
        f"https://{HOST}:99999/a.jpg",
        f"https://{HOST}:x/a.jpg",
        f"https://{HOST}./a.jpg",
        f"https://{HOST}.evil.example/a.jpg",
        f"https://evil{HOST}/a.jpg",
        f"https://evil.example/{HOST}",
        f"https://evil.example#{HOST}",
        f"https://user@{HOST}/a.jpg",
        f"https://{HOST}@evil.example/a.jpg",
        f"https://evil.example\\@{HOST}/a.jpg",
        f"https://{HOST}\\.evil.example/a.jpg",
        f"https://{HOST}/a.jpg HTTP/1.1",
        f"https://{HOST}/a\r\nHost: evil.example",
        f"https://{HOST}\t/a.jpg",
        f"https://{HOST}/图.jpg",
        "https://ｐictures.example/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://[::1]/a.jpg",
        "https://[::1/a.jpg",
        "https:///a.jpg",
        f"//{HOST}/a.jpg",
        f"ftp://{HOST}/a.jpg",
        f"gopher://{HOST}/a.jpg",
        "file:///etc/hostname",
        "data:image/png;base64,iVBORw0KGgo=",
        "",
    ],
)
def test_only_listed_hosts_are_even_looked_up(url):
    resolver, dialler = Resolver([PUBLIC]), Dialler()

    with pytest.raises(PictureRefused):
        fetch_picture(url, allowed_hosts={HOST}, resolve=resolver, dial=dialler)

    assert (resolver.asked, dialler.dialled) == ([], [])


def test_a_name_is_looked_up_once_and_connected_where_it_was_checked():
    rebinding, dialler = Resolver([PUBLIC], ["127.0.0.1"]), Dialler()

    with pytest.raises(PlatformUnavailable):  # Nobody listens on port 0.
        fetch_picture(
            f"https://{HOST}/a.jpg", allowed_hosts={HOST}, resolve=rebinding, dial=dialler
        )

    assert rebinding.asked == [HOST]
    assert dialler.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize("picture", [JPEG, PNG])
def test_a_picture_of_a_development_server_is_fetched(stub, picture):
    stub.answers["/a.jpg"] = picture

    assert fetch_from(stub, "/a.jpg?size=132") == picture
    assert stub.asked[0].query == {"size": "132"}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(stub, status):
    stub.answers = {"/a.jpg": status, "/elsewhere": JPEG}

    with pytest.raises(PictureRefused):
        fetch_from(stub)

    assert [one.path for one in stub.asked] == ["/a.jpg"]


@pytest.mark.parametrize(
    "answer",
    [404, 500, b"", b"<html>", b"GIF89a", b"<svg xmlns=''/>", b"\x1f\x8b" + JPEG, b" " + JPEG],
)
def test_what_is_no_picture_is_refused(stub, answer):
    stub.answers["/a.jpg"] = answer

    with pytest.raises(PictureRefused):
        fetch_from(stub)


def test_a_picture_has_a_greatest_size(stub):
    stub.answers["/a.jpg"] = JPEG

    assert fetch_from(stub, max_bytes=len(JPEG)) == JPEG
    with pytest.raises(PictureRefused):
        fetch_from(stub, max_bytes=len(JPEG) - 1)


@contextmanager
def raw_server(*chunks: bytes, pause_s: float = 0, context: ssl.SSLContext | None = None):
    """A server that answers one connection with `chunks`, slowly if told so."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        try:
            connection, _ = listener.accept()
            with connection:
                if context:
                    connection = context.wrap_socket(connection, server_side=True)
                connection.recv(4096)
                for chunk in chunks:
                    connection.sendall(chunk)
                    time.sleep(pause_s)
                connection.close()
        except OSError:
            return

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(5)


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + b"Content-Length: 500\r\n\r\n" + JPEG,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n500\r\n" + JPEG,
        HEAD + b"X" * 100_000,
        b"nonsense",
        b"",
    ],
)
def test_a_picture_that_breaks_off_is_not_taken_for_whole(answer):
    with raw_server(answer) as port, pytest.raises(PlatformUnavailable):
        fetch_picture(f"http://127.0.0.1:{port}/", allowed_hosts={f"127.0.0.1:{port}"})


@pytest.mark.parametrize("start", [b"", HEAD, HEAD + b"\r\n" + JPEG])
def test_a_server_that_drips_is_cut_off_in_time(start):
    drops = [b"X"] * 100

    with raw_server(start, *drops, pause_s=0.1) as port:
        started = time.monotonic()
        with pytest.raises(PlatformUnavailable):
            fetch_picture(
                f"http://127.0.0.1:{port}/",
                allowed_hosts={f"127.0.0.1:{port}"},
                timeout_s=0.5,
            )
        took_s = time.monotonic() - started

    assert took_s < 3


def test_a_body_without_end_is_read_no_further_than_the_greatest_size():
    endless = [HEAD + b"\r\n" + JPEG, *[b"x" * 65536] * 50]

    with raw_server(*endless) as port, pytest.raises(PictureRefused):
        fetch_picture(
            f"http://127.0.0.1:{port}/",
            allowed_hosts={f"127.0.0.1:{port}"},
            max_bytes=100_000,
        )


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """Key and certificate of `pictures.example`, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    today = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + built.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls(certificate: Path) -> Iterator[ssl.SSLContext]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_a_certificate_is_checked_for_the_name_and_not_the_address(tls, certificate, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    whole = HEAD + b"Content-Length: 104\r\n\r\n" + JPEG

    with raw_server(whole, context=tls) as port:
        dialler = Dialler(port)
        picture = fetch_picture(
            f"https://{HOST}/a.jpg",
            allowed_hosts={HOST},
            resolve=Resolver([PUBLIC]),
            dial=dialler,
        )
    assert picture == JPEG
    assert dialler.dialled == [(PUBLIC, 443)]

    with raw_server(whole, context=tls) as port, pytest.raises(PlatformUnavailable):
        fetch_picture(
            "https://other.example/a.jpg",
            allowed_hosts={"other.example"},
            resolve=Resolver([PUBLIC]),
            dial=Dialler(port),
        )


def test_a_certificate_nobody_vouches_for_is_not_accepted(tls):
    answer = HEAD + b"\r\n" + JPEG

    with raw_server(answer, context=tls) as port, pytest.raises(PlatformUnavailable):
        fetch_picture(
            f"https://{HOST}/a.jpg",
            allowed_hosts={HOST},
            resolve=Resolver([PUBLIC]),
            dial=Dialler(port),
        )


def test_a_name_without_address_is_no_crash():
    def gone(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, host)

    with pytest.raises(PlatformUnavailable):
        fetch_picture(f"https://{HOST}/", allowed_hosts={HOST}, resolve=gone)
    with pytest.raises(PictureRefused):
        fetch_picture(f"https://{HOST}/", allowed_hosts={HOST}, resolve=Resolver([]))
