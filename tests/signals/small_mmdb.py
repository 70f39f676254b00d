"""Writes a MaxMind database (MaxMind DB 2.0) of a few records: for addresses that no shipped file describes."""

import struct
from ipaddress import ip_network
from pathlib import Path
from typing import Any


def write(file: Path, records: dict[str, dict[str, Any]], *, version: int = 4) -> Path:
    """A database of these networks; IPv4 only, or IPv6 only."""
    nodes: list[list[Any]] = [[None, None]]
    for network, record in records.items():
        net = ip_network(network)
        bits = f"{int(net.network_address):0{net.max_prefixlen}b}"[: net.prefixlen]
        node = 0
        for bit in map(int, bits[:-1]):
            if nodes[node][bit] is None:
                nodes.append([None, None])
                nodes[node][bit] = len(nodes) - 1
            node = nodes[node][bit]
        nodes[node][int(bits[-1])] = record
    data, tree = b"", b""
    for pair in nodes:
        for child in pair:
            if isinstance(child, dict):
                pointer = len(nodes) + 16 + len(data)
                data += _encode(child)
            else:
                pointer = len(nodes) if child is None else child
            tree += struct.pack(">I", pointer)
    about = {
        "record_size": 32, "ip_version": version, "database_type": "test",
        "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": 1 << 30,
        "languages": [], "description": {},
    }  # fmt: skip
    # The reader wants the number of nodes in 32 bits, whatever its size.
    count = _encode("node_count") + bytes([6 << 5 | 4]) + struct.pack(">I", len(nodes))
    meta = _head(7, len(about) + 1) + count + _encode(about)[1:]
    file.write_bytes(tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + meta)
    return file


def _encode(value: Any) -> bytes:
    match value:
        case str():
            body = value.encode()
            return _head(2, len(body)) + body
        case float():
            return _head(3, 8) + struct.pack(">d", value)
        case int() if value < 1 << 16:
            return _head(5, 2) + struct.pack(">H", value)
        case int():
            return bytes([8, 9 - 7]) + struct.pack(">Q", value)
        case dict():
            return _head(7, len(value)) + b"".join(_encode(k) + _encode(v) for k, v in value.items())
        case list():
            return bytes([len(value), 11 - 7]) + b"".join(map(_encode, value))
    raise AssertionError(value)


def _head(kind: int, size: int) -> bytes:
    return bytes([kind << 5 | size]) if size < 29 else bytes([kind << 5 | 29, size - 29])
