"""How an agent claims in English that something was done."""

from spoken.answer_words import START
from spoken.claim_words import ClaimWords, Deed
from spoken.patterns import phrases

_ADVERB = (
    r"(?: (?:already|just|now|also|successfully|actually|indeed|gone ahead and|went ahead and|managed to"
    r"|been able to|was able to))*"
)
_I = rf"(?:i|we|i've|we've)(?: have| had| did| was able to| were able to)?{_ADVERB}"
_BEEN = rf"(?:\w+'s|has|have|is|are|was|were|got|been|'s){_ADVERB}(?: been)?{_ADVERB}"
_MOVED = (
    r"(?:moved|move|rescheduled|reschedule|changed|change|shifted|shift|switched|switch|updated|update|rebooked"
    r"|postponed|pushed(?: back)?|put (?:it|that|this|(?:your|the) \w+) (?:on|to|for|down)|set (?:it|that) (?:to"
    r"|for))"
)
_MOVED_PASSIVE = r"(?:moved|rescheduled|changed|shifted|switched|updated|rebooked|postponed|pushed back)"
_BOOKED = r"(?:booked|scheduled|arranged|set up|planned)"
_MESSAGE = r"(?:sms|text(?: message)?|message|confirmation|notification)"
_STAFF = r"(?:courier|driver|warehouse|colleagues?|manager|team|depot|shop|supervisor|department|office)"
_PAPER = (
    r"(?:complaint|ticket|case|refund|discount|compensation|voucher|credit|new order|note|report|claim|address"
    r"|account)"
)
_FINISHED = (
    r"(?:done|sorted(?: out)?|all set|set up|taken care of|complete|completed|finished|confirmed|booked|settled"
    r"|arranged|saved|in place|processed|finali[sz]ed|through)"
)

