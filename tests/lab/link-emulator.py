#!/usr/bin/env python3
"""Joins two network interfaces by a bad link: delay, jitter, loss, rate. In place of netem, which many kernels lack.

link-emulator.py IF1 IF2 '{"delayMs": 50, "jitterMs": 0, "loss": 0.01, "rateKbit": 0, "queueMs": 100, "seed": 1}'

Runs in a namespace of its own with one end of a veth pair each; offloads must be off on all four ends (frames are copied
as they are). Prints "ready" when it forwards. Ends when its standard input does.
"""
import heapq
import json
import random
import selectors
import socket
import sys
import time

ETH_P_ALL = 0x0003
PACKET_OUTGOING = 4
RECEIVE_BUFFER_BYTES = 8 << 20


class Direction:
    """One way across: decides when, and whether, a frame leaves on the other side."""

    def __init__(self, profile):
        self.delay = profile.get("delayMs", 0) / 1e3
        self.jitter = profile.get("jitterMs", 0) / 1e3
        self.loss = profile.get("loss", 0)
        self.rate = profile.get("rateKbit", 0) * 1e3
        self.queue = profile.get("queueMs", 100) / 1e3
        self.free_at = 0.0

    def due(self, now, size, chance):
        if self.loss and chance.random() < self.loss:
            return None
        leaves = now
        if self.rate:
            starts = max(now, self.free_at)
            if starts - now > self.queue:
                return None
            self.free_at = leaves = starts + size * 8 / self.rate
        return leaves + self.delay + (chance.random() * self.jitter if self.jitter else 0)


def open_interface(name):
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    raw.bind((name, ETH_P_ALL))
    raw.setblocking(False)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    return raw


def main():
    sides = [open_interface(name) for name in sys.argv[1:3]]
    profile = json.loads(sys.argv[3])
    chance = random.Random(profile.get("seed", 1))
    directions = [Direction(profile), Direction(profile)]
    waiting, order = [], 0
    selector = selectors.DefaultSelector()
    for index, side in enumerate(sides):
        selector.register(side, selectors.EVENT_READ, index)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    print("ready", flush=True)
    while True:
        timeout = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        for key, _ in selector.select(timeout):
            if key.data is None:
                if not sys.stdin.read(1):
                    return
                continue
            try:
                while True:
                    frame, address = key.fileobj.recvfrom(65536)
                    if address[2] == PACKET_OUTGOING:
                        continue
                    due = directions[key.data].due(time.monotonic(), len(frame), chance)
                    if due is not None:
                        order += 1
                        heapq.heappush(waiting, (due, order, 1 - key.data, frame))
            except BlockingIOError:
                pass
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, side, frame = heapq.heappop(waiting)
            try:
                sides[side].send(frame)
            except OSError:
                pass  # the interface's own queue is full: a loss, as on any link


main()
