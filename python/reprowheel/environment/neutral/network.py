"""Fixes the host name in `socket`, and records hosts that a build tried to reach."""

# mypy: ignore-errors

import os

from reprowheel.environment.neutral.shared import HOST, ROOT, Call


def patch_socket(module):
    """Fix the host name in `socket`, too, and record failed connections."""
    module.gethostname = Call(lambda: HOST)
    module.getfqdn = Call(lambda name="": name or HOST)
    _tell_network(module)


def _tell_network(module):
    """Record hosts that could not be reached: builds have no network, and the error of a failed build names the host."""
    connect, connect_ex, getaddrinfo = module.socket.connect, module.socket.connect_ex, module.getaddrinfo

    def telling_connect(self, address):
        try:
            return connect(self, address)
        except OSError as e:
            _tell_host(address, e.errno)
            raise

    def telling_connect_ex(self, address):
        code = connect_ex(self, address)
        _tell_host(address, code)
        return code

    def telling_getaddrinfo(host, port, *args, **kwargs):
        try:
            return getaddrinfo(host, port, *args, **kwargs)
        except OSError as e:
            _tell_host((host, port), e.errno)
            raise

    module.socket.connect, module.socket.connect_ex = telling_connect, telling_connect_ex
    module.getaddrinfo = Call(telling_getaddrinfo)


def _tell_host(address, code):
    import errno

    if code in (0, errno.EINPROGRESS) or not isinstance(address, tuple):
        return
    host = address[0].decode("ascii", "replace") if isinstance(address[0], bytes) else address[0]
    if isinstance(host, str) and host not in ("", "localhost", "::1") and not host.startswith("127."):
        try:
            with open(os.path.join(ROOT, "network"), "a", encoding="utf-8", errors="replace") as file:
                file.write(f"{host}:{address[1]}\n")
        except OSError:
            pass
