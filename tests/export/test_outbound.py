from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import trustme

from export.outbound import NotPosted, guarded_pool, post, resolve, why_refused
from tests.export.receivers import receiving

INSIDE = ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "fc00::1", "::1"]
NOWHERE = ["169.254.169.254", "fe80::1", "224.0.0.1", "239.1.1.1", "ff02::1", "0.0.0.0", "::"]
DISGUISED = ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "2002:a00:1::", "::10.0.0.1"]
METADATA = ["168.63.129.16", "100.100.100.200", "fd00:ec2::254", "fd20:ce::254"]
DISGUISED_METADATA = [
    "::ffff:169.254.169.254",
    "::a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::a83f:8110",
    "64:ff9b:1:a9fe:a9:fe00::",
    "2002:a9fe:a9fe::1",
    "2001:0:4136:e378:8000:63bf:5601:5601",
]
RESERVED = ["100.64.0.1", "192.0.2.1", "198.18.0.1", "240.0.0.1", "255.255.255.255", "2001:db8::1", "fec0::1"]


def posted(url: str, *, private: bool = True, addresses: list[str] | None = None, seconds: float = 5.0) -> int:
    """The status of a POST; the host has the `addresses` given, or those of the system's resolver."""

    async def told(host: str, port: int) -> tuple[str, ...]:
        return tuple(addresses or ())

    async def run() -> int:
        pool = guarded_pool(private=private, resolve=told) if addresses else guarded_pool(private=private)
        async with pool:
            return (await post(pool, url, {"Content-Type": "text/plain"}, b"hello", seconds=seconds)).status

    return asyncio.run(run())


@pytest.mark.parametrize("address", INSIDE + NOWHERE + DISGUISED + RESERVED + METADATA + DISGUISED_METADATA)
def test_nothing_is_posted_to_addresses_that_are_not_public(address: str) -> None:
    assert why_refused(address) is not None


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "64:ff9b::808:808"])
def test_public_addresses_are_good(address: str) -> None:
    assert why_refused(address) is None


def test_private_lets_inner_addresses_pass_but_never_the_metadata_service() -> None:
    assert [address for address in INSIDE if why_refused(address, private=True)] == []
    assert [address for address in NOWHERE if not why_refused(address, private=True)] == []
    assert [address for address in METADATA + DISGUISED_METADATA if not why_refused(address, private=True)] == []
    assert [
        address for address in ("::ffff:10.0.0.1", "64:ff9b::a00:1") if why_refused(address, private=True)
    ] == []


def test_a_name_that_leads_inside_is_refused_before_anything_is_sent() -> None:
    with receiving() as inside:
        port = inside.url.split(":")[2].split("/")[0]
        for addresses in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"]):
            with pytest.raises(NotPosted, match="is not an address to post to"):
                posted(f"http://hooks.example:{port}/", private=False, addresses=addresses)
        with pytest.raises(NotPosted, match="is not an address to post to"):
            posted(inside.url.replace("127.0.0.1", "2130706433"), private=False)
        assert inside.got == []


def test_the_address_that_was_judged_is_the_one_connected_to() -> None:
    answers = iter([("93.184.216.34",), ("127.0.0.1",)])
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> tuple[str, ...]:
        asked.append(host)
        return next(answers)

    async def run() -> None:
        async with guarded_pool(resolve=rebinding) as pool:
            await post(pool, inside.url.replace("127.0.0.1", "hooks.example"), {}, b"", seconds=0.5)

    with receiving() as inside, pytest.raises(NotPosted):
        asyncio.run(run())
    assert (asked, inside.got) == (["hooks.example"], [])


def test_tls_and_the_host_header_go_by_the_name_not_by_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("hooks.example").configure_cert(tls)
    names: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: names.append(name)

    with receiving(tls=tls) as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        assert posted(f"https://hooks.example:{port}/hooks", addresses=["127.0.0.1"]) == 204
        with pytest.raises(NotPosted, match="certificate"):
            posted(f"https://other.example:{port}/hooks", addresses=["127.0.0.1"])

    (headers, _) = receiver.got[0]
    assert headers["host"] == f"hooks.example:{port}"
    assert names == ["hooks.example", "other.example"]
    assert len(receiver.got) == 1


def test_the_next_address_is_tried_where_one_does_not_answer() -> None:
    with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        assert posted(f"http://hooks.example:{port}/", addresses=["127.0.0.2", "127.0.0.1"]) == 204


def test_redirects_are_answers_not_invitations() -> None:
    with receiving() as inside, receiving(lambda number: (307, {"location": inside.url})) as receiver:
        assert posted(receiver.url) == 307
        assert inside.got == []


def test_an_answer_that_drips_ends_with_the_time_allowed() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    end = threading.Event()

    def drip() -> None:
        connection, _ = listening.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not end.wait(0.05):
                try:
                    connection.sendall(b"x-a: b\r\n")
                except OSError:
                    return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    with pytest.raises(NotPosted, match=r"no answer within 0\.5 s"):
        posted(f"http://127.0.0.1:{listening.getsockname()[1]}/", seconds=0.5)
    end.set()
    thread.join()
    listening.close()


def test_what_is_no_http_and_what_does_not_listen_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/"

        def babble() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        with pytest.raises(NotPosted):
            posted(url)
        thread.join()
    with pytest.raises(NotPosted):
        posted(url)
    with pytest.raises(NotPosted, match="cannot be resolved"):
        posted("http://nowhere.invalid/")
    with pytest.raises(NotPosted, match="cannot be resolved"):
        posted(f"http://{'a' * 70}.example/")


def test_a_name_server_that_does_not_answer_keeps_no_thread_from_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked, answer = threading.Event(), threading.Event()

    def silent(*_: Any, **__: Any) -> list[Any]:
        asked.set()
        answer.wait()
        return []

    async def run() -> str:
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        lookup = asyncio.ensure_future(resolve("hooks.example", 443))
        try:
            while not asked.is_set():
                await asyncio.sleep(0.001)
            return await asyncio.wait_for(asyncio.to_thread(lambda: "the database answers"), 5.0)
        finally:
            answer.set()  # before the loop ends, which waits for its threads
            await lookup

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    assert asyncio.run(run()) == "the database answers"
