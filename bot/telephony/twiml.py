"""What Twilio is told to do with a call, as TwiML."""

from __future__ import annotations

from collections.abc import Mapping

from twilio.twiml.voice_response import Connect, VoiceResponse

from bot.settings import Language
from bot.telephony.base import CallRequest, Transfer

LOCALES: dict[Language, str] = {"uk": "uk-UA", "ru": "ru-RU", "en": "en-US"}
# A voice that reads Ukrainian; Twilio's default one reads English only.
VOICES: dict[Language, str] = {
    "uk": "Google.uk-UA-Standard-A",
    "ru": "Polly.Tatyana",
    "en": "Polly.Joanna",
}

SORRY_CONNECTING: dict[Language, str] = {
    "uk": "Вибачте, сталася технічна помилка. Зараз з'єднаю вас з оператором.",
    "ru": "Извините, произошла техническая ошибка. Сейчас соединю вас с оператором.",
    "en": "I'm sorry, something went wrong on our side. I'm connecting you to a person.",
}
SORRY_CALL_BACK: dict[Language, str] = {
    "uk": "Вибачте, сталася технічна помилка. Будь ласка, зателефонуйте трохи пізніше.",
    "ru": "Извините, произошла техническая ошибка. Пожалуйста, перезвоните чуть позже.",
    "en": "I'm sorry, something went wrong on our side. Please call again a little later.",
}
BUSY_CONNECTING: dict[Language, str] = {
    "uk": "Зараз усі лінії зайняті. З'єдную вас з оператором.",
    "ru": "Сейчас все линии заняты. Соединяю вас с оператором.",
    "en": "All our lines are busy right now. I'm connecting you to a person.",
}
BUSY_CALL_BACK: dict[Language, str] = {
    "uk": "Зараз усі лінії зайняті. Будь ласка, зателефонуйте за кілька хвилин.",
    "ru": "Сейчас все линии заняты. Пожалуйста, перезвоните через несколько минут.",
    "en": "All our lines are busy right now. Please call again in a few minutes.",
}
CLOSED: dict[Language, str] = {
    "uk": "Дякуємо за дзвінок. Зараз ми зачинені. Будь ласка, зателефонуйте в робочий час.",
    "ru": "Спасибо за звонок. Сейчас мы закрыты. Пожалуйста, перезвоните в рабочее время.",
    "en": "Thank you for calling. We are closed now. Please call again during business hours.",
}
NOBODY_ANSWERED: dict[Language, str] = {
    "uk": "На жаль, оператор не відповідає. Будь ласка, зателефонуйте пізніше.",
    "ru": "К сожалению, оператор не отвечает. Пожалуйста, перезвоните позже.",
    "en": "I'm sorry, nobody is answering. Please call again later.",
}

RING_S = 25
KEY_WAIT_S = 8

LINES: dict[str, dict[Language, str]] = {
    "busy_connecting": BUSY_CONNECTING,
    "busy_call_back": BUSY_CALL_BACK,
    "sorry_connecting": SORRY_CONNECTING,
    "sorry_call_back": SORRY_CALL_BACK,
    "closed": CLOSED,
    "nobody_answered": NOBODY_ANSWERED,
}
"""Every sentence above by the name that stands in its sound's address."""

Sounds = Mapping[str, str]
"""Addresses of sentences in our own voice, by name, in the caller's language; the carrier's voice says the others."""
NO_SOUNDS: Sounds = {}


def stream_to_bot(call: CallRequest, public_base_url: str, token: str) -> str:
    """TwiML that connects the caller to this server, and says what happens when the stream ends.

    Args:
        call: Its numbers travel along as parameters; decisions use the call row instead.
        public_base_url: https address of this server.
        token: One-time, in the path: Twilio drops query strings of stream addresses.
    """
    base = public_base_url.rstrip("/")
    ended = f"{base}/twilio/stream-ended/{token}"
    response = VoiceResponse()
    connect = Connect(action=ended, method="POST")
    stream = connect.stream(
        url=f"{media_base(base)}/media/twilio/{token}",
        status_callback=f"{base}/twilio/stream-status",
        status_callback_method="POST",
    )
    if call.from_number:
        stream.parameter(name="from_number", value=call.from_number)
    stream.parameter(name="to_number", value=call.to_number)
    response.append(connect)
    # Reached when the stream ends and the action was not asked.
    response.redirect(ended, method="POST")
    return str(response)


