"""The caller's answer to a read-back: the only place from which a delivery is moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from embedded.dialogue.dictation import place_numbers
from embedded.dialogue.hearing import Heard, judge_readback
from embedded.dialogue.pursuit import pursue
from embedded.dialogue.sentences import RESCHEDULE, call, end, offer_days, read_back, say, status_of, words
from embedded.dialogue.state import Ask, Proposal, State, Wish
from spoken.answers import Answer
from spoken.requests import Request


def answer_readback(state: State, proposal: Proposal, heard: Heard) -> State | None:
    """What the answer to a read-back leads to; None if it was neither yes nor no nor anything else.

    A yes counts only if the read-back was heard to its end and nothing in the turn differs from it.
    """
    placed = place_numbers(state, heard)
    other_days = tuple(day for day in heard.dates if not _is_repeated(heard, day, proposal))
    setting = state.setting
    answer = judge_readback(heard.text, setting.language, setting.today, proposal.order_id, proposal.day)
    if placed.order_id != proposal.order_id:
        return pursue(replace(placed, wish=Wish.MOVE, wanted=other_days or (proposal.day,), readback=None))
    if other_days:
        return pursue(replace(placed, wish=Wish.MOVE, wanted=other_days, readback=None))
    if answer is Answer.YES and heard.request not in (Request.NEVER_MIND, Request.CANCEL_ORDER):
        if not state.is_heard:
            return read_back(state, proposal)
        return call(state, RESCHEDULE, order_id=proposal.order_id, new_date=proposal.day.isoformat())
    if heard.request in (Request.NEVER_MIND, Request.GOODBYE):
        return end(state, is_dropped=True)
    if heard.request is Request.CANCEL_ORDER:
        return say(state, words(state).unsupported, Ask.HUMAN, readback=None)
    if heard.request is Request.WRONG_NUMBER:
        return say(state, "", Ask.ORDER_NUMBER, readback=None)
    if heard.request is Request.STATUS and state.order is not None:
        # Not beside the read-back: a sentence with two days reads back neither.
        choices = (proposal.day,)
        return say(state, status_of(state, state.order), Ask.CHOOSE_DAY, choices=choices, readback=None)
    if answer in (Answer.NO, Answer.CORRECTION) and heard.is_about_other:
        return say(state, words(state).all_right, Ask.ORDER_NUMBER, wanted=(proposal.day,), readback=None)
    if answer in (Answer.NO, Answer.CORRECTION):
        return _ask_other_day(state, proposal)
    return None


def _ask_other_day(state: State, proposal: Proposal) -> State:
    if state.order is None:
        return say(state, words(state).all_right, Ask.CHOOSE_DAY, wish=Wish.MOVE, readback=None)
    asked = replace(state, wish=Wish.MOVE, readback=None)
    return offer_days(asked, state.order, words(state).all_right, near=proposal.day, without=(proposal.day,))


def _is_repeated(heard: Heard, day: date, proposal: Proposal) -> bool:
    is_its_weekday = day in heard.bare_weekdays and day.weekday() == proposal.day.weekday()
    return day == proposal.day or is_its_weekday
