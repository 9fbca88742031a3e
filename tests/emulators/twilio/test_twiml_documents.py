import pytest
from twilio.twiml.voice_response import Connect, Dial, VoiceResponse

from emulators.errors import TwimlError
from emulators.twilio import twiml

pytestmark = pytest.mark.unit

URL = "https://voice.example/twilio/voice"


def test_what_the_official_library_writes_is_read() -> None:
    response = VoiceResponse()
    connect = Connect(action="/twilio/stream-ended/t")
    stream = connect.stream(url="wss://voice.example/media", status_callback="https://voice.example/s")
    stream.parameter(name="from_number", value="+15550107788")
    response.append(connect)
    response.say("Вибачте", language="uk-UA")
    dial = Dial(action="/d", timeout=10, caller_id="+1")
    dial.number("+380440000000")
    response.append(dial)
    response.redirect("/again", method="GET")
    response.pause(length=3)
    response.play("/a.wav", loop=2)
    response.reject(reason="busy")
    response.hangup()
    document = twiml.parse(str(response), URL)
    assert document.verbs == (
        twiml.Stream(
            url="wss://voice.example/media",
            parameters={"from_number": "+15550107788"},
            status_callback="https://voice.example/s",
            action="/twilio/stream-ended/t",
        ),
        twiml.Say("Вибачте", "uk-UA"),
        twiml.Dial(("+380440000000",), "/d", timeout_s=10, caller_id="+1"),
        twiml.Redirect("/again", "GET"),
        twiml.Pause(3),
        twiml.Play("/a.wav", 2),
        twiml.Reject("busy"),
        twiml.Hangup(),
    )


def test_one_way_streams_are_not_executed() -> None:
    document = twiml.parse('<Response><Start><Stream url="wss://x"/></Start></Response>', URL)
    assert document.verbs == (twiml.Unsupported("Start"),)


@pytest.mark.parametrize("xml", ["", "hello", "<Response>", "<Nope/>", '<Response><Pause length="long"/></Response>'])
def test_what_is_no_twiml_is_refused(xml: str) -> None:
    with pytest.raises(TwimlError):
        twiml.parse(xml, URL)
