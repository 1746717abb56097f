// The forwarding path alone, in a process of its own: the media driver with its batches, and the least that a router does between them.

import { nodeCrypto, pureCrypto } from '@maru/node';
import { openMediaDriver, RECEIVED_INTS } from '@maru/node/media';
import { OpenBatch, SealBatch, SrtpReceiver, SrtpSender } from '@maru/protocol/srtp';
import { IpEndpoint } from '@maru/protocol/turn/server';
import { HEADER_BYTES, masterOf, subscriberSsrc } from './media.mjs';

const [kind] = process.argv.slice(2);
const driver = openMediaDriver({ driver: kind === 'pure' ? 'node' : 'native' });
const crypto = kind === 'pure' ? pureCrypto : nodeCrypto;
const socket = driver.bind('127.0.0.1', 0, { bufferBytes: 4 << 20 });
const opened = new OpenBatch();
const sealed = new SealBatch();
let receiver;
let openKey;
let subscribers = [];

/** Copies the header, with what a subscriber's has of its own. */
function forward(offset, length) {
  const { inbox } = driver;
  const sequence = (inbox[offset + 2] << 8) | inbox[offset + 3];
  for (const { address, key, ssrc, sender } of subscribers) {
    if (!sealed.hasRoom(HEADER_BYTES)) driver.send(sealed);
    const rollover = sender.claim(ssrc, sequence);
    if (rollover < 0) continue;
    const { heads, headsUsed: at } = sealed;
    for (let i = 0; i < HEADER_BYTES; i++) heads[at + i] = inbox[offset + i];
    heads[at + 8] = ssrc >>> 24;
    heads[at + 9] = ssrc >>> 16;
    heads[at + 10] = ssrc >>> 8;
    heads[at + 11] = ssrc;
    sealed.add(address, key, rollover, HEADER_BYTES, HEADER_BYTES, 0, offset + HEADER_BYTES, length - HEADER_BYTES);
  }
}

driver.receiver = {
  received(count) {
    const { received, inbox } = driver;
    for (let i = 0; i < count * RECEIVED_INTS; i += RECEIVED_INTS) {
      receiver.prepareRtp(inbox, received[i], received[i + 1], opened, openKey, 0);
    }
    driver.open(opened);
    for (let row = 0; row < opened.count; row++) {
      const length = receiver.commitRtp(inbox, opened, row);
      if (length >= 0) forward(opened.offset(row), length);
    }
    opened.clear();
    driver.send(sealed);
  },
  toStream() {},
};

const commands = {
  setup({ profile, ports }) {
    receiver = new SrtpReceiver({ profile, master: masterOf(profile, 0), crypto });
    openKey = driver.addKey(profile, masterOf(profile, 0));
    subscribers = ports.map((port, i) => {
      const master = masterOf(profile, i + 1);
      const address = driver.addresses.intern(socket, IpEndpoint.of('127.0.0.1', port));
      driver.addresses.hold(address);
      return {
        address,
        key: driver.addKey(profile, master),
        ssrc: subscriberSsrc(i),
        sender: new SrtpSender({ profile, master, crypto }),
      };
    });
    return { port: driver.port(socket) };
  },
  counters: () => ({ ...driver.counters, refused: receiver.stats().refused }),
};

process.on('message', ({ command, ...options }) => process.send({ result: commands[command](options) }));
process.once('disconnect', () => process.exit());
process.send({ result: 'ready' });
