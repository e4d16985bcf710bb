import time
import tracemalloc

import pytest

from bot.channels.fields import Malformed, read

BOMB = (
    '<!DOCTYPE xml [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{"&a" + str(n - 1) + ";" if n else "&a;"}">' * 10 for n in range(9))
    + "]><xml><Content>&a8;</Content></xml>"
)
REFUSED = {
    "an entity bomb": BOMB,
    "an external entity": '<!DOCTYPE xml [<!ENTITY a SYSTEM "file:///etc/hostname">]><xml><b>&a;</b></xml>',
    "an external subset": '<!DOCTYPE xml SYSTEM "http://127.0.0.1:1/a.dtd"><xml><b>c</b></xml>',
    "a parameter entity": '<!DOCTYPE xml [<!ENTITY % a SYSTEM "http://127.0.0.1:1/">%a;]><xml/>',
    "a harmless document type": "<!DOCTYPE xml><xml><a>b</a></xml>",
    "100 000 nested tags": "<xml>" + "<a>" * 100_000 + "</a>" * 100_000 + "</xml>",
    "100 000 open tags": "<xml>" * 100_000,
    "nine levels": "<xml>" + "<a>" * 8 + "b" + "</a>" * 8 + "</xml>",
    "100 000 nested JSON lists": '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
    "a JSON number without end": '{"a":' + "9" * 5_000 + "x}",
    "another encoding": '<?xml version="1.0" encoding="gbk"?><xml><a>提</a></xml>'.encode("gbk"),
    "two documents": "<xml><a>b</a></xml><xml><a>b</a></xml>",
}


def body(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


@pytest.mark.parametrize("attack", REFUSED)
def test_what_no_platform_sends_is_refused_at_once_and_for_little_memory(attack):
    text = body(REFUSED[attack])

    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(Malformed):
        read(text)
    took_s = time.perf_counter() - started
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert took_s < 1
    assert peak < 8_000_000


def test_fields_are_texts_and_nested_ones_dicts():
    fields = read(
        b"<xml><Event>subscribe_msg_popup_event</Event>\n <Empty></Empty><Also/>"
        b"<SubscribeMsgPopupEvent><List><TemplateId>T1</TemplateId>"
        b"<PopupScene>2</PopupScene></List></SubscribeMsgPopupEvent></xml>"
    )

    assert fields == {
        "Event": "subscribe_msg_popup_event",
        "Empty": "",
        "Also": "",
        "SubscribeMsgPopupEvent": {"List": {"TemplateId": "T1", "PopupScene": "2"}},
    }


def test_a_repeated_element_is_a_list_of_all():
    fields = read(b"<xml><L><I>1</I><I>2</I><I><a>3</a></I></L><M>x</M><M></M></xml>")

    assert fields == {"L": {"I": ["1", "2", {"a": "3"}]}, "M": ["x", ""]}
    assert read(b"<xml><M>x</M><M>y</M></xml>") == {"M": ["x", "y"]}


def test_markup_in_cdata_is_words():
    fields = read(b"<xml><a><![CDATA[<b>&amp;]]>]]&gt;<![CDATA[<c/>]]></a></xml>")

    assert fields == {"a": "<b>&amp;]]><c/>"}


def test_the_eighth_level_is_still_read():
    assert read(b"<xml>" + b"<a>" * 7 + b"b" + b"</a>" * 7 + b"</xml>")


def test_big_json_numbers_keep_all_their_digits():
    assert read(b'{"MsgId": 9007199254740993, "Precision": 1.10}') == {
        "MsgId": "9007199254740993",
        "Precision": "1.10",
    }
