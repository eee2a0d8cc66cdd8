"""Packing the bodies of each source against what they have in common, which is learned from those that were stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zstandard import DICT_TYPE_RAWCONTENT, ZstdCompressionDict, ZstdCompressor

from hookline.adapters.sqlite.codec import DICTIONARY_CODEC, TOO_LONG, pack
from hookline.adapters.sqlite.common_text import common_text
from hookline.adapters.sqlite.query import first, the

if TYPE_CHECKING:
    import apsw

    from hookline.adapters.sqlite.query import Row
    from hookline.adapters.sqlite.sealing import Sealing
    from hookline.domain.event import Event

__all__ = ["SHORTEST", "SMALLEST", "Dictionaries", "Packer"]

SHORTEST = 128
"""Bytes. There is little to save on a shorter body."""

_LEVEL = -1
"""Of Zstandard. Level 1 packs a fifth smaller, and takes twice as long."""

_SAMPLES = 64
_FIRST_LOOK = 256
"""Bodies after which it is looked whether a dictionary is good, or another try to make one may succeed."""

_MOST = 32
"""Dictionaries of one source in the file, so that a source whose bodies keep changing cannot fill it. Retention makes room."""

SMALLEST = 64
"""Bytes of a dictionary that is worth its row."""

_NEWEST_OF_SOURCE = """
SELECT id, bytes, sealed FROM dictionaries INDEXED BY dictionaries_by_source WHERE source = ? ORDER BY id DESC LIMIT 1
"""
_COUNT = "SELECT count(*) FROM dictionaries INDEXED BY dictionaries_by_source WHERE source = ? AND length(bytes) > 0"
_INSERT = "INSERT INTO dictionaries (source, made_at, bytes, sealed) VALUES (?, ?, ?, ?)"


class Dictionaries:
    """The newest dictionary of each source. Only inside a writing transaction.

    Each transaction that stores events must compare ``newest``, the row that was added last, with the newest row of the file, and call
    ``forget`` if they differ. ``forget`` must also be called when a transaction was undone, or may have been. Then this object always
    agrees with the file, even when other processes write to it: a body is only packed against the newest dictionary of its source.
    Retention relies on that.
    """

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self.are_sealed = sealing.seals
        """Whether what is packed against them is sealed."""
        self.newest: Row | None = None
        """Its number, and when it was made."""
        self.packers: dict[str, Packer] = {}
        """By source. One that is missing or has no body ``left`` is to be asked for by ``look``."""
        self.learning: set[str] = set()
        """Sources whose stored events are to be given to ``learn``."""

    def forget(self, newest: Row | None = None) -> None:
        """Read everything again when it is needed."""
        self.newest, self.are_sealed = newest, self._sealing.seals
        self.packers.clear()
        self.learning.clear()

    def look(self, connection: apsw.Connection, source: str) -> Packer:
        """The packer of this source: read from the file, or looked at whether it packs well; if it does not, learn again.

        While learning does not help, it is tried again after twice as many bodies each time.
        """
        packer = self.packers.get(source)
        if packer is None:
            packer = self.packers[source] = Packer()
            found = first(connection, _NEWEST_OF_SOURCE, (source,))
            # An empty one says that there is to be another. What is sealed is packed only against what is sealed, and the reverse.
            if found is not None and found[1] and bool(found[2]) is self._sealing.seals:
                packer.take(found[0], self._sealing.dictionary(found[1]) if found[2] else found[1])
            else:
                self.learning.add(source)
            return packer
        is_good = packer.prepared is not None and packer.balance >= 0
        if not is_good:
            self.learning.add(source)
        packer.next_look = _FIRST_LOOK if is_good else packer.next_look * 2
        packer.left, packer.balance = packer.next_look, 0
        return packer

    def learn(self, connection: apsw.Connection, event: Event, now: int) -> None:
        """Take an event that was stored as a sample; with enough of them make a dictionary, in the transaction that is open."""
        packer = self.packers.get(event.source)
        if packer is None or not SHORTEST <= len(event.body) < TOO_LONG:
            return
        packer.sampled += 1
        packer.samples[event.body_sha256] = (event.type, event.body)
        if packer.sampled < _SAMPLES:
            return
        samples = list(packer.samples.values())
        packer.sampled, packer.samples = 0, {}
        self.learning.discard(event.source)
        dictionary = common_text(samples)
        if len(dictionary) < SMALLEST or not packer.is_improved_by(dictionary, [body for _, body in samples]):
            return
        if the(connection, _COUNT, (event.source,))[0] >= _MOST:
            return
        is_sealed = self._sealing.seals
        written = self._sealing.seal_dictionary(dictionary) if is_sealed else dictionary
        connection.execute(_INSERT, (event.source, now, written, is_sealed))
        self.newest = (connection.last_insert_rowid(), now)
        packer.take(self.newest[0], dictionary)


class Packer:
    """One source: its dictionary, how well that packs, and samples for the next."""

    __slots__ = ("balance", "codec", "left", "next_look", "prepared", "sampled", "samples")

    def __init__(self) -> None:
        self.prepared: ZstdCompressor | None = None  # that has read the dictionary
        self.codec: str | None = None
        self.balance = 0  # bytes of bodies, less twice the bytes to which they were packed
        self.left = self.next_look = _FIRST_LOOK
        self.sampled = 0
        self.samples: dict[bytes, tuple[str, bytes]] = {}  # by digest: a body that is sent again and again is one

    def take(self, number: int, dictionary: bytes) -> None:
        """Pack against this one from now on."""
        self.prepared, self.codec = _prepared(dictionary), f"{DICTIONARY_CODEC}{number}"
        self.left, self.balance = self.next_look, 0

    def is_improved_by(self, dictionary: bytes, bodies: list[bytes]) -> bool:
        """Whether it saves a quarter of what these bodies take by now."""
        new = _prepared(dictionary)
        return sum(_size(new, body) for body in bodies) * 4 <= sum(_size(self.prepared, body) for body in bodies) * 3


def _prepared(dictionary: bytes) -> ZstdCompressor:
    content = ZstdCompressionDict(dictionary, dict_type=DICT_TYPE_RAWCONTENT)
    content.precompute_compress(level=_LEVEL)
    return ZstdCompressor(level=_LEVEL, dict_data=content, write_checksum=False, write_dict_id=False)


def _size(prepared: ZstdCompressor | None, body: bytes) -> int:
    if prepared is None:
        return len(pack(body)[1])
    return min(len(body), len(prepared.compress(body)))