def media_base(public_base_url: str) -> str:
    """WebSocket address of this server for its https address."""
    return "wss://" + public_base_url.removeprefix("https://")


def apologise(language: Language, fallback_number: str | None, sounds: Sounds = NO_SOUNDS) -> str:
    """TwiML for a caller whose call broke: a spoken apology, then a human or the end."""
    return _tell("sorry_connecting" if fallback_number else "sorry_call_back", language, fallback_number, sounds)


def busy(language: Language, overflow_number: str | None, sounds: Sounds = NO_SOUNDS) -> str:
    """TwiML for a caller there is no room for: the busy line, then the number for such calls or the end."""
    return _tell("busy_connecting" if overflow_number else "busy_call_back", language, overflow_number, sounds)


def closed(language: Language, sounds: Sounds = NO_SOUNDS) -> str:
    """TwiML for a caller outside the number's hours."""
    return _tell("closed", language, None, sounds)


def connect_to(number: str, language: Language, sounds: Sounds = NO_SOUNDS) -> str:
    """TwiML that connects a live call to a human, with a spoken line if nobody answers."""
    return _tell(None, language, number, sounds)


def transfer_to(to: Transfer, call_id: str, public_base_url: str) -> str:
    """TwiML that connects a live call to somebody who may be briefed first, and says what happens if nobody takes it.

    Args:
        to: Whom, and how.
        call_id: CallSid of the caller's leg, in the addresses that Twilio asks later.
        public_base_url: https address of this server; without one nobody is briefed and nobody returns.
    """
    base = public_base_url.rstrip("/")
    if not base or not to.returns:
        return connect_to(to.number, to.language)
    response = VoiceResponse()
    dial = response.dial(timeout=RING_S, action=f"{base}/twilio/transfer-ended/{call_id}", method="POST")
    briefing = {"url": f"{base}/twilio/briefing/{call_id}", "method": "POST"} if to.briefed else {}
    dial.number(to.number, **briefing)
    return str(response)


def brief(words: str, language: Language, call_id: str, public_base_url: str) -> str:
    """TwiML that tells a colleague who is calling; without their key nobody is connected: it may be their voicemail."""
    response = VoiceResponse()
    answer = f"{public_base_url.rstrip('/')}/twilio/briefing-answer/{call_id}"
    gather = response.gather(num_digits=1, timeout=KEY_WAIT_S, action=answer, method="POST")
    for _ in range(2):
        gather.say(words, language=LOCALES[language], voice=VOICES[language])
    response.hangup()
    return str(response)


def nobody_answered(language: Language, sounds: Sounds = NO_SOUNDS) -> str:
    """TwiML for a caller whose transfer nobody took and who cannot come back either: a sentence and the end."""
    return _tell("nobody_answered", language, None, sounds)


def take_call() -> str:
    """TwiML that lets a briefed colleague talk to the caller."""
    return str(VoiceResponse())


def hang_up() -> str:
    """TwiML that ends the call."""
    response = VoiceResponse()
    response.hangup()
    return str(response)


def _tell(line: str | None, language: Language, number: str | None, sounds: Sounds) -> str:
    """A sentence, if one is named; then a human, if there is one, who may not answer; then the end."""
    response = VoiceResponse()
    if line:
        _say(response, line, language, sounds)
    if number:
        response.dial(number, timeout=RING_S)
        _say(response, "nobody_answered", language, sounds)
    response.hangup()
    return str(response)


def _say(response: VoiceResponse, line: str, language: Language, sounds: Sounds) -> None:
    if line in sounds:
        response.play(sounds[line])
    else:
        response.say(LINES[line][language], language=LOCALES[language], voice=VOICES[language])
