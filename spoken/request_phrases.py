"""Phrases of callers' requests, as regular expressions over normal words parted by spaces."""

import re
from collections.abc import Mapping

from spoken.languages import Language
from spoken.tokens import tokenize


def normal_words(text: str) -> str:
    """The words and marks of a text in normal form, parted by single spaces."""
    return " ".join(token.text for token in tokenize(text))


def _any(*phrases: str) -> re.Pattern[str]:
    return re.compile(r"(?<!\S)(?:" + "|".join(phrases) + r")(?!\S)")


def _alone(*phrases: str) -> re.Pattern[str]:
    return re.compile(r"^[,.!?… ]*(?:" + "|".join(phrases) + r")[,.!?… ]*$")


# No negation within the four words before.
_UNLESS = r"(?<!not )(?<!n't )(?<!n't want to )(?<!n't need to )(?<!not want to )(?<!never )(?<!n't need )(?<!n't want )(?<!n't want an )(?<!n't want a )(?<!n't need an )(?<!n't need a )(?<!without )"
_ORDER = r"(?:order|package|parcel|delivery|shipment|item|stuff|purchase|box)s?"
_ANY_PERSON = r"(?:operator|human(?: being)?|(?:real |live |actual )?(?:person|people|human)|agent|representative|rep|consultant|someone|somebody|manager|supervisor|staff(?: member)?|customer (?:service|support)|support|colleague)"

