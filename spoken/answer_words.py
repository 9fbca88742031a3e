"""Phrases by which callers answer a read-back, as regular expressions over normal words parted by spaces."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from spoken.languages import Language
from spoken.lexicon import words
from spoken.patterns import phrases


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """One language's phrases, taken out of the text in this order, so that "not correct" holds no "correct".

    Attributes:
        confused: asks, or has not heard: never an answer.
        neutral: says neither, though its words look as if ("no problem", "don't forget").
        hedged: leaves the answer open or ties it to a condition.
        held: asks to wait.
        no: refuses.
        another: wants something else, without naming it.
        but: adds a reservation.
        yes: agrees explicitly.
        negation: any negation left over makes the rest unclear.
        harmless: words that may stand beside a yes.
    """

    confused: re.Pattern[str]
    neutral: re.Pattern[str]
    hedged: re.Pattern[str]
    held: re.Pattern[str]
    no: re.Pattern[str]
    another: re.Pattern[str]
    but: re.Pattern[str]
    yes: re.Pattern[str]
    negation: re.Pattern[str]
    harmless: frozenset[str]


_START = r"(?:(?<=^)|(?<=[,.!;] ))"

_EN = AnswerWords(
    confused=phrases(
        _START + r"(?:and |so |but |or |sorry |um |uh |wait )*(?:what|what's|whats|when|why|who|who's|how"
        r"|which|where)(?! i (?:want|said|need|asked|meant|like))(?! not)",
        r"pardon(?: me)?|excuse me|huh|hello|are you there|come again|repeat|(?:say"
        r"|tell)(?: me)?(?: that| it)? again|once (?:more|again)",
        r"(?:did not|didn't|don't|do not|can't|cannot|couldn't)(?: quite| really)? (?:hear|catch"
        r"|get|understand|follow)(?: you| that| it)?",
        _START
        + r"(?:(?:can|could|would|will|should) (?:you|we|i|it|that|this)|(?:do|does|did) (?:you|we|i|they|he|she)"
        r"|(?:is|are|was) (?:it|that|this|you|there|they|he|she))",
        r"i'm listening|speaking|i can hear you",
    ),
    neutral=phrases(
        r"no (?:problem|problems|worries|objections?|questions?|doubt|issues?|bother|rush"
        r"|trouble)(?: at all)?",
        r"(?:i )?(?:don't|do not|wouldn't) mind|(?:don't|do not) (?:worry|forget)"
        r"|not at all a problem|not a problem|i don't see why not|why not|not bad",
        r"can't (?:wait|complain)|nothing else|no more|see you later",
    ),
    hedged=phrases(
        r"(?:i'm |i am )?not (?:so |too |quite |really |entirely |completely |very )?(?:sure"
        r"|certain)|unsure|(?:i )?(?:don't|do not) (?:really )?know|dunno|no idea",
        r"maybe|perhaps|probably|possibly|presumably|i think|i guess|i suppose|i believe|might"
        r"|kind of|sort of|i hope|hopefully|should be",
        r"let me (?:think|check|see|ask|look)|i need to (?:think|check|ask)|if|unless|depends"
        r"|whether|as long as|provided|could be|would have to|once",
    ),
    held=phrases(
        r"wait(?: a (?:second|minute|moment|sec))?|hold on|hang on|hold up|actually"
        r"|(?:just )?(?:one|a) (?:moment|second|minute|sec)|hmm"
    ),
    no=phrases(
        r"no|nope|nah|no way|naw|negative|incorrect|wrong|mistaken|never mind|nevermind"
        r"|forget (?:it|that|about it)|stop(?: it| that)?",
        r"(?:that's |that is |it's |it is |this is |this isn't |isn't |that isn't |it isn't "
        r"|that was |wasn't )?(?:not|never)(?: quite| really| exactly| at all| entirely"
        r"| all)? (?:right|correct|it|that|true|ok|okay|alright|good|fine|great|accurate|now|yet"
        r"|today|what i \w+|the right \w+|for me|an? \w+|agreed|confirmed|happy|interested)",
        r"(?:isn't|wasn't|ain't|aren't)(?: quite| really)? (?:right|correct|it|true|ok|okay|good"
        r"|fine|what i \w+|the right \w+)|not really|certainly not|absolutely not|definitely not"
        r"|of course not|please not|rather not|better not|not at all|no thank you|no thanks",
        r"(?:please )?(?:don't|do not|dont|shouldn't|should not|mustn't)(?: you)? (?:do|move|change"
        r"|reschedule|bother|book|touch|proceed|go|confirm|want|need|like|agree|make|even|have to"
        r"|you dare|you)(?: it| that| to| so| ahead| anything| them| any of that)?",
        r"i'd rather not|(?:can't|cannot|can not|won't|doesn't|does not|will not|wouldn't|don't"
        r"|do not)(?: really)? (?:work|do|make it|be|suit|confirm|agree|accept)(?: that| it"
        r"| for me)?|i can't|i cannot",
        # "#" stands for a date.
        r"not (?:on |the |for |to )*#",
        r"cancel(?: it| that| this)?|leave it(?: as it is| alone| be| there)?|keep it(?: as it is)?"
        r"|changed my mind|no need|neither|don't|do not",
    ),
    another=phrases(
        r"(?:an)?other (?:day|date|time|order|one|number)|different (?:day|date|time|order|one"
        r"|number)|earlier|later|sooner|instead|rather|the (?:day|week) (?:after|before)|next week"
        r"|this week|next month|(?:some|any)(?:time| time| other day)|weekend|not before|not after"
        r"|as soon as possible"
    ),
    but=phrases(
        r"but(?! (?:thanks|thank))|however|except|although|though|only|apart from|just not|also"
        r"|as well|and also"
    ),
    yes=phrases(
        r"yes|yeah|yea|yep|yup|yah|yeh|ya|aye|yes sir|yes ma'am|okay|ok|okey|okie|o k|okie dokie"
        r"|okey dokey|kay|sure(?: thing)?|surely|for sure|all right|alright",
        r"that's what i (?:want|said|need|asked for|meant|asked)|that is what i (?:want|said|need"
        r"|meant)|what i (?:want|said|need|meant)|(?:exactly )?(?:as|like) i said",
        r"(?:that's|that is|that was|you're|you are|it's|it is|this is|everything's|everything is"
        r"|all|all of (?:that|it) is|sounds|looks|seems|that sounds|it sounds|that looks|that'd be"
        r"|that would be|it would be|that will be|that'll be|would be)(?: all| absolutely"
        r"| perfectly| just| exactly| totally| quite| really| very| completely)? (?:right|correct"
        r"|it|fine|good|great|perfect|ok|okay|true|lovely|wonderful|accurate|excellent|alright"
        r"|all right|the one|confirmed|nice|cool)",
        r"correct|exactly|precisely|absolutely|definitely|certainly|indeed|affirmative|of course"
        r"|naturally|confirm|confirmed|agreed|fine|perfect|you bet|by all means|i (?:confirm|agree"
        r"|accept|approve)(?: it| that| this)?",
        r"(?:please )?go ahead(?: and)?(?: please)?|go for it|go on|proceed|please do|do (?:it|that"
        r"|so|please)|let's (?:do|go|move|book|confirm)(?: it| that| for it| with that| with it"
        r"| ahead)?|make it so|make the change|make that change|book it|carry on",
        r"(?:you (?:can|may|should) |please |just )?(?:move|reschedule|put|switch|shift"
        r"|rebook) (?:it|that|my order|the order|the delivery|my delivery)|you (?:can|may"
        r"|should)(?: do (?:it|that|so)| go ahead)?|(?:that|it|this)(?: day| date)?(?: will| would"
        r"|'ll)? (?:works?|suits?)(?: for me| me| fine| great| well| perfectly)*|works for me"
        r"|suits me(?: fine)?|that'll (?:work|do)|that will (?:work|do)|that does it|i (?:do|would"
        r"|will)|i'd (?:like|love) (?:that|it|to)",
    ),
    negation=phrases(r"not|never|nor|none|nothing|nobody|cannot|\w+n't|dont|cant|wont|without"),
    harmless=words(
        "a the and so well oh ah um uh er hey i i'd i'm i'll you you're it it's that that's this we"
        " me my we'll us is be are was do please thanks thank much very lot cheers great good nice"
        " lovely wonderful excellent right true cool awesome fantastic brilliant amazing to on at for"
        " of in with like would will can just then now ahead go move moved moving order number"
        " delivery date day put change changed confirm there all everything too really absolutely"
        " totally quite sorry please sir madam ma'am dear kindly want need let's day one two three"
        " four five six seven eight nine zero what said bye goodbye have mhm mm uh-huh appreciate"
        " honey new sounds looks works work work's perfect okay yourself"
    ),
)

_CYRILLIC_CONFUSED = (
    _START + r"(?:а |і |и |й |ну |так |да |вибачте |извините |простите |перепрошую )*(?:що|шо|коли|чому"
    r"|хто|де|скільки|яке|яка|який|яку|якого|як|что|чего|когда|почему|кто|где|сколько|какой|какая"
    r"|какое|какую|какого|как|зачем|навіщо)",
    r"алло|алло алло|але але|повторіть|повтори|повторите|ще раз|еще раз|перепрошую|слухаю|слушаю"
    r"|не чути|не слышно|доброго дня|добрый день|вітаю|здравствуйте",
    r"(?:я |вас |вас погано )*(?:не|погано|плохо) (?:вас )?(?:чую|почув|почула|розчув|розчула"
    r"|зрозумів|зрозуміла|розумію|дочув|дочула|слышу|слышно|расслышал|расслышала|услышал|услышала"
    r"|понял|поняла|понимаю)(?: вас)?",
    r"чи|хіба|невже|разве|неужели|в смысле|в сенсі|да вы что|та ви що",
)
_CYRILLIC_NEUTRAL = (
    r"не (?:проти|против|заперечую|возражаю|забудьте|забудь|хвилюйтеся|хвилюйтесь|переживайте"
    r"|волнуйтесь|за що|за что|страшно|біда|беда)",
    r"без проблем|немає проблем|нема проблем|нет проблем|жодних проблем|никаких проблем"
    r"|нет вопросов|нема питань|да ладно",
    r"не (?:погано|плохо)|чому б і ні|почему бы и нет|чому ні|почему нет",
)
_CYRILLIC_HEDGED = (
    r"(?:я )?(?:ще |еще |точно )?не (?:знаю|впевнен|впевнений|впевнена|певен|певна|уверен|уверена"
    r"|пам'ятаю|помню|вирішив|вирішила|решил|решила)",
    r"мабуть|напевно|напевне|певно|можливо|може(?: бути)?|здається|ймовірно|начебто|ніби|якщо"
    r"|залежить|подумаю|подумати|гляну|подивлюся|як скажете",
    r"наверное|наверно|может(?: быть)?|возможно|кажется|вероятно|вроде|вроде бы|если|зависит"
    r"|подумать|посмотрю|как скажете|думаю",
)
_CYRILLIC_HELD = (
    r"(?:зачекайте|почекайте|стривайте|чекайте|зачекай|почекай|постривай|подождите|погодите"
    r"|постойте|стойте|обождите|подожди|погоди|постой)(?: хвилинку| секунду| минутку| минуту"
    r"| будь ласка| пожалуйста)?",
    r"(?:одну )?(?:секунду|секундочку|хвилинку|хвилину|минутку|минуту|минуточку|момент|секунду"
    r"|мить)|один момент",
)
_CYRILLIC_NO = (
    r"ні|нє|неа|не а|нет|ні в якому разі|в жодному разі|у жодному разі|аж ніяк|ни в коем случае"
    r"|нізащо|ни за что|нічого|ничего|отнюдь",
    r"(?:це |это |все )?не (?:зовсім |совсем |дуже |очень |совсем то )?(?:вірно|правильно|так|те"
    r"|той|та|ту|то|тот|верно|треба|потрібно|варто|слід|надо|нужно|стоит|следует|зручно|удобно"
    r"|добре|хорошо|ок|окей|можна|можно|згоден|згодна|согласен|согласна)",
    r"не (?:хочу|буду|можу|зможу|могу|смогу|хотів би|хотіла б|хотел бы|хотела бы|підходить|підійде"
    r"|підтверджую|влаштовує|подходит|подойдет|подтверждаю|устраивает|получится|вийде|вистачить"
    r"|переношу|планую|планирую|давай|зараз|сейчас|сьогодні|сегодня|цікавить|интересует)",
    r"не \w+(?:йте|іть|ите|ьте|те)|невірно|неправильно|неверно|незручно|неудобно|помилка|помилилися"
    r"|ошибка|ошиблись|стоп|скасуйте|скасуй|скасувати|відміна|відміни|відмініть|отмена|отмените"
    r"|отмени|отменить",
    r"не (?:на |у |в |во )?#",
    r"забудьте|забудь|залиште(?: як є| все як є)?|залишіть(?: як є)?|залишайте|оставьте(?: как есть"
    r"| все как есть)?|оставляйте|передумав|передумала|передумал|відмовляюсь|отказываюсь|против|проти",
)
_CYRILLIC_ANOTHER = (
    r"(?:на )?інш(?:ий|а|у|ого|ої|е|ому)(?: день| дату| дня| дата| число| замовлення| номер)?"
    r"|(?:на )?друг(?:ой|ую|ое) (?:день|дату|число|заказ|номер)|другого дня|в друг(?:ой|ое) (?:день"
    r"|время)",
    r"раніше|пізніше|раньше|позже|попозже|пораньше|пізніш|натомість|вместо этого|замість|вместо"
    r"|наступного тижня|наступному тижні|следующей неделе|цього тижня|этой неделе|вихідн\w+|выходн\w+",
)
_CYRILLIC_BUT = (
    r"але|проте|однак|тільки|лише|хоча|крім|но|однако|только|хотя|кроме|зато|еще и|ще й|також|также|правда",
)
_CYRILLIC_YES = (
    r"да|дада|та так|ну да|ну так|авжеж|звичайно|звісно|безумовно|обов'язково|атож|еге ж|так точно"
    r"|саме так|саме|отож|вірно|правильно|точно|все так|все вірно|все правильно|все точно|усе вірно"
    r"|так і є|хай буде(?: так)?|нехай буде(?: так)?",
    r"(?:я )?(?:згоден|згодна|згодні|згода|підтверджую|підтверджуємо|за|согласен|согласна|согласны"
    r"|подтверждаю|подтверждаем|одобряю)|домовились|договорились|договорилися|по рукам",
    r"конечно|разумеется|безусловно|обязательно|естественно|именно|именно так|верно|все верно"
    r"|все правильно|все точно|так и есть|пусть будет(?: так)?|идет",
    r"ок|окей|океюшки|о'кей|гаразд|добре|хорошо|ладно|ладненько|йес|yes|ok|okay|добро|лады",
    r"давай(?:те)?(?: так)?|переносьте|перенось|перенесіть|перенеси|переносіть|робіть|роби|зробіть"
    r"|міняйте|змінюйте|змініть|поміняйте|переносите|переноси|перенесите|делайте|делай|сделайте"
    r"|меняйте|поменяйте|оформляйте|записуйте|записывайте|бронюйте|бронируйте|дійте|действуйте"
    r"|продовжуйте|продолжайте",
    r"можна|можете|можно|годиться|підходить|підійде|влаштовує|годится|подходит|подойдет|устраивает"
    r"|сойдет|пойдет|піде",
)
_CYRILLIC_HARMLESS = words(
    "а і й и та ну ой о от ось це то все усе всё мене мені меня мне я ви вы ми мы нас нам вам вас"
    " його її их ее будь ласка прошу пожалуйста дякую спасибі спасибо дуже очень велике большое вам"
    " щиро будьте ласкаві добры чудово прекрасно супер клас класно отлично замечательно здорово круто"
    " вже уже тоді тогда на в у во до із з с це этот эта цю эту цей день дату число дата замовлення"
    " заказ номер доставка доставку перенести перенос переносити переносить так точно саме ага угу"
    " ладно хочу треба надо нужно було бы б би буде будет бути один одна два дві две три чотири четыре"
    " п'ять пять шість шесть сім семь вісім восемь дев'ять девять нуль ноль мой моє мое моего свій"
    " свое до побачення свидания зручно удобно нормально норм зараз сейчас цілком вполне абсолютно"
    " полностью повністю зробіть сделайте виключно дорогий дівчино девушка пані пан новую нову"
)


def _cyrillic(yes: str, harmless: frozenset[str] = frozenset()) -> AnswerWords:
    return AnswerWords(
        confused=phrases(*_CYRILLIC_CONFUSED),
        neutral=phrases(*_CYRILLIC_NEUTRAL),
        hedged=phrases(*_CYRILLIC_HEDGED),
        held=phrases(*_CYRILLIC_HELD),
        no=phrases(*_CYRILLIC_NO),
        another=phrases(*_CYRILLIC_ANOTHER),
        but=phrases(*_CYRILLIC_BUT),
        yes=phrases(yes, *_CYRILLIC_YES),
        negation=phrases(r"не|ні|ни|нема|немає|без|нельзя|не\w+но"),
        harmless=_CYRILLIC_HARMLESS | harmless,
    )


ANSWER_WORDS: Mapping[Language, AnswerWords] = {
    "uk": _cyrillic(r"так"),
    # In Russian a lone "так" is "so", not yes.
    "ru": _cyrillic(r"так точно|именно так|все так"),
    "en": _EN,
}
