#!/usr/bin/env python3
"""Sends UDP datagrams with sources that are not its own, as a host can whose provider does not check.

Reads JSON lines {"source": [address, port], "destination": [address, port], "packets": [hex, ...], "times": n, "perSecond": n}
and sends the packets in turn, n of them in all; prints {"sent": n} after each line. Needs root. Ends when its standard input does.
"""
import json
import socket
import struct
import sys
import time

IP_HEADER = struct.Struct("!BBHHHBBH4s4s")
UDP_HEADER = struct.Struct("!HHHH")


def datagram(source, destination, payload):
    """IPv4 and UDP around payload. The kernel fills in the IP checksum; UDP may do without one over IPv4."""
    length = IP_HEADER.size + UDP_HEADER.size + len(payload)
    addresses = [socket.inet_aton(address) for address, _ in (source, destination)]
    ip = IP_HEADER.pack(0x45, 0, length, 0, 0, 64, socket.IPPROTO_UDP, 0, *addresses)
    return ip + UDP_HEADER.pack(source[1], destination[1], UDP_HEADER.size + len(payload), 0) + payload


def main():
    sender = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    for line in sys.stdin:
        order = json.loads(line)
        source, destination = order["source"], order["destination"]
        packets = [datagram(source, destination, bytes.fromhex(packet)) for packet in order["packets"]]
        for i in range(order["times"]):
            sender.sendto(packets[i % len(packets)], (destination[0], 0))
            time.sleep(1 / order["perSecond"])
        print(json.dumps({"sent": order["times"]}), flush=True)


main()
