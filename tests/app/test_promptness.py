"""Sockets that are bound as Streamlit binds its own send without waiting."""

import socket

import pytest

from regdemo.app.promptness import OPEN, send_at_once

pytestmark = pytest.mark.skipif(not OPEN.is_dir(), reason="lists its open files in /proc: Linux alone")


def waits(one):
    return not one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_what_is_open_and_what_comes_later_sends_at_once():
    a, b = socket.socketpair()  # of another family: left alone
    with a, b, socket.socket() as port:
        port.bind(("127.0.0.1", 0))
        port.listen()
        with socket.create_connection(port.getsockname()) as early:
            served, _ = port.accept()
            with served:
                assert waits(served)
                send_at_once.clear()
                send_at_once()
                assert not waits(served)
                assert not waits(early)
        with socket.create_connection(port.getsockname()) as late:
            served, _ = port.accept()
            with served:
                assert not waits(served)
                assert waits(late)  # the visitor's own
        a.send(b"x")
        assert b.recv(1) == b"x"
