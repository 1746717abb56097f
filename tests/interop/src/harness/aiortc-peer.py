"""A call's other end in aiortc: orders come as lines of JSON, answers go the same way. Ends with its input.

It films pictures whose brightness counts, sings 440 Hz, and echoes what comes on channels; "seen" tells what came back.
"""
import asyncio
import fractions
import json
import math
import sys

from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError
from av import AudioFrame, VideoFrame

RATE = 48000
SAMPLES = 960
TONE_HZ = 440
STEP = 16
LEVELS = 12

seen = {"frames": 0, "levels": [], "crossings": 0, "samples": 0, "echoes": 0}


class Counting(VideoStreamTrack):
    count = 0

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        frame = VideoFrame(320, 240, "yuv420p")
        for plane, value in zip(frame.planes, (32 + STEP * (self.count // 5 % LEVELS), 128, 128)):
            plane.update(bytes([value]) * plane.buffer_size)
        self.count += 1
        frame.pts, frame.time_base = pts, time_base
        return frame


class Singing(AudioStreamTrack):
    count = 0

    async def recv(self):
        await super().recv()  # waits until it is time
        first = self.count * SAMPLES
        self.count += 1
        wave = (int(8000 * math.sin(2 * math.pi * TONE_HZ * (first + i) / RATE)) for i in range(SAMPLES))
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(b"".join(value.to_bytes(2, "little", signed=True) for value in wave))
        frame.pts, frame.sample_rate, frame.time_base = first, RATE, fractions.Fraction(1, RATE)
        return frame


async def watch(track):
    try:
        while True:
            frame = await track.recv()
            if track.kind == "video":
                seen["frames"] += 1
                luma = bytes(frame.planes[0])
                level = round((sum(luma[::997]) / len(luma[::997]) - 32) / STEP)
                if not seen["levels"] or seen["levels"][-1] != level:
                    seen["levels"].append(level)
            else:
                samples = memoryview(bytes(frame.planes[0])).cast("h")[:: len(frame.layout.channels)]
                seen["samples"] += len(samples)
                seen["crossings"] += sum(1 for a, b in zip(samples, samples[1:]) if (a < 0) != (b < 0))
    except MediaStreamError:
        pass


def say(message):
    print(json.dumps(message), flush=True)


async def main():
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.on("track", lambda track: asyncio.ensure_future(watch(track)))

    def adopt(channel):
        @channel.on("message")
        def on_message(message):
            seen["echoes"] += 1
            channel.send(message)

    connection.on("datachannel", adopt)

    async def describe(description):
        await connection.setLocalDescription(description)
        say({"sdp": connection.localDescription.sdp})

    reader = asyncio.StreamReader()
    await asyncio.get_event_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        if order["order"] == "offer":
            connection.addTrack(Singing())
            connection.addTrack(Counting())
            adopt(connection.createDataChannel("talk"))
            await describe(await connection.createOffer())
        elif order["order"] == "answer":
            await connection.setRemoteDescription(RTCSessionDescription(order["sdp"], "offer"))
            connection.addTrack(Singing())
            connection.addTrack(Counting())
            await describe(await connection.createAnswer())
        elif order["order"] == "answered":
            await connection.setRemoteDescription(RTCSessionDescription(order["sdp"], "answer"))
            say({"done": True})
        elif order["order"] == "seen":
            say({**seen, "levels": seen["levels"][-30:], "state": connection.connectionState})
    await connection.close()


asyncio.run(main())
