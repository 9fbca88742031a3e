"""The process that call processes are forked from: everything is imported, nothing runs.

Forked from it, a process is there in milliseconds and shares the memory of what was imported, models included. No
event loop is made here, and nothing that has threads: neither survives a fork in good order; a call process does that
while it waits for its call. When the server is gone the template ends; the processes forked from it look after
themselves.
"""

from __future__ import annotations

import array
import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from bot.logs import configure_logs
from bot.supervisor.child import main as hold_call
from bot.supervisor.stream import prepare_stream

MAX_REQUEST_BYTES = 4096


class Template:
    """Forks when the server asks for it and tells how the forked processes end.

    Args:
        control: Connected to the server, whole messages.
        session: Name of the module that holds the call.
    """

    def __init__(self, control: socket.socket, session: str) -> None:
        self._control = control
        self._session = session
        self._children: dict[int, int] = {}
        self._selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Serves until the server is gone."""
        self._preload()
        self._selector.register(self._control, selectors.EVENT_READ)
        self._tell({"kind": "ready"})
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    if not self._obey():
                        return
                else:
                    self._bury(key.data)

    def _preload(self) -> None:
        session = importlib.import_module(self._session)
        preload = getattr(session, "preload", None)
        if preload is not None:
            preload()
        prepare_stream()
        gc.collect()
        gc.freeze()  # a collection in a forked process must not touch, and so copy, what is shared

    def _obey(self) -> bool:
        """Forks once; False when the server is gone."""
        body, controls, _, _ = self._control.recvmsg(MAX_REQUEST_BYTES, socket.CMSG_SPACE(4), socket.MSG_CMSG_CLOEXEC)
        if not body:
            return False
        fds = array.array("i")
        for level, kind, content in controls:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
        request = json.loads(body)
        (fd,) = fds
        try:
            self._fork(request["id"], fd)
        finally:
            os.close(fd)
        return True

    def _fork(self, number: int, control_fd: int) -> None:
        try:
            pid = os.fork()
        except OSError as exc:
            self._tell({"kind": "not_forked", "id": number, "reason": exc.strerror})
            return
        if pid == 0:
            self._become_call(control_fd)
        # Before anybody could wait for it: the number cannot have been used again.
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = pid
        self._selector.register(pidfd, selectors.EVENT_READ, pidfd)
        self._tell({"kind": "forked", "id": number, "pid": pid}, pidfd)

    def _become_call(self, control_fd: int) -> NoReturn:
        status = 1
        try:
            os.setsid()
            self._selector.close()
            self._control.close()
            for pidfd in self._children:
                os.close(pidfd)
            hold_call(os.dup(control_fd), self._session)
            status = 0
        except BaseException:  # noqa: BLE001  the top of a process
            traceback.print_exc()
        finally:
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(status)  # what the template has registered for its own end is not the call's to run

    def _bury(self, pidfd: int) -> None:
        pid = self._children.pop(pidfd)
        self._selector.unregister(pidfd)
        os.close(pidfd)
        _, status, used = os.wait4(pid, 0)
        cpu_s = round(used.ru_utime + used.ru_stime, 3)
        self._tell({"kind": "exited", "pid": pid, "status": os.waitstatus_to_exitcode(status), "cpu_s": cpu_s})

    def _tell(self, message: dict[str, Any], fd: int | None = None) -> None:
        body = json.dumps(message).encode()
        # Without a server nobody listens; the next read tells of it.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self._control, [body], [] if fd is None else [fd])


def main(control_fd: int, session: str) -> None:
    """Runs the template to its end.

    Args:
        control_fd: Inherited end of the socket to the server.
        session: Name of the module that holds the call.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.set_inheritable(control_fd, False)
    configure_logs("WARNING", form="auto")
    control = socket.socket(fileno=control_fd)
    control.setblocking(True)
    Template(control, session).run()
