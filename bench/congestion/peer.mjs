// One end of a call for the comparison of senders: a line of JSON in for each order, one out for each answer. Ends with its input.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { EncodedSource, RTCPeerConnection } from '@maru/webrtc';

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
const FRAME_MS = 1_000 / 30;
const KEY_FRAME_SCALE = 4;

const connection = new RTCPeerConnection();

/** A camera that gives what it is told to give, up to `maxBps`. */
function film(maxBps) {
  let [targetBps, isKeyFrameWanted, count] = [300_000, true, 0];
  const source = new EncodedSource({
    kind: 'video',
    codec: 'VP8',
    onKeyFrameRequest: () => (isKeyFrameWanted = true),
    onTargetBitrate: (bitsPerSecond) => (targetBps = bitsPerSecond),
  });
  connection.addTransceiver(source.track, { direction: 'sendonly', sendEncodings: [{ maxBitrate: maxBps }] });
  const startedAt = performance.now();
  setInterval(() => {
    for (; count * FRAME_MS < performance.now() - startedAt; count++) {
      const isKeyFrame = isKeyFrameWanted;
      isKeyFrameWanted = false;
      const mean = (targetBps * FRAME_MS) / 8_000;
      const data = new Uint8Array(Math.max(32, Math.round(mean * (isKeyFrame ? KEY_FRAME_SCALE : 0.75 + Math.random() / 2))));
      data[0] = isKeyFrame ? 0x10 : 0x11;
      if (isKeyFrame) data.set([0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01], 3);
      source.write({ data, timestampMs: count * FRAME_MS, isKeyFrame });
    }
  }, FRAME_MS / 4);
}

async function described() {
  await connection.setLocalDescription();
  while (connection.iceGatheringState !== 'complete')
    await new Promise((next) => connection.addEventListener('icegatheringstatechange', next, { once: true }));
  return { sdp: connection.localDescription.sdp };
}

const orders = {
  film: async ({ maxBps }) => film(maxBps),
  offer: described,
  answer: async ({ sdp }) => {
    await connection.setRemoteDescription({ type: 'offer', sdp });
    return described();
  },
  answered: ({ sdp }) => connection.setRemoteDescription({ type: 'answer', sdp }),
  /** Takes what a download brings. */
  sink: ({ port }) => new Promise((open) => createServer((socket) => socket.resume()).listen(port, open)),
};

createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const { order, ...rest } = JSON.parse(line);
    const answer = await orders[order](rest);
    say({ done: order, ...(answer?.sdp && { sdp: answer.sdp }) });
  })
  .on('close', () => process.exit());
