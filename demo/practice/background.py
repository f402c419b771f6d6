"""Servers of the standard library that run beside what tries them."""

import socketserver
import threading


def serve_in_background(server: socketserver.BaseServer) -> None:
    """Until `server.shutdown()`, which is heard within 20 ms, not after the half second of the default."""
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
