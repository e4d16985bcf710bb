import base64
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from wechatpy.crypto import WeChatCrypto

from bot.channels import envelope
from bot.channels.envelope import Forged, Keys, Malformed, Mode, Stale, echo, open_envelope, seal
from bot.channels.fields import read
from tests.channels.wire import NEW, NOW, OLD, TEXT, Posted, post, sign

MODES: list[Mode] = ["plaintext", "compatible", "safe"]


def encrypted(raw: bytes, keys: Keys = NEW) -> str:
    """`raw` as it is, so that a test decides about length, receiver and padding."""
    key = base64.b64decode(keys.aes_key + "=")
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(raw) + encryptor.finalize()).decode()


def laid_out(length: int | None = None, receiver: str = NEW.app_id, message: str = TEXT) -> bytes:
    """Random, length, message and receiver, not yet padded."""
    body = message.encode()
    size = struct.pack(">I", len(body) if length is None else length)
    return b"r" * 16 + size + body + receiver.encode()


def padded(raw: bytes, block: int = 32) -> bytes:
    pad = block - len(raw) % block
    return raw + bytes([pad]) * pad


def missing(raw: bytes) -> int:
    return 32 - len(raw) % 32


def test_the_platform_s_own_examples_of_an_address_check_are_accepted():
    for timestamp, nonce, signature in (
        ("1714036504", "1514711492", "f464b24fc39322e44b38aa78f5edd27bd1441696"),
        ("1714037059", "486452656", "899cf89e464efb63f54ddac96b0a0a235f53aa78"),
    ):
        query = {"timestamp": timestamp, "nonce": nonce, "signature": signature, "echostr": "42"}
        now = NOW.fromtimestamp(int(timestamp), NOW.tzinfo)

        assert echo(query, [OLD, NEW], now=now) == "42"
        with pytest.raises(Forged):
            echo({**query, "nonce": nonce + "0"}, [OLD, NEW], now=now)


def test_the_platform_s_own_example_of_an_encrypted_message_is_opened():
    keys = Keys("hJqcu3uJ9Tn2gXPmxx2w9kkCkCE2EPYo", NEW.aes_key, "ww1436e0e65a779aee")
    cipher = (
        "fsi1xnbH4yQh0+PJxcOdhhK6TDXkjMyhEPA7xB2TGz6b+g7xyAbEkRxN/3cNXW9qdqjnoVzEtpbhnFyq6SVHyA=="
    )
    query = {
        "timestamp": "1476422779",
        "nonce": "1597212914",
        "msg_signature": "a74599de85c6a30a434616999b17baad483d331d",
    }
    body = f"<xml><Encrypt>{cipher}</Encrypt></xml>".encode()
    now = NOW.fromtimestamp(1476422779, NOW.tzinfo)

    # Its content is a bare number, so it is genuine and no message.
    with pytest.raises(Malformed):
        open_envelope(query, body, [keys], now=now, mode="safe")
    with pytest.raises(Forged):
        open_envelope(query, body, [Keys(keys.token, keys.aes_key, "ww0")], now=now, mode="safe")


def test_a_fixed_message_is_sealed_to_the_byte():
    sealed = seal("你好", Keys("t", NEW.aes_key, ""), "1", "n", b"0123456789abcdef")

    fields = read(sealed.encode())
    assert fields["Encrypt"] == "scEag1243Fmy/fYz4Ux8D9wBTGffCvSbN1TrEcy4kLk="
    assert fields["MsgSignature"] == sign("t", "1", "n", str(fields["Encrypt"]))


@pytest.mark.parametrize("size", range(64))
def test_what_we_seal_another_library_opens_and_what_it_seals_we_open(size):
    words = TEXT.replace("提现", "x" * size)

    sealed = seal(words, NEW, "1763778000", "abc", b"0" * 16)
    theirs = WeChatCrypto(NEW.token, NEW.aes_key, NEW.app_id)
    signature = str(read(sealed.encode())["MsgSignature"])

    assert theirs.decrypt_message(sealed, signature, "1763778000", "abc") == words
    assert post(words).opened().fields["Content"] == "x" * size


@pytest.mark.parametrize("mode", MODES)
def test_a_message_of_another_library_is_opened_in_every_mode(mode):
    opened = post(mode=mode).opened(mode=mode)

    assert opened.fields["FromUserName"] == "oUser1"
    assert opened.fields["Content"] == "提现"
    assert opened.encrypted == (mode != "plaintext")
    assert opened.keys == NEW
    assert read(opened.plaintext) == opened.fields