_EN = {
    "voicemail": _any(
        r"after the (?:tone|beep|signal)|at the (?:tone|beep)",
        r"(?<!can i )(?<!could i )(?<!may i )(?<!i'd like to )(?<!i want to )(?:please )?leave (?:a|your|me a|us a) (?:short |brief |detailed )?message|leave your name",
        r"record your (?:message|name)|you(?:'ve| have) reached the (?:voicemail|voice mail|mailbox|answering)|voice ?mail|answering machine|mailbox is full",
        r"(?:is|am|are) (?:not available|unavailable|currently unavailable)(?: right now| at the moment)? (?:to take|to answer|please)|can't (?:come to|get to|answer) the phone|(?:cannot|can't|unable to) take your call|the (?:person|subscriber|number|customer) you (?:have |are )?(?:called|calling|dialed|dialled)",
    ),
    "wrong_number": _any(
        r"(?<!order )(?<!gave you the )(?<!gave the )(?<!gave you a )(?<!said the )(?<!told you the )(?<!dictated the )(?<!have the order )(?:wrong (?:phone )?number|wrong person)",
        r"(?:no ?one|nobody|no one here) (?:here )?(?:by|with|of|called) (?:that|this) name|no (?:such person|one called|one named|\w+) (?:lives )?here|you(?:'ve| have)? (?:got|reached|called|dialed|dialled|misdialed|misdialled)(?: up)? (?:the )?wrong|misdialed|misdialled|i (?:don't|do not|didn't|did not|never) order(?:ed)? anything",
    ),
    "human": _any(
        _UNLESS
        + r"(?:speak|talk|connect|transfer|put|pass|chat)(?: \w+){0,3}? (?:to|with|through to) (?:an?|the|your|some|any|one of your)? ?"
        + _ANY_PERSON,
        _UNLESS
        + r"(?:get|give|want|need|have|call|fetch|prefer)(?: \w+){0,2}? (?:an?|the|your|some)? ?(?:operator|human(?: being)?|(?:real |live |actual )(?:person|human|agent)|live operator|agent|representative|rep|manager|supervisor|person)",
        r"(?:human|operator|agent|representative)(?: ,)? please|(?:transfer|connect) me(?! to (?:a )?robot)|"
        + _UNLESS
        + r"put me through|is there (?:anyone|a person|someone|a human)(?: i can)?(?: to)? (?:talk|speak)(?: to)?|(?:real|live) (?:person|human|agent|operator) please|talk to (?:a )?(?:real )?(?:person|human)(?! ?\?)",
    ),
    "cancel_order": _any(
        _UNLESS
        + r"(?:cancel|call off|annul)(?: \w+){0,2}? (?:my |the |this |that |an |our )?(?:order|delivery|purchase|package|parcel)",
        _UNLESS
        + r"(?:cancel|call off) (?:it|this|everything|order)|(?:order|delivery|it) (?:to be )?cancell?ed|(?:don't|do not) want (?:the|my|this|that|it) ?(?:order|delivery|package|parcel)? ?any ?more|(?:want|need|get|request) (?:a|my) (?:refund|money back)",
    ),
    "move": _any(
        _UNLESS
        + r"(?:move|moving|reschedule|rescheduling|postpone|postponing|rebook|shift|push back|push|bring forward|delay|re-?schedule)(?= |$)(?! to (?:a new|another) (?:house|home|flat|apartment|city))(?! house| home| in | out )",
        _UNLESS
        + r"(?:change|changing|switch|alter|modify|adjust)(?: \w+){0,3}? (?:day|date|time|delivery|schedule)(?! (?:address|phone|name|number|city))",
        r"(?:deliver|delivered|bring|come|arrive|get|receive|have)(?: \w+){0,3}? (?:on |for |at )?(?:an ?other|a different|some other) (?:day|date|time)|(?:another|different|other|new|better|later|earlier) (?:day|date|delivery day|delivery date)",
        r"(?:deliver|delivered|bring|receive|get)(?: \w+){0,3}? (?:earlier|later|sooner)|(?:won't|will not|can't|not going to|not gonna) be (?:at )?home|change it to|make it (?:another|a different)",
    ),
    "status": _any(
        r"where(?:'s| is| are)(?: \w+){0,3}? (?:"
        + _ORDER
        + r"|it|courier|driver|courier's)(?: now)?|where my "
        + _ORDER,
        r"(?:when|what (?:day|time|date))(?:'s|'ll)?(?: (?:will|does|is|are|do|should|can|would|did|has|was))?(?: \w+){0,4}? (?:arriv\w+|com(?:e|es|ing)|deliver\w*|get here|be here|here|expect\w*|ship\w*|due|receive|get it|get my "
        + _ORDER
        + ")",
        r"(?:status|track|tracking|whereabouts|check on|check up on|update on|news about|what happened to|what's happening with|what's going on with|what about)(?: \w+){0,4}? (?:"
        + _ORDER
        + r"|it)|(?:order|delivery|tracking) status|status (?:please|of)|track(?:ing)? (?:it|my|number)",
        r"(?:has|have|is|did|was|hasn't|isn't|didn't|haven't)(?: \w+){0,3}? (?:shipped|sent|dispatched|left|arrived|delivered|on (?:its|the) way|ship|arrive|out for delivery)(?: yet)?|(?:hasn't|has not|haven't|didn't|not) (?:arrived|come|received|been delivered|got|gotten)(?: yet)?|still waiting for|how long(?: \w+){0,4}? (?:take|wait|arrive)",
    ),
    "repeat": re.compile(
        _any(
            r"(?<!don't )(?:repeat|say)(?: \w+){0,2}? (?:that|it|again|please)(?: again)?|repeat(?: please)?|pardon(?: me)?|come again|once more|one more time|i beg your pardon",
            r"(?:did not|didn't|don't|do not|couldn't|could not|can't|cannot)(?: quite| really)? (?:hear|catch|get|understand|follow)(?: you| that| it| what)?|what (?:was|did|is) (?:that|you say|it)(?: again)?|what (?:did you|were you) say\w*|speak (?:up|louder|slower|more slowly)|slow(?:er| down)(?: please)?",
        ).pattern
        + r"|"
        + _alone(
            r"(?:what|huh|sorry|excuse me|eh|sorry what|what what|what sorry|you what|what was that)"
        ).pattern
    ),
    "goodbye": _any(
        r"good ?bye|bye(?: bye)?|bye-bye|see (?:you|ya)(?: later| soon)?|have a (?:good|nice|great|lovely|wonderful)(?: rest of (?:the|your))? (?:day|one|evening|night|weekend|morning|afternoon)|good night|take care|talk to you later|i have to go|i gotta go|farewell|cheerio",
        r"(?:that's|that is|that was|that'll be|that will be|that would be|this is) (?:all|it|everything)(?! (?:right|correct|fine|good|ok|okay|wrong|i (?!need|want|wanted|have)))|nothing else|i'm (?:all )?done|we're done|no more questions|i don't need anything else",
    ),
    "never_mind": re.compile(
        _any(
            r"never ?mind|forget (?:it|about it|that)|leave (?:it|everything|things|the order|my order|that)(?: \w+){0,2}? (?:as|like|the way) (?:it|they|is)(?: is| are| was)?|leave it(?: alone| be| there| then)?|keep it (?:as|the way|like)(?: it)?(?: is| was)?|keep the (?:same|original|old|current) (?:day|date)",
            r"(?:don't|do not|dont)(?: \w+){0,2}? (?:move|change|reschedule|do|touch|bother)(?: it| anything| that)?|(?:i've |i have |i )?changed my mind|no need|not necessary|no longer (?:need|necessary)|don't need (?:anything|it|to)|do not need anything|i don't want anything|let it be",
        ).pattern
        + r"|"
        + _alone(
            r"(?:no |nope |no , |well , |uh )*(?:nothing|no thanks|no thank you|no , thanks|no , thank you|not anymore|nothing really|nothing at all)(?:[ ,]+(?:thanks|thank you|really|for now|then|today|please|i'm good|i'm fine))*"
        ).pattern
    ),
    "thanks": _alone(
        r"(?:(?:oh|okay|ok|great|good|perfect|alright|all right|right|well|no|yes|wonderful|lovely|excellent|brilliant|fine|cool|got it|i see|many|much|a lot|so much|very much|very|you|that's great|i appreciate it|cheers|thanks|thank you|thank|for your help|for the help|for everything|for that|appreciated|again|ever so much|dear|sir|ma'am)[ ,.!]*)*(?:thanks|thank you|cheers|much appreciated|i appreciate it)(?:[ ,.!]+(?:a lot|so much|very much|for your help|for the help|for everything|for that|again|you too|then|great|dear|sir|ma'am|okay|ok|a million|indeed))*"
    ),
}

PHRASES: Mapping[Language, Mapping[str, re.Pattern[str]]] = {"en": _EN, "uk": {}, "ru": {}}