WORDS = ClaimWords(
    told=(
        (
            Deed.CALLBACK,
            phrases(
                rf"{_I} (?:{_BOOKED}|requested|noted|created|logged|registered"
                rf"|ordered)(?: \w+){{0,3}} (?:callback|call back|call)",
                rf"call ?back(?: request)? (?:{_BEEN} )?(?:{_BOOKED}|requested|registered|created|ordered)",
            ),
        ),
        (
            Deed.TRANSFERRED,
            phrases(
                rf"{_I} (?:connected|transferred|put|passed|handed|forwarded) (?:you|your call|the call)",
                r"(?:you're|you are|you have been|you've been|your call is|your call has been)(?: now| being"
                r"| been)* "
                r"(?:connected|transferred|put through|forwarded)",
            ),
        ),
        (Deed.IS_CANCELLED, phrases(rf"{_BEEN} cancell?ed")),
        (
            Deed.CANCELLED,
            phrases(rf"{_I} (?:cancell?ed|called off|voided|annulled)", rf"{START}(?:order )?cancell?ed$"),
        ),
        (
            Deed.OTHER,
            phrases(
                rf"{_I} (?:refunded|returned (?:the|your) money|credited|waived|charged|emailed|e - mailed)",
                rf"(?:refund|money|compensation|discount|complaint|ticket|e ?-? ?mail) {_BEEN} "
                r"(?:issued|processed|sent|returned|refunded|applied|registered|filed|opened|submitted|on its way)",
                rf"{_I} (?:told|informed|notified|asked|contacted|called|phoned|spoken to|spoke to|talked to|let"
                rf"|alerted)"
                rf"(?: \w+)? {_STAFF}",
                rf"{_I} (?:removed|deleted|erased|closed|blocked) (?:it|the|your|that)",
                rf"{_I} passed (?:it|this|that|your \w+|the \w+)(?: on| along)?",
                rf"{_I} (?:filed|registered|opened|submitted|logged|raised|created|issued|applied|placed|added"
                rf"|escalated|noted|recorded|written down|taken down|put in|left|made"
                rf"|removed|deleted|approved|gave you|given you)(?: \w+){{0,3}} {_PAPER}",
            ),
        ),
        (
            Deed.SENT,
            phrases(
                rf"(?:{_I}|and(?: also| have)*) (?:sent|texted|messaged|(?:shot|dropped) you)",
                rf"{_MESSAGE} (?:{_BEEN} )?(?:sent|on (?:its|the) way|delivered|gone out)",
            ),
        ),
        (
            Deed.MOVED,
            phrases(
                rf"{_I} {_MOVED}",
                rf"and(?: also| have)* {_MOVED_PASSIVE}",
                rf"{_I} (?:got|put) you (?:down )?(?:for|on)",
                rf"{_I} placed (?:it|(?:your|the) \w+) (?:on|for)",
                rf"{_I} {_BOOKED} (?:it|that|this|you|(?:your|the) \w+)",
                rf"{_BEEN} {_MOVED_PASSIVE}",
                r"(?:move|reschedul(?:e|ing)|change|update)(?: was| is| has been)?(?: now)? (?:successful|completed?)",
            ),
        ),
        (
            Deed.DONE,
            phrases(
                rf"{START}(?:and |so |okay |ok |great |perfect |there |right )*(?:it's |that's |you're |is |all )*"
                rf"(?:{_FINISHED}|set|ready to go)(?: for you| now| then| as requested)*(?: [.!,;:-]|$)",
                r"(?:it's|that's|it is|that is|this is|everything is|everything's|all is|you're|you are|that's been"
                rf"|it's been|this has been|it has been|request is|request has been)(?: all| now| been"
                rf"| already)* (?:{_FINISHED}|set)",
                r"(?:changes?|update|request|booking|reschedule|date|day|slot) (?:has been|have been|is|are"
                r"|was|were|went"
                r"|goes)(?: now| all)*"
                rf" (?:made|applied|recorded|accepted|{_FINISHED}|in)",
                rf"{_I} (?:done (?:it|that|this|so|what)|did (?:it|that|this|so)|made (?:the|that|this|your|a"
                rf"|all) changes?"
                r"|taken care of|took care of|completed|finali[sz]ed|processed|confirmed (?:it|that|the|your)|saved"
                r"|fixed|sorted|arranged|booked|applied)",
                r"consider it done|(?:it|that)(?:'s| has)? (?:went|gone) through",
            ),
        ),
    ),
    under_way=(
        (
            Deed.TRANSFERRED,
            phrases(
                r"(?:i'm|i am|we're|we are)(?: now| just)? (?:connecting|transferring|putting|forwarding|passing"
                r"|redirecting"
                r"|handing) (?:you|your call|the call|this call)",
                rf"{START}(?:now |okay |ok )*(?:connecting|transferring)(?: now| [.!]|$)",
                rf"{START}(?:now |okay |ok )*(?:connecting|transferring|forwarding|putting) (?:you|your call"
                rf"|the call)",
            ),
        ),
        (Deed.CANCELLED, phrases(r"(?:i'm|i am|we're|we are)(?: now| just)? cancell?ing")),
        (
            Deed.SENT,
            phrases(
                r"(?:i'm|i am|we're|we are)(?: now| just)? (?:sending|texting)",
                rf"{START}(?:now )?(?:sending|texting) (?:you|it|the|a)",
            ),
        ),
        (
            Deed.MOVED,
            phrases(
                r"(?:i'm|i am|we're|we are)(?: now| just)? (?:moving|rescheduling|changing|updating|shifting)",
                rf"{START}(?:okay |ok |now )*(?:moving|rescheduling|changing|updating) (?:it|that|this|your|the"
                rf"|order)",
                rf"{START}(?:your |the )?(?:order|delivery|date|day)(?: \S+){{0,5}} {_MOVED_PASSIVE}",
                rf"{START}(?:it |now |successfully )*{_MOVED_PASSIVE}(?: it)?(?: (?:to|for|on|from)|$| [.!])",
            ),
        ),
    ),
    dated=phrases(
        r"(?:will|'ll|\w+'ll)(?: now| then| still)? (?:be delivered|be there|be brought|be with you|be|arrive"
        r"|come|reach"
        r"|deliver|bring|get|receive|have)",
        r"(?:arrives|comes|gets there|reaches)",
        r"(?:is|are|it's|that's|\w+'s)(?: now| all| currently)* (?:scheduled|planned|set|booked|due|on|for"
        r"|coming|arriving"
        r"|confirmed|expected|being delivered)",
        r"(?:has|have|'s|was|were)(?: now)? been(?: now)? (?:scheduled|planned|set|booked|confirmed)",
        r"(?:new|delivery|updated)(?: delivery)? (?:date|day)(?: is| :| now)?(?: now)?",
        r"delivery (?:is|:)(?: now)?",
        rf"{START}(?:booked|scheduled|confirmed|all set|set) (?:for|on|to)",
        r"(?:order|delivery|system|calendar)(?: \w+)? (?:shows|says|reads)",
        r"see you|expect (?:it|us|the \w+|your \w+)|(?:\w*day|tomorrow|the \d+) it is(?: then)?(?= ?[.!]*$)",
    ),
    elsewhere=phrases(
        r"addresses|address|phone(?: number)?|e ?-? ?mail|name|payment|card|account|password|price|instructions"
        r"|time(?: slot| window)?|slot|hours?|courier|driver|refund|money|recipient|city|colleague|manager"
    ),
    undone=phrases(
        r"not|never|nothing|nobody|none|\w+n't|cannot|no (?:orders?|changes?|messages?|one|deliveries|sms"
        r"|text)(?: \w+)?"
    ),
    unreal=phrases(r"would|could|should|might|may|must|will|can|be|'ll|\w+'ll|\w+'d|cannot|whether|let's"),
    condition=phrases(
        r"if|which|once|when|whenever|after|before|until|till|unless|as soon as|in case|whether|provided|suppose"
        r"|you (?:said|told me|asked|wanted|want|mentioned|would like)|(?:can|could|may|might|would) (?:i|we|it)"
    ),
    consent=phrases(
        r"(?:shall|should|may|can) (?:i|we)(?: \?| (?:do|move|go|change|reschedule|confirm|proceed|book|make|put|set))",
        r"(?:is|are) (?:that|this|it|you)(?: \w+)? (?:right|correct|ok|okay|fine|good|sure|all right|alright)",
        r"(?:does|would|will|do) (?:that|this|it|you)(?: \w+)? (?:work|suit|be|agree|confirm|want)",
        r"would you like (?:that|it|me to (?:move|change|do|reschedule|confirm))",
        r"(?:right|correct|ok|okay|agreed|yes) \?|do you confirm|go ahead",
    ),
)
