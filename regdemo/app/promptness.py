"""Answers that leave at once: what Streamlit's server forgets to ask of its sockets."""

import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

import streamlit as st

OPEN = Path("/proc/self/fd")  # Linux; elsewhere the delay is not there


@st.cache_resource
def send_at_once() -> None:
    """Have every TCP socket of this process, and those that its listening ones will accept, send without waiting (TCP_NODELAY).

    asyncio asks for that only where a socket says that its protocol is TCP. Streamlit binds its port without saying so, as uvicorn
    does (https://github.com/Kludex/uvicorn/issues/3149): then the second half of each answer, a script's file or what a page draws,
    waits some 40 ms for the browser's word that the first half has come.
    """
    for entry in OPEN.iterdir() if OPEN.is_dir() else ():
        with suppress(OSError):  # one that was closed meanwhile
            if stat.S_ISSOCK(entry.stat().st_mode):
                set_nodelay(int(entry.name))


def set_nodelay(descriptor: int) -> None:
    with socket.socket(fileno=os.dup(descriptor)) as same:
        if same.family in (socket.AF_INET, socket.AF_INET6) and same.type == socket.SOCK_STREAM:
            same.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
