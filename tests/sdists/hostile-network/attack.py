"""Tries to reach the host: by TCP, by an abstract socket, by a socket with a path, by a vsock, by an ancestor's namespace."""

import ctypes
import json
import os
import socket

with open("targets.json", encoding="utf-8") as file:
    TARGETS = json.load(file)


def connects(family, address):
    try:
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.settimeout(5)
            sock.connect(address)
            return True
    except OSError:
        return False


def joins():
    libc = ctypes.CDLL(None, use_errno=True)
    for process in (name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()):
        for kind in ("net", "mnt", "user"):
            try:
                place = os.open(f"/proc/{process}/ns/{kind}", os.O_RDONLY)
            except OSError:
                continue
            if libc.setns(place, 0) == 0:
                return True
    return False


def attack():
    found = {"tcp": connects(socket.AF_INET, ("127.0.0.1", TARGETS["port"]))}
    found["abstract"] = connects(socket.AF_UNIX, "\0" + TARGETS["abstract"])
    found["path"] = connects(socket.AF_UNIX, TARGETS["path"])
    found["setns"] = joins()
    found["tcp after setns"] = connects(socket.AF_INET, ("127.0.0.1", TARGETS["port"]))
    try:
        socket.socket(40, socket.SOCK_STREAM).close()  # AF_VSOCK: the host of a virtual machine
        found["vsock"] = True
    except OSError:
        found["vsock"] = False
    pair = socket.socketpair()
    pair[0].sendall(b"x")
    return found, {"a pair": pair[1].recv(1) == b"x"}