def test_the_console_s_json_format_is_read_too():
    words = '{"MsgType": "text", "MsgId": 24000000000000001, "Content": "提现", "Idx": null}'
    sealed = read(seal(words, NEW, "1", "n", b"0" * 16).encode())["Encrypt"]
    posted = post(encrypt=str(sealed))
    posted = Posted(posted.query, f' {{"ToUserName": "gh", "Encrypt": "{sealed}"}}'.encode())

    assert posted.opened().fields == {
        "MsgType": "text",
        "MsgId": "24000000000000001",
        "Content": "提现",
        "Idx": None,
    }


def test_two_keys_are_good_while_they_change():
    assert post(keys=NEW).opened(NEW, OLD).keys == NEW
    assert post(keys=OLD).opened(NEW, OLD).keys == OLD
    with pytest.raises(Forged):
        post(keys=OLD).opened(NEW)


def test_the_words_of_one_token_under_the_key_of_another_are_forged():
    posted = post(encrypt=encrypted(padded(laid_out()), OLD))

    with pytest.raises(Forged):
        posted.opened(NEW, OLD)


@pytest.mark.parametrize("mode", MODES)
def test_a_callback_is_good_for_300_seconds_either_way(mode):
    for age in (-300, -299, 0, 299, 300):
        assert post(mode=mode, at=1763778000 - age).opened(mode=mode).fields
    for age in (-(10**10), -3600, -301, 301, 3600, 1763778000):
        with pytest.raises(Stale):
            post(mode=mode, at=1763778000 - age).opened(mode=mode)


def test_an_age_is_told_only_to_who_can_sign():
    old = post(at=1)

    with pytest.raises(Stale):
        old.opened()
    with pytest.raises(Forged) as forged:
        old.asking(msg_signature="0" * 40).opened()
    assert type(forged.value) is Forged


@pytest.mark.parametrize(
    "timestamp", ["", "x", "１７６３７７８０００", "-1", "1e9", "9" * 5000, " 1763778000"]
)
def test_a_timestamp_that_is_no_number_is_stale_even_when_signed(timestamp):
    query = {
        "timestamp": timestamp,
        "nonce": "n",
        "signature": sign(NEW.token, timestamp, "n"),
    }

    with pytest.raises(Stale):
        open_envelope(query, TEXT.encode(), [NEW], now=NOW, mode="plaintext")


SOUND = laid_out()
CIPHER = encrypted(padded(SOUND))
TO_16 = laid_out(message=TEXT + " " * (5 - len(SOUND) % 32 + 32))  # 5 bytes into a block of 32.

FORGERIES: dict[str, Posted] = {
    "wrong signature": post().asking(msg_signature="0" * 40),
    "no signature": Posted({}, post().body),
    "signature of the plain part": post().asking(msg_signature=post().query["signature"]),
    "signature that is no ASCII": post().asking(msg_signature="签" * 40),
    "signature that is no text": post().asking(msg_signature="\ud800"),
    "nonce that is no text": post().asking(nonce="\ud800"),
    "other timestamp": post().asking(timestamp="1763778001"),
    "other nonce": post().asking(nonce="1"),
    "plain body": Posted(post(mode="plaintext").query, TEXT.encode()),
    "two encrypted parts": Posted(
        post().query, post().body.replace(b"</xml>", b"<Encrypt>x</Encrypt></xml>")
    ),
    "nested encrypted part": Posted(post().query, b"<xml><Encrypt><a>b</a></Encrypt></xml>"),
    "no body": Posted(post().query, b""),
    "no XML": Posted(post().query, b"\xff\xfe\x00"),
    "JSON list": Posted(post().query, b'{"Encrypt": ["a"]}'),
}

