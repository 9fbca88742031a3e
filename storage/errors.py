"""What can go wrong with the database, each with a stable code and a sentence that says what to do."""

from __future__ import annotations

from sqlalchemy import exc as sa

# PostgreSQL's SQLSTATE codes (appendix A of its manual) that mean "someone else holds it".
_LOCKED_STATES = frozenset({"40001", "40P01", "55P03", "57014"})
_SCHEMA_STATES = frozenset({"3F000", "42P01", "42703"})


class StorageError(Exception):
    """The database did not do what was asked; nothing of this transaction was acknowledged.

    Attributes:
        code: Stable, for programs.
        message: For an operator: what happened and what to do. Never holds values of rows.
    """

    code = "storage"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code


class DatabaseUnreachableError(StorageError):
    """No answer: the server or the file is not there, or the deadline passed."""

    code = "database_unreachable"


class DatabaseLockedError(StorageError):
    """Another transaction held the lock for longer than we wait; nothing was written."""

    code = "database_locked"


class DatabaseSchemaError(StorageError):
    """The tables are missing or older than this program."""

    code = "database_schema"


class CallUnknownError(StorageError):
    """The call was never recorded, so that nothing can be kept about it."""

    code = "call_unknown"


class JournalFencedError(StorageError):
    """Another process has taken this call over; the old writer must stop."""

    code = "journal_fenced"


class JournalFullError(StorageError):
    """More events wait for the database than the journal holds in memory."""

    code = "journal_full"


def translate(error: BaseException, where: str) -> StorageError | None:
    """The storage error that a driver's exception stands for; None if it is not about reaching the database.

    Args:
        error: What SQLAlchemy or a driver raised.
        where: The database's address without its password.
    """
    if isinstance(error, StorageError):
        return error
    if isinstance(error, sa.TimeoutError):
        return DatabaseUnreachableError(f"all connections to {where} are busy: transactions are too long or too many")
    if isinstance(error, OSError):
        return DatabaseUnreachableError(f"cannot reach {where} ({error}): is it running, is DATABASE_URL right")
    if not isinstance(error, sa.DBAPIError) or isinstance(error, sa.IntegrityError):
        return None
    cause = str(error.orig)
    state = getattr(error.orig, "sqlstate", None)
    if state in _LOCKED_STATES or "is locked" in cause:
        return DatabaseLockedError(f"{where} is locked ({cause}): end what holds it, e.g. a backup or an open shell")
    if state in _SCHEMA_STATES or "no such table" in cause or "no such column" in cause:
        return DatabaseSchemaError(f"{where} has no or old tables ({cause}): migrate it before use")
    if isinstance(error, (sa.OperationalError, sa.InterfaceError)) or error.connection_invalidated:
        return DatabaseUnreachableError(
            f"cannot use {where} ({cause}): is it there, is DATABASE_URL right, is the disk full"
        )
    return None
