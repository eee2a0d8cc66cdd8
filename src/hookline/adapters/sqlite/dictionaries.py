"""Compresses the bodies of each source with a dictionary that is learned from its stored bodies."""

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
"""The shortest body to compress with a dictionary, in bytes: a shorter one saves little."""

_LEVEL = -1
"""The level of Zstandard. Level 1 saves a fifth more and takes twice as long."""

_SAMPLES = 64
_FIRST_LOOK = 256
"""After this many bodies it is checked whether a dictionary saves enough, or whether a new one can be made."""

_MOST = 32
"""The most dictionaries of one source, so that a source whose bodies change often cannot fill the file. Retention removes old ones."""

SMALLEST = 64
"""The smallest useful dictionary, in bytes."""

_NEWEST_OF_SOURCE = """
SELECT id, bytes, sealed FROM dictionaries INDEXED BY dictionaries_by_source WHERE source = ? ORDER BY id DESC LIMIT 1
"""
_COUNT = "SELECT count(*) FROM dictionaries INDEXED BY dictionaries_by_source WHERE source = ? AND length(bytes) > 0"
_INSERT = "INSERT INTO dictionaries (source, made_at, bytes, sealed) VALUES (?, ?, ?, ?)"


class Dictionaries:
    """The newest dictionary of each source. Use it only inside a writing transaction.

    Each transaction that stores events must compare ``newest``, the row that was added last, with the newest row of the file, and call
    ``forget`` if they differ. Call ``forget`` also when a transaction was rolled back, or may have been. Then this object always agrees
    with the file, even when other processes write to it, so that a body is only compressed with the newest dictionary of its source.
    Retention relies on that.
    """

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self.are_sealed = sealing.seals
        """Whether bodies that are compressed with these dictionaries are sealed."""
        self.newest: Row | None = None
        """The number of the row that was added last, and when it was made."""
        self.packers: dict[str, Packer] = {}
        """The packers by source. Call ``look`` for one that is missing or has no body ``left``."""
        self.learning: set[str] = set()
        """The sources whose stored events must be given to ``learn``."""

    def forget(self, newest: Row | None = None) -> None:
        """Forget everything; it is read again when it is needed."""
        self.newest, self.are_sealed = newest, self._sealing.seals
        self.packers.clear()
        self.learning.clear()

    def look(self, connection: apsw.Connection, source: str) -> Packer:
        """The packer of this source, read from the file, or checked whether it saves enough; if not, the source learns again.

        While learning does not help, each new attempt comes after twice as many bodies as the one before.
        """
        packer = self.packers.get(source)
        if packer is None:
            packer = self.packers[source] = Packer()
            found = first(connection, _NEWEST_OF_SOURCE, (source,))
            # An empty dictionary means that the source must learn again. Sealed bodies use only sealed dictionaries, and the reverse.
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
        """Add a stored event to the samples; with enough samples, make a dictionary in the open transaction."""
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
    """The state of one source: its dictionary, how much that saves, and samples for the next."""

    __slots__ = ("balance", "codec", "left", "next_look", "prepared", "sampled", "samples")

    def __init__(self) -> None:
        self.prepared: ZstdCompressor | None = None  # the compressor with the dictionary
        self.codec: str | None = None
        self.balance = 0  # bytes of the bodies minus twice their compressed bytes
        self.left = self.next_look = _FIRST_LOOK
        self.sampled = 0
        self.samples: dict[bytes, tuple[str, bytes]] = {}  # by digest: a body that is sent repeatedly counts once

    def take(self, number: int, dictionary: bytes) -> None:
        """Use this dictionary from now on."""
        self.prepared, self.codec = _prepared(dictionary), f"{DICTIONARY_CODEC}{number}"
        self.left, self.balance = self.next_look, 0

    def is_improved_by(self, dictionary: bytes, bodies: list[bytes]) -> bool:
        """Whether it saves a quarter of the present size of these bodies."""
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