BADLY_SEALED: dict[str, str] = {
    "empty": "",
    "not base64": "签签签签",
    "base64 with a space": " " + CIPHER,
    "base64 of another alphabet": CIPHER.replace("+", "-").replace("/", "_"),
    "base64 cut": CIPHER[:-1],
    "base64 with more behind": CIPHER + "AAAA",
    "half cut": CIPHER[: len(CIPHER) // 2],
    "one AES block cut": encrypted(padded(SOUND)[:-16]),
    "one block only": encrypted(b"\x20" * 32),
    "no AES block": base64.b64encode(b"1" * 40).decode(),
    "padding of 0": encrypted(SOUND + bytes(missing(SOUND))),
    "padding of a block too many": encrypted(
        SOUND + bytes([missing(SOUND) + 32]) * (missing(SOUND) + 32)
    ),
    "padding of 255": encrypted(SOUND + b"\xff" * missing(SOUND)),
    "padding with one wrong byte": encrypted(
        SOUND + b"\0" + bytes([missing(SOUND)]) * (missing(SOUND) - 1)
    ),
    "padding to 16": encrypted(padded(TO_16, 16)),
    "length one short": encrypted(padded(laid_out(len(TEXT.encode()) - 1))),
    "length one long": encrypted(padded(laid_out(len(TEXT.encode()) + 1))),
    "length into the padding": encrypted(padded(laid_out(len(SOUND) - 20 + 3))),
    "length of 4 GB": encrypted(padded(laid_out(0xFFFFFFFF))),
    "length of nothing": encrypted(padded(laid_out(0))),
    "another receiver": encrypted(padded(laid_out(receiver="wx999"))),
    "no receiver": encrypted(padded(laid_out(receiver=""))),
    "receiver with more behind": encrypted(padded(laid_out(receiver=NEW.app_id + "x"))),
    "receiver that is no text": encrypted(padded(SOUND.replace(b"wx0123", b"\xff\xff0123"))),
}
FORGERIES |= {reason: post(encrypt=sealed) for reason, sealed in BADLY_SEALED.items()}


def test_the_parts_these_forgeries_are_made_of_are_sound():
    assert post(encrypt=CIPHER).opened().fields["Content"] == "提现"
    assert post(encrypt=encrypted(padded(TO_16))).opened().fields["Content"] == "提现"
    assert len(TO_16) % 32 < 16


@pytest.mark.parametrize("mode", ["compatible", "safe"])
@pytest.mark.parametrize("reason", FORGERIES)
def test_all_forgeries_are_refused_alike(reason, mode):
    with pytest.raises(Forged) as forged:
        FORGERIES[reason].opened(NEW, OLD, mode=mode)

    assert type(forged.value) is Forged
    assert (str(forged.value), forged.value.args) == ("", ())
    assert forged.value.__cause__ is None
    assert forged.value.__context__ is None or forged.value.__suppress_context__


@pytest.mark.parametrize("length", [-1, 1, 2**31])
def test_a_length_is_checked_where_no_receiver_would_show_it(length):
    nobody = Keys(NEW.token, NEW.aes_key, "")
    right = len(TEXT.encode())
    sealed = encrypted(padded(laid_out(right + length, receiver="")))

    assert post(keys=nobody).opened(nobody).fields["Content"] == "提现"
    with pytest.raises(Forged):
        post(keys=nobody, encrypt=sealed).opened(nobody)


def test_a_signature_is_checked_before_anything_is_decrypted(monkeypatch):
    opened: list[str] = []
    decrypt = envelope._decrypt

    def watched(encrypt: str, keys: Keys) -> bytes:
        opened.append(encrypt)
        return decrypt(encrypt, keys)

    monkeypatch.setattr(envelope, "_decrypt", watched)

    with pytest.raises(Forged):
        post().asking(msg_signature="0" * 40).opened()
    assert len(opened) == 1
    assert set(opened[0]) == {"A"}

    with pytest.raises(Stale):
        post(at=1).opened()
    assert len(opened) == 1

    post().opened()
    assert len(opened) == 2


def test_a_plain_message_in_compatible_mode_is_that_of_its_encrypted_part():
    posted = post(mode="compatible")
    changed = Posted(posted.query, posted.body.replace("提现".encode(), b"1"))

    assert changed.opened(mode="compatible").fields["Content"] == "提现"


@pytest.mark.parametrize("mode", ["plaintext", "safe"])
@pytest.mark.parametrize(
    "words",
    [
        "",
        "text",
        "<a>b</a>",
        "<xml>",
        "<xml></xml>",
        "<xml><a></xml></a>",
        "<xml><a>\x00</a></xml>",
        "<xml><a>&nbsp;</a></xml>",
        "[]",
        '{"a"',
        '{"a": NaN}',
        '{"a": "\\ud800"}',
        '{"a": ' * 20000,
    ],
)
def test_a_genuine_body_that_is_no_message_is_malformed(mode, words):
    with pytest.raises(Malformed):
        post(words, mode=mode).opened(mode=mode)


def test_keys_and_messages_are_not_shown_where_they_might_be_logged():
    shown = repr(post().opened())

    for secret in (NEW.token, NEW.aes_key, "提现", "oUser1"):
        assert secret not in shown
