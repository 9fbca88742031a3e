"""The sentences that the product itself says, in the three languages."""

from __future__ import annotations

from collections.abc import Mapping

from spoken import Language

GREETING: dict[Language, str] = {
    "en": "Hello, this is the delivery desk. How can I help you?",
    "uk": "Добрий день, це служба доставки. Чим можу допомогти?",
    "ru": "Здравствуйте, это служба доставки. Чем могу помочь?",
}
OPENING: dict[Language, str] = {
    "en": "Hello, this is the delivery desk calling. Do you have a minute?",
    "uk": "Добрий день, вас турбує служба доставки. Маєте хвилинку?",
    "ru": "Здравствуйте, вас беспокоит служба доставки. Есть минутка?",
}
REMINDER_OPENING: dict[Language, str] = {
    "en": "Hello, this is the delivery desk. Am I speaking with the owner of this number?",
    "uk": "Добрий день, вас турбує служба доставки. Я розмовляю з власником цього номера?",
    "ru": "Здравствуйте, это служба доставки. Я говорю с владельцем этого номера?",
}
ABUSE_WARNING: dict[Language, str] = {
    "en": "I want to help you. Please let us speak calmly, or I will have to end this call. What can I do for you?",
    "uk": "Я хочу вам допомогти. Прошу, говорімо спокійно, інакше я завершу розмову. Чим можу допомогти?",
    "ru": "Я хочу вам помочь. Прошу, давайте говорить спокойно, иначе я завершу разговор. Чем могу помочь?",
}
ABUSE_GOODBYE: dict[Language, str] = {
    "en": "I am ending this call now. You are welcome to call again at another time. Goodbye.",
    "uk": "Я завершую розмову. Ви можете зателефонувати іншим разом. До побачення.",
    "ru": "Я завершаю разговор. Вы можете позвонить в другой раз. До свидания.",
}
OPTED_OUT: dict[Language, str] = {
    "en": "Understood. We will not call this number again. Goodbye.",
    "uk": "Зрозуміло. Ми більше не телефонуватимемо на цей номер. До побачення.",
    "ru": "Понятно. Мы больше не будем звонить на этот номер. До свидания.",
}
NOT_OPTED_OUT: dict[Language, str] = {
    "en": "I am sorry, I could not note that just now. Please tell us once more a little later. Goodbye.",
    "uk": "Перепрошую, зараз я не зміг цього записати. Скажіть нам, будь ласка, ще раз трохи пізніше. До побачення.",
    "ru": "Простите, сейчас я не смог этого записать. Скажите нам, пожалуйста, ещё раз чуть позже. До свидания.",
}
RECORDED: dict[Language, str] = {
    "en": "This call is recorded.",
    "uk": "Розмова записується.",
    "ru": "Разговор записывается.",
}
STILL_THERE: dict[Language, tuple[str, str]] = {
    "en": ("Are you still there?", "I can't hear you. Please say something if you are still on the line."),
    "uk": ("Ви ще на лінії?", "Я вас не чую. Скажіть щось, будь ласка, якщо ви на лінії."),
    "ru": ("Вы ещё на линии?", "Я вас не слышу. Скажите что-нибудь, пожалуйста, если вы на линии."),
}
SILENT_GOODBYE: dict[Language, str] = {
    "en": "I still can't hear you, so I will hang up now. Please call again. Goodbye.",
    "uk": "Я вас так і не чую, тому завершую дзвінок. Зателефонуйте ще раз. До побачення.",
    "ru": "Я вас так и не слышу, поэтому завершаю звонок. Перезвоните, пожалуйста. До свидания.",
}
GOODBYE: dict[Language, str] = {
    "en": "Thank you for calling. Goodbye.",
    "uk": "Дякую за дзвінок. До побачення.",
    "ru": "Спасибо за звонок. До свидания.",
}
RESUMED: dict[Language, str] = {
    "en": "Sorry, we lost the connection for a second.",
    "uk": "Вибачте, на секунду пропав зв'язок.",
    "ru": "Извините, на секунду пропала связь.",
}
GO_ON: dict[Language, str] = {
    "en": "I'm listening, please go on.",
    "uk": "Слухаю вас, продовжуйте, будь ласка.",
    "ru": "Слушаю вас, продолжайте, пожалуйста.",
}
TRANSFER: dict[Language, str] = {
    "en": "I am connecting you to a colleague now. Please hold the line.",
    "uk": "З'єдную вас із колегою. Залишайтеся на лінії, будь ласка.",
    "ru": "Соединяю вас с коллегой. Оставайтесь на линии, пожалуйста.",
}
NOBODY_TOOK_IT: dict[Language, str] = {
    "en": "I am sorry, my colleague is not answering right now. I am with you again. What can I do for you?",
    "uk": "На жаль, колега зараз не відповідає. Я знову з вами. Чим можу допомогти?",
    "ru": "К сожалению, коллега сейчас не отвечает. Я снова с вами. Чем могу помочь?",
}
WAITING: dict[Language, str] = {
    "en": "Of course, take your time.",
    "uk": "Звісно, я зачекаю.",
    "ru": "Конечно, я подожду.",
}
HOLD: dict[Language, str] = {
    "en": "Please hold the line for a moment.",
    "uk": "Залишайтеся на лінії, будь ласка, це ненадовго.",
    "ru": "Оставайтесь на линии, пожалуйста, это ненадолго.",
}
HOLD_OVER: dict[Language, str] = {
    "en": "Thank you for waiting. I am with you again.",
    "uk": "Дякую, що зачекали. Я знову з вами.",
    "ru": "Спасибо, что подождали. Я снова с вами.",
}
TYPE: dict[str, dict[Language, str]] = {
    "order_number": {
        "en": "Please type the order number on your phone and press the hash key.",
        "uk": "Наберіть, будь ласка, номер замовлення на телефоні й натисніть решітку.",
        "ru": "Наберите, пожалуйста, номер заказа на телефоне и нажмите решётку.",
    },
    "phone_number": {
        "en": "Please type the phone number on the order and press the hash key.",
        "uk": "Наберіть, будь ласка, номер телефону, на який оформлено замовлення, і натисніть решітку.",
        "ru": "Наберите, пожалуйста, номер телефона, на который оформлен заказ, и нажмите решётку.",
    },
}
TYPE_CODE: dict[Language, str] = {
    "en": "I need to be sure that it is you: a code is on its way to the phone number on the order. "
    "Please do not say it; type it on your phone.",
    "uk": "Мені треба впевнитися, що це ви: на номер телефону, вказаний у замовленні, зараз прийде код. "
    "Не називайте його, а наберіть, будь ласка, на телефоні.",
    "ru": "Мне нужно убедиться, что это вы: на номер телефона, указанный в заказе, сейчас придёт код. "
    "Не называйте его, а наберите, пожалуйста, на телефоне.",
}
CODE_WRONG: dict[Language, str] = {
    "en": "That is not the code. Please type it once more.",
    "uk": "Це не той код. Наберіть його, будь ласка, ще раз.",
    "ru": "Это не тот код. Наберите его, пожалуйста, ещё раз.",
}
CODE_TRANSFER: dict[Language, str] = {
    "en": "I can't make sure that it is you, so I am connecting you to a colleague. Please hold the line.",
    "uk": "Я не можу впевнитися, що це ви, тому з'єдную вас із колегою. Залишайтеся на лінії, будь ласка.",
    "ru": "Я не могу убедиться, что это вы, поэтому соединяю вас с коллегой. Оставайтесь на линии, пожалуйста.",
}
CODE_CALLBACK: dict[Language, str] = {
    "en": "I can't make sure that it is you, so I can't go on with the order. "
    "A colleague can call you back. When would that suit you?",
    "uk": "Я не можу впевнитися, що це ви, тому не можу працювати із замовленням. "
    "Вам може зателефонувати колега. Коли вам було б зручно?",
    "ru": "Я не могу убедиться, что это вы, поэтому не могу работать с заказом. "
    "Вам может перезвонить коллега. Когда вам было бы удобно?",
}
TYPE_AGAIN: dict[Language, str] = {
    "en": "I did not get the whole number. Please type it once more and press the hash key.",
    "uk": "Я не отримав усього номера. Наберіть його, будь ласка, ще раз і натисніть решітку.",
    "ru": "Я не получил весь номер. Наберите его, пожалуйста, ещё раз и нажмите решётку.",
}
NOT_TYPED: dict[Language, str] = {
    "en": "Then let us go on without it. Please tell me what I can do for you.",
    "uk": "Тоді продовжимо без цього. Скажіть, будь ласка, чим я можу допомогти.",
    "ru": "Тогда продолжим без этого. Скажите, пожалуйста, чем я могу помочь.",
}
ONE_MOMENT: dict[Language, tuple[str, ...]] = {
    "en": ("One moment, please.", "It is taking a little longer than usual.", "I am still working on it."),
    "uk": ("Хвилинку, будь ласка.", "Це триває трохи довше, ніж зазвичай.", "Ще перевіряю."),
    "ru": ("Минутку, пожалуйста.", "Это занимает чуть больше времени, чем обычно.", "Ещё проверяю."),
}
SAY_AGAIN: dict[Language, str] = {
    "en": "Sorry, I didn't catch that. Could you say it again?",
    "uk": "Вибачте, я не розчув. Повторіть, будь ласка.",
    "ru": "Извините, я не расслышал. Повторите, пожалуйста.",
}
MUST_GO: dict[Language, str] = {
    "en": "I am sorry, I have to end this call now. Please call again in a few minutes. Goodbye.",
    "uk": "Перепрошую, я мушу завершити розмову. Зателефонуйте, будь ласка, за кілька хвилин. До побачення.",
    "ru": "Простите, я должен завершить разговор. Перезвоните, пожалуйста, через несколько минут. До свидания.",
}
TROUBLE: dict[Language, str] = {
    "en": "Sorry, something went wrong on our side. Could you say that again?",
    "uk": "Вибачте, у нас сталася технічна помилка. Повторіть, будь ласка, ще раз.",
    "ru": "Извините, у нас произошла техническая ошибка. Повторите, пожалуйста, ещё раз.",
}
TROUBLE_TRANSFER: dict[Language, str] = {
    "en": "I am sorry, our system is not working right now. I am connecting you to a colleague.",
    "uk": "Перепрошую, наша система зараз не працює. З'єдную вас із колегою.",
    "ru": "Простите, наша система сейчас не работает. Соединяю вас с коллегой.",
}
TROUBLE_GOODBYE: dict[Language, str] = {
    "en": "I am sorry, our system is not working right now. Please call again a little later. Goodbye.",
    "uk": "Перепрошую, наша система зараз не працює. Зателефонуйте, будь ласка, трохи пізніше. До побачення.",
    "ru": "Простите, наша система сейчас не работает. Перезвоните, пожалуйста, чуть позже. До свидания.",
}
PRESS: dict[Language, str] = {
    "en": "Please press 1 on your phone for yes, or 2 for no.",
    "uk": "Натисніть, будь ласка, на телефоні 1, якщо так, або 2, якщо ні.",
    "ru": "Нажмите, пожалуйста, на телефоне 1, если да, или 2, если нет.",
}
NOTHING_DONE: dict[Language, str] = {
    "en": "To be clear, nothing has been changed yet.",
    "uk": "Уточню: поки що нічого не змінено.",
    "ru": "Уточню: пока ничего не изменено.",
}
UNCONFIRMED: dict[Language, str] = {
    "en": "I'm sorry, that I can't confirm.",
    "uk": "Вибачте, цього я підтвердити не можу.",
    "ru": "Извините, этого я подтвердить не могу.",
}
UNSURE: dict[Language, str] = {
    "en": "I'm sorry, I can't tell right now whether the change was saved.",
    "uk": "Вибачте, я зараз не можу сказати, чи збереглася зміна.",
    "ru": "Извините, я сейчас не могу сказать, сохранилось ли изменение.",
}

