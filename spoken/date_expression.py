"""What was said of a date, before a calendar gives it a day."""

from dataclasses import dataclass, replace

from spoken.lexicon import Week


@dataclass(frozen=True, slots=True)
class DateExpression:
    """Parts of one date as said, and the tokens they take.

    Attributes:
        start: first token's index; end: the index after the last.
        day: day of the month; month, year: as numbers; month_shift: 1 for "of next month", 0 for "of this month".
        weekday: Monday is 0.
        week: which week a weekday was said to be in, "next" or "this" or "last"; "current" for "this week".
        nth: which of its month's such weekdays, for "the first Monday of April"; the last is -1.
        later_days: days to add, for "a week on Tuesday".
        shift: days from today ("tomorrow" is 1); shift_months: months ("in a month" is 1).
        is_short: the weekday was an abbreviation.
        is_vague: it bounds a time, or can mean several days: "by Friday", "after the seventeenth".
    """

    start: int
    end: int
    day: int | None = None
    month: int | None = None
    year: int | None = None
    month_shift: int | None = None
    weekday: int | None = None
    week: Week | None = None
    nth: int | None = None
    later_days: int = 0
    shift: int | None = None
    shift_months: int | None = None
    is_short: bool = False
    is_vague: bool = False

    @property
    def has_day(self) -> bool:
        """Whether it names a day by itself, without its weekday."""
        return self.day is not None or self.shift is not None or self.shift_months is not None

    @property
    def is_bare_weekday(self) -> bool:
        """Whether nothing but a weekday was said."""
        is_plain = self.week is None and self.nth is None and not self.later_days
        return self.weekday is not None and not self.has_day and is_plain

    def join(self, later: "DateExpression") -> "DateExpression | None":
        """One expression of a weekday and a day said side by side; None if they are two dates."""
        if self.weekday is not None and not self.has_day and later.has_day and later.weekday is None:
            return replace(later, start=self.start, weekday=self.weekday, week=self.week, is_short=self.is_short)
        if later.weekday is not None and not later.has_day and self.has_day and self.weekday is None:
            return replace(self, end=later.end, weekday=later.weekday, week=later.week, is_short=later.is_short)
        return None
