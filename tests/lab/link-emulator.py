#!/usr/bin/env python3
"""Joins two network interfaces by a bad link: delay, jitter, loss, rate. In place of netem, which many kernels lack.

link-emulator.py IF1 IF2 '{"delayMs": 50, "jitterMs": 0, "loss": 0.01, "rateKbit": 0, "queueMs": 100, "seed": 1}'

Beside these: "burst": [enter, leave], chances per packet of a stretch in which all are lost to begin and to end; "reorder", the chance
of being held back for "reorderMs" (50); "back", a profile for the way from IF2 to IF1, the same as there if it is not given.
With "reportMs", it prints what went from IF1 to IF2 so often, a line of JSON: bits of UDP and TCP, and how long each datagram waited.

Runs in a namespace of its own with one end of a veth pair each; offloads must be off on all four ends (frames are copied
as they are). Prints "ready" when it forwards. A line of JSON on its standard input is another profile from there on; it ends when
its standard input does.
"""
import heapq
import json
import math
import random
import selectors
import socket
import sys
import time

ETH_P_ALL = 0x0003
PACKET_OUTGOING = 4
RECEIVE_BUFFER_BYTES = 8 << 20
ETHERNET_BYTES = 14
IP_PROTOCOL_AT = ETHERNET_BYTES + 9
TCP, UDP = 6, 17


class Direction:
    """One way across: decides when, and whether, a frame leaves on the other side."""

    def __init__(self, profile):
        self.free_at = 0.0
        self.bad = False
        self.change(profile)

    def change(self, profile):
        self.delay = profile.get("delayMs", 0) / 1e3
        self.jitter = profile.get("jitterMs", 0) / 1e3
        self.loss = profile.get("loss", 0)
        self.rate = profile.get("rateKbit", 0) * 1e3
        self.queue = profile.get("queueMs", 100) / 1e3
        self.burst = profile.get("burst")
        self.reorder = profile.get("reorder", 0)
        self.held = profile.get("reorderMs", 50) / 1e3

    def lost(self, chance):
        if self.burst:
            enter, leave = self.burst
            self.bad = chance.random() >= leave if self.bad else chance.random() < enter
            if self.bad:
                return True
        return self.loss and chance.random() < self.loss

    def due(self, now, size, chance):
        """When the frame is there, and how long it waits for its turn; None if it never is."""
        if self.lost(chance):
            return None
        leaves = starts = now
        if self.rate:
            starts = max(now, self.free_at)
            if starts - now > self.queue:
                return None
            self.free_at = leaves = starts + size * 8 / self.rate
        held = self.held if self.reorder and chance.random() < self.reorder else 0
        return leaves + self.delay + held + (chance.random() * self.jitter if self.jitter else 0), starts - now


class Report:
    """What went one way since the last line."""

    def __init__(self, every):
        self.every = every
        self.began = time.monotonic()
        self.next = self.began + every
        self.clear()

    def clear(self):
        self.bits = {UDP: 0, TCP: 0}
        self.waits = []

    def add(self, frame, wait):
        protocol = frame[IP_PROTOCOL_AT] if len(frame) > IP_PROTOCOL_AT else 0
        if protocol in self.bits:
            self.bits[protocol] += (len(frame) - ETHERNET_BYTES) * 8
        if protocol == UDP:
            self.waits.append(round(wait * 1e3, 1))

    def tell(self, now):
        if now < self.next:
            return
        at = round((self.next - self.began) * 1e3)
        print(json.dumps({"at": at, "udpBits": self.bits[UDP], "tcpBits": self.bits[TCP], "waitsMs": self.waits}), flush=True)
        self.next += self.every
        self.clear()


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
    directions = [Direction(profile), Direction(profile.get("back", profile))]
    report = Report(profile["reportMs"] / 1e3) if "reportMs" in profile else None
    waiting, order = [], 0
    selector = selectors.DefaultSelector()
    for index, side in enumerate(sides):
        selector.register(side, selectors.EVENT_READ, index)
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    print("ready", flush=True)
    while True:
        soonest = min(waiting[0][0] if waiting else math.inf, report.next if report else math.inf)
        timeout = max(0.0, soonest - time.monotonic()) if soonest < math.inf else None
        for key, _ in selector.select(timeout):
            if key.data is None:
                line = sys.stdin.readline()
                if not line:
                    return
                profile = json.loads(line)
                directions[0].change(profile)
                directions[1].change(profile.get("back", profile))
                continue
            try:
                while True:
                    frame, address = key.fileobj.recvfrom(65536)
                    if address[2] == PACKET_OUTGOING:
                        continue
                    crossing = directions[key.data].due(time.monotonic(), len(frame), chance)
                    if crossing is not None:
                        order += 1
                        heapq.heappush(waiting, (crossing[0], order, 1 - key.data, frame))
                        if report and key.data == 0:
                            report.add(frame, crossing[1])
            except BlockingIOError:
                pass
        now = time.monotonic()
        if report:
            report.tell(now)
        while waiting and waiting[0][0] <= now:
            _, _, side, frame = heapq.heappop(waiting)
            try:
                sides[side].send(frame)
            except OSError:
                pass  # the interface's own queue is full: a loss, as on any link


main()
