"""How English-speaking callers say what they want."""

import re
from collections.abc import Mapping

from spoken.patterns import only, phrases, phrases_or_alone

_ORDER = r"(?:orders?|packages?|parcels?|deliver(?:y|ies)|shipments?|items?|stuff|purchase|box|courier|driver)"
_PERSON = (
    r"(?:operator|human(?: being)?|(?:(?:real|live|actual) )?(?:person|human)|agent|representative"
    r"|rep|consultant"
    r"|someone|somebody|manager|supervisor|staff(?: member)?|customer (?:service|support|care)"
    r"|support|colleague)"
)
_A = r"(?:an?|the|your|my|some|any|one of your|this|that|our|it'?s?)"
_PLACE = r"(?:lift|elevator|door\w*|bell|buzzer|intercom|parking|entrance|gate|light|power|signal|reception|concierge)"

PHRASES: Mapping[str, re.Pattern[str]] = {
    "voicemail": phrases(
        r"(?:after|at) the (?:tone|beep|signal)",
        r"(?<!can i )(?<!could i )(?<!may i )(?<!like to )(?<!want to )leave (?:a|your|me a"
        r"|us a)(?: short| brief)? message"
        r"(?! (?:for|with|to) (?:(?:the|your|my) )?(?:driver|courier|manager|operator|shop|store|team|him|her|them)s?)",
        r"leave your name",
        r"record your (?:message|name)",
        r"reached the (?:voicemail|voice mail|mailbox|answering|voicemail box)",
        r"(?:voice ?mail|answering machine|mailbox is full)",
        r"not available to (?:take|answer)",
        r"(?:is|am|are) (?:not available|unavailable)(?: right now| at the moment)? ,? ?(?:please|leave)",
        r"(?:can't|cannot) (?:come to|get to|answer) the phone",
        r"(?:cannot|can't|unable to) take your call",
        r"the (?:person|subscriber|number|customer|party) you (?:have |are )?(?:called|calling"
        r"|dialed|dialled)",
    ),
    "opt_out": phrases(
        r"(?:don't|do not|dont|never)(?: ever)? (?:call|phone|ring)(?: me| us| here| this number| back)*"
        r" (?:again|any ?more|ever)",
        r"never(?: ever)? (?:call|phone|ring) (?:me|us|here|this number)",
        r"(?:stop|quit) (?:calling|phoning|ringing)(?: me| us| here| this number)?",
        r"(?:take|remove|delete|get|strike) (?:me|us|my (?:phone )?number|this number)(?: off| out)?(?: of| from)?"
        r"(?: your| the| this)?(?: \w+)? (?:lists?|databases?)",
        r"no more (?:phone )?calls",
        r"(?:don't|do not|dont) want (?:you to (?:call|phone|ring)|(?:any more|any|these|your) calls|to be called)",
        r"do(?: -)? not(?: -)? call(?: -)? list",
        r"opt(?: -)? (?:me )?out",
    ),
    "wrong_number": phrases(
        r"(?<!order )(?<!have the )(?<!gave you the )(?<!gave the )(?<!gave you a )(?<!gave a"
        r" )(?<!said the )"
        r"(?<!told you the )(?<!dictated the )(?<!read the )(?<!in the )wrong (?:phone )?number",
        r"(?:you have|you've got|you got|have got|got|you reached|i have) the wrong (?:number"
        r"|person|house|guy)",
        r"(?<!the )wrong person|(?:calling|called|rang|speaking (?:to|with)|talking to) the wrong person",
        r"(?:no ?one|no one|nobody)(?: here)? (?:by|with|of) (?:that|this) name(?: here)?",
        r"(?:there's |there is )?(?:no such person|no one called \w+|nobody called \w+)(?: here)?",
        r"(?:misdialed|misdialled)",
        rf"there(?:'s| is) no (?!{_PLACE}|{_ORDER}|problem|need)\w+ here",
        r"\w+ (?:doesn't|does not) live here",
        r"i (?:don't|do not|didn't|did not|never|haven't) order(?:ed)? anything(?! (?:for|on|like|else))",
    ),
    "human": phrases(
        r"(?:speak|talk|connect|transfer|put|pass|chat|switch)(?: \w+)?? (?:to|with"
        rf"|through to)(?: {_A})? {_PERSON}",
        rf"(?:get|give|want|need|call|fetch|prefer|like|have)(?: me)?(?: {_A})?"
        r" (?:operator|human(?: being)?|(?:real|live|actual) (?:person|human|agent)|agent"
        r"|representative|rep"
        r"|manager|supervisor|live operator|person)",
        r"(?:an? )?(?:operator|human|(?:(?:real|live|actual) )(?:person|human|agent)|agent"
        r"|representative)(?: ,)? please",
        r"(?:please )?(?:transfer|connect) me",
        r"put me through",
        r"is there (?:anyone|anybody|a person|someone|somebody|a human)(?: else"
        r"| real)?(?: that)?(?: i can)?(?: to)?"
        r" (?:talk|speak)(?: to| with)?",
        r"customer (?:service|support) please",
        r"^(?:(?:yes|yeah|okay|ok|well|sure)(?: ,)? )*(?:an? )?(?:operator|human|agent|representative"
        r"|(?:real|live) person)(?: [.!])?$",
    ),
    "cancel_order": phrases(
        rf"(?:cancel|cancelling|canceling|call off|annul)(?: {_A})?(?: whole| entire)? {_ORDER}",
        r"(?:cancel|call off) (?:it|this|everything)(?! (?:change|move|request))",
        r"(?:order|delivery|it) (?:to be )?cancell?ed",
        rf"(?:don't|do not) (?:want|need)(?: {_A})?(?: {_ORDER})? any ?more",
        r"(?:refund|my money back)",
        r"^(?:i (?:want|need|would like) to |i'd like to |please )?cancel(?: please)?(?: [.!])?$",
    ),
    "move": phrases(
        r"(?<!did you )(?<!been )(?<!thanks for )(?<!thank you for )(?:move|moving|moved)"
        r"(?! (?:to )?(?:an? )?(?:new |another )?(?:house|home|flat|apartment|city))"
        r"(?! (?:in|out|on|forward)(?: |$))",
        r"(?:re-?schedul(?:e|ed|ing)|re - schedule|postpon(?:e|ed|ing)|rebook|push(?: it"
        r"| my \w+)? back|bring(?: it)? forward)",
        r"(?:shift|delay|push)(?: it| my| the)",
        r"(?:can't|cannot|won't) make it",
        r"(?:won't|not going to|not gonna) be (?:there|around|in|available)",
        r"(?:doesn't|does not|won't|will not) work for (?:me|us)",
        r"(?:come|arrive|delivered) (?:on )?\w+ instead",
        r"(?:chang(?:e|ing)|switch|alter|modify|adjust|pick|choose)(?: \w+){0,3}? (?:day|date|time"
        r"|delivery|schedule)"
        r"(?! (?:address|phone|name|number|city|person))",
        r"(?:an ?other|another|different|new|better|later|earlier) (?:day|date|delivery day"
        r"|delivery date|slot|time)",
        r"(?:deliver|delivered|bring|receive|get)(?: \w+){0,3}? (?:earlier|later|sooner)",
        r"(?:won't|will not|can't|cannot|not going to|not gonna|wouldn't) be (?:at )?home",
        r"change it to",
        r"(?:can|could|may) (?:it|they|my \w+|the \w+) (?:come|arrive|be (?:delivered|brought|here))"
        r"(?= (?:on|by|today|tomorrow|next|this|the|sooner|earlier|later|any|\w+day))",
        r"(?:want|need|like|prefer) (?:it|them|my \w+)(?: to (?:come|arrive|be delivered))?"
        r" (?:on|for|by|this|next|tomorrow|today|sooner|earlier|later)",
        r"(?:i'm|i'll be|we're|we'll be|i am|we are|i will be)"
        r" (?:away|out of town|on (?:holiday|vacation)|travell?ing)",
        r"(?:can|could|please|to|want|get|have)(?: \w+){0,3}? (?:deliver|delivered|bring|brought|send)"
        r"(?: it| that| them| my \w+| the \w+)? (?:on|by|next|this|tomorrow)",
    ),
    "status": phrases(
        rf"where(?:'s| is| are)?(?: \w+){{0,3}}? (?:{_ORDER}|it|you guys)",
        r"(?:when|what (?:day|time|date))(?:'s|'ll)?(?: \w+){0,6}? (?:arriv\w+|com(?:e|es|ing)"
        r"|deliver\w*|here"
        r"|expect\w*|ship\w*|due|receive|get it|get my \w+|scheduled)",
        r"(?:status|track|tracking|whereabouts|check on|check up on|update on|news about|news on"
        r"|happened to"
        rf"|happening with|going on with|what about|how about|check|know about)(?: \w+){{0,3}}? {_ORDER}",
        r"(?:order|delivery|tracking) status",
        rf"(?:what's up with|tell me about|how's|how is)(?: {_A})? {_ORDER}",
        rf"(?:is|are)(?: {_A})? {_ORDER} still (?:coming|scheduled|on)",
        rf"what(?:'s| is)(?: {_A}) delivery (?:date|day)",
        r"status(?: update)? (?:please|of)",
        r"^status(?: [.?])?$",
        r"track (?:it|my)",
        r"(?:has|have|is|did|was|hasn't|isn't|didn't|haven't)(?: \w+){0,3}? (?:shipped|sent"
        r"|dispatched|left|arrived"
        r"|delivered|on (?:its|the) way|ship|arrive|out for delivery)(?: yet)?",
        r"(?:hasn't|has not|haven't|not|never)(?: yet)? (?:arrived|come|received|been delivered"
        r"|turned up|shown up)",
        r"still waiting (?:for|on)",
        r"how long(?: \w+){0,4}? (?:take|wait|arrive|until|till)",
    ),
    "repeat": phrases_or_alone(
        (
            r"(?<!don't )(?<!not )repeat(?! (?:customer|order|business))",
            r"say (?:that|it|this)(?: \w+)? ?again",
            r"say (?:that|it) (?:once|one) more(?: time)?",
            r"say again",
            r"(?:pardon(?: me)?|come again|once more|one more time|i beg your pardon|once again please)",
            r"(?:did not|didn't|don't|do not|couldn't|could not|can't|cannot)(?: quite| really)?"
            r" (?:hear|catch|get|understand|follow)(?: you| that| it| what| a word)(?! (?:delivered"
            r"|until|till|on))",
            r"(?:didn't|did not|don't|do not|couldn't|can't)(?: quite| really)? (?:hear|catch|understand)",
            r"say the \w+ again|tell me again|you're breaking up",
            r"what (?:was that|did you say|was it|do you mean|were you saying)",
            r"(?:speak up|louder|slower|more slowly|slow down)",
        ),
        (r"(?:what|huh|sorry|excuse me|eh|you what|say what)",),
    ),
    "goodbye": phrases(
        r"(?:good ?bye|good - bye|bye|by bye|bye - bye|see (?:you|ya)(?: later| soon)?|farewell|cheerio)",
        r"have (?:a|yourself a) (?:good|nice|great|lovely|wonderful)(?: rest of (?:the"
        r"|your))? ?(?:day|one|evening|night"
        r"|weekend|morning|afternoon)",
        r"(?:good night|take care|talk to you later|i (?:have to|gotta|must) go|got to go)",
        r"(?:that's|that is|that was|that'll be|that will be|that would be|this is) (?:all|it|everything)"
        r"(?! (?:right|correct|fine|good|ok|okay|wrong|true|(?:i|you|we) (?!need|wanted|want)))",
        r"(?:i'm|i am|we're|we are) (?:all )?(?:done|finished|all set|good to go)",
        r"(?:nothing else|no more questions)",
        r"(?:i )?(?:don't|do not) need anything(?: else)?",
    ),
    "never_mind": phrases_or_alone(
        (
            r"never ?mind",
            r"forget (?:it|about it|that|about that)",
            r"leave (?:it|everything|things|that|(?:the|my) \w+)(?: just)?(?: \w+)? (?:as|like"
            r"|the way)(?: it| they)?(?: is|'s| are| was)?",
            # "Leave it at the door" tells the courier where.
            r"leave (?:it|everything|that)(?! (?:at|with|by|in|on (?:the|my|top)|outside|inside|near|behind|under"
            r"|downstairs|upstairs|somewhere)(?!\S))(?: alone| be| there| then| for now)?",
            r"keep (?:it|everything|things)(?: as| the way| like)?(?: it)?(?: is| was)?",
            r"keep (?:the|my) (?:same|original|old|current|existing) (?:day|date|time)",
            r"(?:don't|do not|dont) (?:want to |need to |wanna )?(?:move|change|reschedule|do|touch"
            r"|bother)",
            r"changed? my mind|not interested|not to (?:move|change|reschedule)|(?:cancel|undo) the change",
            r"(?:no need|not necessary|no longer (?:need|necessary)|let it be)",
            r"(?:don't|do not) (?:need|want) (?:anything|(?:it|to)(?= [,.!]|$))",
        ),
        (
            r"(?:no|nope|nothing|really|at all|any ?more|not|thanks|thank you|it's fine|i'm good|i'm fine)",
            r"(?:for now|then|today|please|well|uh|um|oh|okay|actually|else)",
        ),
        must=r"(?:nothing|no(?: ,)? (?:thanks|thank you)|not any ?more|i'm (?:good|fine|okay))",
    ),
    "thanks": only(
        r"(?:thanks|thank you|many thanks|cheers|much appreciated|i appreciate (?:it|that))",
        r"(?:a lot|so much|very much|for (?:your|the) help|for everything|for that|again|you too"
        r"|then|indeed|a million)",
        r"(?:oh|okay|ok|great|good|perfect|alright|all right|right|well|wonderful|lovely|excellent"
        r"|brilliant|fine|cool)",
        r"(?:got it|i see|that's (?:great|good|perfect|lovely|fine)|sir|ma'am|dear)",
        must=r"(?:thanks|thank you|cheers|much appreciated|i appreciate (?:it|that))",
    ),
}
