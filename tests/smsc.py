"""A message centre (SMSC) on the loopback: signs peers in, takes texts, refuses them, sends receipts, hangs up.

Read and written by another library than the one that it is there to judge.
"""

import asyncio
import struct
import threading
from collections.abc import Coroutine
from ssl import SSLContext
from typing import Any

from gsm0338 import Codec
from smpplib import consts, smpp
from smpplib.command import Command

SYSTEM_ID, PASSWORD = "frostgate", "s3cret!"
HEADER = 16


class _Numbers:
    """What the library asks for the next sequence number; each answer gets its question's afterwards."""

    sequence = 0

    def next_sequence(self) -> int:
        return 0


class Message:
    """One `submit_sm` as it came in."""

    def __init__(self, pdu: Command) -> None:
        self.id = ""
        self.source = pdu.source_addr.decode()
        self.number = pdu.destination_addr.decode()
        self.coding = pdu.data_coding
        self.esm_class = pdu.esm_class
        self.wants_receipt = pdu.registered_delivery
        self.payload = getattr(pdu, "message_payload", None)
        self.sar = tuple(
            getattr(pdu, f"sar_{name}", None) for name in ("msg_ref_num", "total_segments", "segment_seqnum")
        )
        octets = self.payload or pdu.short_message or b""
        self.header = octets[: octets[0] + 1] if pdu.esm_class & 0x40 else b""
        self.octets = octets[len(self.header) :]

    @property
    def text(self) -> str:
        """What a telephone shows of it."""
        return self.octets.decode("utf-16-be") if self.coding == 8 else str(Codec().decode(self.octets)[0])


class Smsc:
    """Everybody's operator. `status` answers the next texts; `hang_up_at` the how-manieth is never answered."""

    def __init__(self, tls: SSLContext | None = None) -> None:
        self.messages: list[Message] = []
        self.binds: list[tuple[str, str]] = []
        self.answers: list[int] = []  # to our receipts
        self.links = 0  # how often somebody asked whether we are there
        self.status = consts.SMPP_ESME_ROK
        self.hang_up_at: int | None = None
        self.receipt: str | None = None  # the state that a receipt says right after a text was taken
        self.is_silent = False
        self.hangs_up = False  # on whoever was let in, at once
        self._tls = tls
        self._writers: dict[asyncio.StreamWriter, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls))

    @property
    def port(self) -> int:
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def stop(self) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def drop_everybody(self) -> None:
        self._loop.call_soon_threadsafe(self._abort)

    def deliver(self, message_id: str, state: str, *, error: str = "000", with_tlv: bool = False) -> None:
        """A receipt for a text, to whoever is signed in."""
        self._do(self._deliver(message_id, state, error, with_tlv))

    def _do(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _close(self) -> None:
        """Let everybody go. Whoever was let in just now is served first: a task that never began closes nothing."""
        self._server.close()
        for _ in range(1000):
            if not self._others():
                break
            self._abort()
            await asyncio.sleep(0)
        for task in self._others():  # such as a handshake that somebody does not end
            task.cancel()
        await asyncio.gather(*self._others(), return_exceptions=True)
        await asyncio.sleep(0)  # a transport lets its socket go one turn of the loop later

    def _others(self) -> set[asyncio.Task[Any]]:
        return asyncio.all_tasks(self._loop) - {asyncio.current_task(self._loop)}

    def _abort(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _deliver(self, message_id: str, state: str, error: str, with_tlv: bool) -> None:
        code = {"DELIVRD": 2, "EXPIRED": 3, "UNDELIV": 5, "REJECTD": 8}[state]
        words = (
            f"id:{message_id} sub:001 dlvrd:001 submit date:2603020400 done date:2603020400 "
            f"stat:{state} err:{error} text:"
        )
        tlvs = {"receipted_message_id": message_id, "message_state": code} if with_tlv else {}
        for writer in self._writers:
            self._writers[writer] += 1
            pdu = smpp.make_pdu(
                "deliver_sm",
                source_addr="8613800138000",
                destination_addr="10690000",
                esm_class=4,  # it is a receipt
                short_message=b"" if with_tlv else words.encode(),
                client=_Numbers(),
                **tlvs,
            )
            pdu.sequence = self._writers[writer]
            writer.write(pdu.generate())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers[writer] = 1000
        try:
            while not reader.at_eof():
                header = await reader.readexactly(HEADER)
                (length,) = struct.unpack(">L", header[:4])
                whole = header + await reader.readexactly(length - HEADER)
                await self._answer(smpp.parse_pdu(whole, client=_Numbers(), allow_unknown_opt_params=True), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            del self._writers[writer]
            writer.close()

    async def _answer(self, pdu: Command, writer: asyncio.StreamWriter) -> None:
        if pdu.command == "deliver_sm_resp":
            self.answers.append(pdu.status)
        if self.is_silent or pdu.is_response():
            return
        if pdu.command == "submit_sm":
            await self._submitted(pdu, writer)
            return
        status, more = consts.SMPP_ESME_ROK, {}
        if pdu.command.startswith("bind"):
            self.binds.append((pdu.system_id.decode(), pdu.password.decode()))
            status = consts.SMPP_ESME_ROK if self.binds[-1] == (SYSTEM_ID, PASSWORD) else consts.SMPP_ESME_RINVPASWD
            more = {"system_id": "smsc"}
        self.links += pdu.command == "enquire_link"
        self._write(writer, f"{pdu.command}_resp", pdu.sequence, status, **more)
        if self.hangs_up and pdu.command.startswith("bind"):
            writer.close()

    async def _submitted(self, pdu: Command, writer: asyncio.StreamWriter) -> None:
        message = Message(pdu)
        message.id = f"m{len(self.messages) + 1}"
        if self.status == consts.SMPP_ESME_ROK:
            self.messages.append(message)
        if self.hang_up_at == len(self.messages):
            writer.transport.abort()
            return
        is_taken = self.status == consts.SMPP_ESME_ROK
        self._write(writer, "submit_sm_resp", pdu.sequence, self.status, message_id=message.id if is_taken else "")
        if self.receipt is not None and is_taken:
            await self._deliver(message.id, self.receipt, "000", False)

    def _write(self, writer: asyncio.StreamWriter, command: str, sequence: int, status: int, **more: Any) -> None:
        pdu = smpp.make_pdu(command, client=_Numbers(), **more)
        pdu.sequence, pdu.status = sequence, status
        writer.write(pdu.generate())