ALL: tuple[Mapping[Language, str] | Mapping[Language, tuple[str, ...]], ...] = (
    GREETING,
    OPENING,
    REMINDER_OPENING,
    RECORDED,
    ONE_MOMENT,
    RESUMED,
    GO_ON,
    TROUBLE,
    TROUBLE_TRANSFER,
    TROUBLE_GOODBYE,
    SAY_AGAIN,
    STILL_THERE,
    GOODBYE,
    TRANSFER,
    SILENT_GOODBYE,
    MUST_GO,
    NOBODY_TOOK_IT,
    WAITING,
    HOLD,
    HOLD_OVER,
    TYPE_AGAIN,
    *TYPE.values(),
    TYPE_CODE,
    CODE_WRONG,
    CODE_TRANSFER,
    CODE_CALLBACK,
    ABUSE_WARNING,
    ABUSE_GOODBYE,
    OPTED_OUT,
    NOT_OPTED_OUT,
    NOT_TYPED,
    PRESS,
    NOTHING_DONE,
    UNCONFIRMED,
    UNSURE,
)
"""Everything above; what a caller may need first comes first."""


def opening(flow: str, language: Language) -> str:
    """The first sentence of a call that we place: a reminder asks for the right person before anything else."""
    return (REMINDER_OPENING if flow == "delivery_reminder" else OPENING)[language]
