"""How much a request may send: counted while it arrives, so that no more is ever kept."""

from __future__ import annotations

from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.failures import body

_ROOM_FOR_FORM = 65_536
"""What a multipart form needs beside the file itself."""


class _Full(Exception):
    """More came than may come."""


class BodyLimit:
    """Refuses a request whose body has more bytes than a file may have, and room for its form."""

    def __init__(self, application: ASGIApp, most_bytes: int) -> None:
        self.application = application
        self.most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application have the request as long as it is small enough."""
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        counted = _Counted(receive, send, self.most_bytes + _ROOM_FOR_FORM)
        with suppress(_Full):
            await self.application(scope, counted.receive, counted.send)
        if counted.left < 0 and not counted.has_answered:
            sentence = f"the file has more than {self.most_bytes} bytes"
            await body(413, "too_large", sentence, connection="close")(scope, receive, send)


class _Counted:
    """One request and its answer."""

    def __init__(self, receive: Receive, send: Send, left: int) -> None:
        self._receive = receive
        self._send = send
        self.left = left
        self.has_answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        self.left -= len(message.get("body", b""))
        if self.left < 0:
            raise _Full
        return message

    async def send(self, message: Message) -> None:
        """Hold back what the application makes of the cut: the answer is ours then."""
        if self.left >= 0 or self.has_answered:
            self.has_answered = True
            await self._send(message)
