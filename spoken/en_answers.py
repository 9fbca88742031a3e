"""How English-speaking callers answer a read-back."""

from spoken.answer_words import START, AnswerWords
from spoken.lexicon import words
from spoken.patterns import phrases

_LEAD = r"(?:and |so |but |or |sorry |um |uh |wait |yes |yeah |okay |ok |well |no |, )*"
_FINE = (
    r"(?:right|correct|it|fine|good|great|perfect|ok|okay|true|lovely|wonderful|accurate|excellent"
    r"|alright|all right|the one|confirmed|nice|cool)"
)
_WRONG_ABOUT = r"(?:right|correct|it|that|true|ok|okay|alright|good|fine|great|accurate|now|yet|today|for me|agreed)"
_THAT_IS = r"(?:that's|that is|it's|it is|this is|that was)"
_PRAISE = r"(?:very good|great|lovely|cool|wonderful|excellent|brilliant|fantastic|awesome)"
_IT = r"(?:it|that|to|so|ahead|anything|them|any of that)"

WORDS = AnswerWords(
    confused=phrases(
        START + _LEAD + r"(?:what|what's|when|why|who|who's|how|which|where)(?! i (?:want|said|need|meant))(?! not)",
        START + _LEAD + r"(?:can|could|would|will|should) (?:you|we|i|it|that|this)",
        START + _LEAD + r"(?:do|does|did) (?:you|we|i|they|he|she)",
        START + _LEAD + r"(?:is|are|was) (?:it|that|this|you|there|they|he|she)",
        r"what (?:time|day|date|number|order|about)",
        r"how (?:much|many|long|about|come)",
        r"are you (?:an?|still|there|real)",
        r"(?:pardon|excuse) me|pardon|huh|hello|come again|repeat|once more|once again",
        r"(?:say|tell)(?: me)?(?: that| it| the \w+)? (?:again|once more)",
        r"tell me",
        r"(?:did not|didn't|don't|do not|can't|cannot|couldn't)(?: quite| really)? (?:hear|catch"
        r"|get|understand|follow)",
        r"i'm listening|speaking|i (?:can )?hear you",
        # These keep the agent talking; they agree to nothing.
        r"continue|go on(?: then)?|carry on|keep (?:going|talking)|move on|i'm (?:still )?here",
        r"(?<=^)(?:yes |yeah |okay |ok |right |alright |, )*(?:so|and)(?: then)?(?=(?: [.…-])*$)",
        r"yeah(?: ,)? right(?=(?: [.!…])*$)",
        r"(?:that's|that is|it's|it is|this is) me",
        # "This is Priya" answers another question.
        rf"this is (?!{_FINE}|what|the|all|not|my|very|just|exactly|a )\w+",
    ),
    unopposed=phrases(r"no objections?(?: at all)?", r"(?:don't|do not) object(?: at all)?"),
    neutral=phrases(
        # These are courtesies, not conditions.
        r"if you (?:don't|do not|wouldn't|would not) mind",
        r"if you (?:would|could|please)(?: please)?(?=(?: thanks| thank you)?(?: [,.!]|$))",
        r"(?:i'll|we'll|i will|we will) be (?:at home|home|there|here|in|waiting)(?: all day)?",
        r"no (?:problems?|worries|questions?|doubt|issues?|bother|rush|trouble"
        r"|more)(?: at all)?",
        r"(?:i )?(?:don't|do not|wouldn't) mind",
        r"(?:don't|do not) (?:worry|forget)",
        r"not a problem(?: at all)?|not bad",
        r"(?:i don't see )?why not",
        r"can't (?:wait|complain)|nothing else|see you later",
        r"(?:have|enjoy) (?:a|your|the)(?: rest of (?:the|your))?(?: (?:good|nice|great|lovely|wonderful))?"
        r" (?:day|evening|afternoon|morning|night|weekend|one)",
        r"(?:by|with) (?:me|us)",
        r"(?:thanks|thank you) again|(?:for|with) (?:your|the|all your|this) help|(?:this|that|the) one",
    ),
    hedged=phrases(
        r"not (?:so |too |quite |really |entirely |completely |very )?(?:sure|certain)|unsure",
        r"(?:don't|do not) (?:really )?know|dunno|no idea",
        r"maybe|perhaps|probably|possibly|presumably|might|hopefully",
        r"i (?:think|guess|suppose|believe|hope)",
        r"kind of|sort of|should be|could be|would have to",
        r"let me (?:think|check|see|ask|look)|i (?:need|have) to (?:think|check|ask)",
        r"if|unless|depends|whether|as long as|provided|once",
        # Who only takes leave has not said that it may be done.
        r"(?:ok|okay|fine|alright|all right|right)(?: ,)?(?: then)?(?: ,)? (?:good)?bye(?: bye)?",
        rf"{_PRAISE}(?: ,)?(?: then)?(?: ,)?(?: thanks| thank you)?(?: ,)? (?:good)?bye(?: bye)?",
        r"same (?:date|day|time)|almost|nearly|more or less|not yet|i doubt(?: it)?|doubtful",
        r"(?:ask|check with|talk to) my \w+",
    ),
    held=phrases(
        r"wait(?: a (?:second|minute|moment|sec))?",
        r"hold (?:on|up)|hang on|actually|hmm",
        r"(?:just )?(?:one|a) (?:moment|second|minute|sec)",
        r"(?:call|phone|ring)(?: me| you| us)? back",
    ),
    no=phrases(
        r"no(?: way| thanks| thank you| need)?|nope|nah|naw|negative|incorrect|wrong|mistaken|neither",
        r"never ?mind|forget (?:it|that|about it)|stop(?: it| that)?",
        rf"(?:{_THAT_IS} )?(?:not|never)(?: quite| really| exactly| at all| entirely| all)? {_WRONG_ABOUT}",
        rf"(?:{_THAT_IS} )?not (?:what i \w+|the right \w+|an? \w+)",
        rf"(?:isn't|wasn't|ain't|aren't)(?: quite| really)? {_WRONG_ABOUT}",
        r"(?:isn't|wasn't) (?:what i \w+|the right \w+)",
        r"(?:certainly|absolutely|definitely|of course|please|rather|better) not|not (?:really|at all)",
        r"(?:please )?(?:don't|do not|dont|shouldn't|should not|mustn't)"
        r"(?: (?:do|move|change|reschedule|bother|book|touch|proceed|go|confirm|want|need|like"
        r"|agree|make|even|have to)"
        rf"(?: {_IT})?)?",
        r"i'd rather not|i (?:can't|cannot)|changed my mind",
        r"(?:can't|cannot|can not|won't|doesn't|does not|will not|wouldn't)(?: really)?"
        rf" (?:work|do|make|be|suit|confirm|agree|accept)(?: {_IT})?",
        r"not (?:on |the |for |to )*#",
        r"cancel\w*(?: it| that| this)?|undo|revert|refund|refuse|refused|decline|disagree|object|reject",
        r"(?:i|we) (?:don't|do not) (?:think|believe|guess|suppose) so",
        r"leave(?: it| that| everything)?(?: alone| be| there)?|keep",
        r"(?:just |exactly )?(?:as|like|how|the way) (?:it|they|things|that) (?:is|was|are|were|stands?)",
        r"(?:move|put|change|switch|set|bring) (?:it|that|everything|the (?:order|delivery|date)) back",
        r"(?:the )?(?:old|original|current|existing) (?:one|date|day|time)",
    ),
    another=phrases(
        r"(?:an ?)?other (?:day|date|time|order|one|number)",
        r"different (?:day|date|time|order|one|number)",
        r"earlier|later|sooner|instead|rather|weekend|as soon as possible",
        r"(?:chang|updat|correct|fix)\w*(?: the| my| also)* (?:number|phone|address|name|time|email)",
        r"new (?:phone )?number",
        r"the (?:day|week) (?:after|before)|(?:next|this) (?:week|month)",
        r"any(?: other)? (?:day|time)|not (?:before|after)",
    ),
    but=phrases(r"but(?! thank)|however|except|although|though|only|apart from|also|as well"),
    yes=phrases(
        r"(?:fine|good|okay|ok|happy|cool|great) (?:by|with|for) (?:me|us|that|it|this)|like a plan",
        r"i'll take (?:it|that)",
        # Praise for the day agrees where it is the whole clause; a lone "good" or "right" only listens.
        rf"{START}(?:oh |, )*{_PRAISE}(?=(?: thanks| thank you| please)?(?: [,.!]|$))",
        r"you got it(?=(?: right| thanks| thank you)?(?: [,.!]|$))",
        r"yes|yeah|yea|yep|yup|yah|yeh|ya|aye|(?:a |one )?hundred percent",
        r"okay|ok|okey|okie|o k|okie dokie|okey dokey|kay|all right|alright",
        r"sure(?: thing)?|surely|for sure|of course|naturally|by all means|you bet",
        r"correct|exactly|precisely|absolutely|definitely|certainly|indeed|affirmative|fine|perfect",
        r"confirm|confirmed|agreed|i (?:confirm|agree|accept|approve)(?: it| that| this)?",
        r"(?:that's |that is )?what i (?:want|said|need|asked for|meant|asked)|(?:as|like) i said",
        r"(?:that's|that is|that was|you're|you are|it's|it is|this is|everything's|everything is"
        r"|all of (?:that|it) is"
        r"|all|sounds|looks|seems|that sounds|it sounds|that looks|that'd be|that would be"
        r"|it would be|that will be"
        r"|that'll be|would be)(?: all| absolutely| perfectly| just| exactly| totally| quite"
        r"| really| very| completely)?"
        rf" {_FINE}",
        rf"# (?:is|sounds|looks|would be|will be)(?: just| really| absolutely)? {_FINE}|# it is",
        r"(?:please )?go ahead(?: and)?(?: please)?|go for it|proceed|please do",
        r"do (?:it|that|so|please)|make (?:it so|it #|the change|that change)|book it",
        r"let's (?:do|go|move|book|confirm)(?: it| that| for it| with (?:that|it)| ahead)?",
        r"(?:you (?:can|may|should) |please |just )?(?:move|reschedule|put|switch|shift|rebook)"
        r" (?:it|that|(?:my|the) (?:order|delivery))",
        r"you (?:can|may|should)(?: do (?:it|that|so)| go ahead)?",
        r"(?:that|it|this|#)(?: day| date)?(?: will| would|'ll)? (?:works?|suits?)(?: for me"
        r"| me)?(?: fine| great| well)?",
        r"works for me|suits me(?: fine)?|(?:that'll|that will) (?:work|do)|that does it",
        r"i (?:do|would|will)|i'd (?:like|love|appreciate) (?:that|it|to)",
    ),
    negation=phrases(r"not|never|nor|none|nothing|nobody|cannot|\w+n't|dont|cant|wont|without"),
    harmless=words(
        "a the and so well oh ah um uh er hey i i'd i'm i'll you you're it its it's that that's this"
        " we me my we'll we're us is be are was do does am please thanks thank much very lot cheers great good nice"
        " lovely wonderful excellent right true cool awesome fantastic brilliant amazing to on at for of in with like"
        " would will can could just then now ahead go move moved moving reschedule rescheduled rescheduling order"
        " number delivery date day put change changed there all everything too really totally absolutely perfectly"
        " quite sorry sir madam ma'am dear mate kindly kind want need let's what said bye goodbye have mhm mm"
        " appreciate grateful happy glad pleased delighted honey new sounds looks perfect yourself got indeed confirm"
    ),
)
