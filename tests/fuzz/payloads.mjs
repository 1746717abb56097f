// What the `payload` target gives its depacketizers, and what it asks of them.

import { Malformed } from '@maru/protocol/core';
import {
  annexBToLengthPrefixed,
  createDepacketizer,
  createPacketizer,
  decodeAvcConfiguration,
  decodeHevcConfiguration,
  FecReceiver,
  FrameAssembler,
  lengthPrefixedToAnnexB,
  OpusPacketInfo,
  PayloadInspector,
  payloadLimits,
  quantizerReaderFor,
  RedBlocks,
  readFrameHeader,
  rewriteVp8Descriptor,
  ToneReader,
} from '@maru/protocol/payload';
import { RtpPacketView, RtpPacketWriter } from '@maru/protocol/rtp';
import { framed, unframed } from './seeds.mjs';

const CODECS = /** @type {const} */ (['vp8', 'vp9', 'h264', 'h265', 'av1']);
const SSRC = 1;
const DESCRIPTOR_ID = 4;
const NO_BYTES = new Uint8Array(0);

const hex = (digits) => new Uint8Array(Buffer.from(digits.replaceAll(' ', ''), 'hex'));

/** A key frame and another of each codec, made by hand. */
const FRAMES = {
  vp8: ['1000009d012a8202 6a01 414141414141414141', '11414141414141414141414141'],
  vp9: ['824983422028101690414141414141414141414141', '86414141414141414141414141'],
  h264: [
    '000000016742001fda0290bf88910000000168c8400000000165e041414141414100000001654c414141414141',
    '0000000141e041414141414100000001414c414141414141',
  ],
  h265: [
    '0000000140010c01ffff0000000142010101609090609090609090605da005120171c924000000014401c840000000012601a0414141414141' +
      '00000001260120414141414141',
    '000000010201c041414141414100000001020140414141414141',
  ],
  av1: ['12000a090000004266815a404032064141414141413206414141414141', '120032064141414141413206414141414141'],
};

const DESCRIPTION = {
  temporalId: 0,
  spatialId: 0,
  scalabilityStructure: {
    spatialLayerCount: 2,
    resolutions: [
      { width: 32, height: 16 },
      { width: 64, height: 32 },
    ],
    group: [{ temporalId: 0, isSwitchingPoint: true, pictureDiffs: [1, 2] }],
  },
};

const FEC = [
  '0060 0001 00000000 0010 0010 c000 00112233445566778899aabbccddeeff',
  '4060 0001 00000000 0010 0010 c00000000000 00112233445566778899aabbccddeeff',
  '0060 0010 00000000 01000000 00000001 0001 e000 00112233445566778899aabbccddeeff',
  '0060 0010 00000000 01000000 00000001 0001 6000 c0000000 00112233445566778899aabbccddeeff',
];

/** Payloads behind a byte that names a codec: whole streams, cut small and large. */
export function payloadSeeds() {
  const streams = CODECS.flatMap((codec, index) =>
    [30, 1_200].map((maxPayloadBytes) => {
      const packetizer = createPacketizer(codec, { isFlexibleMode: maxPayloadBytes === 30 });
      const payloads = FRAMES[codec].flatMap((frame) => {
        const plan = packetizer.packetize(hex(frame), payloadLimits(maxPayloadBytes + 20), DESCRIPTION);
        if (plan instanceof Malformed) throw new Error(plan.reason);
        return Array.from({ length: plan.count }, (_, i) => {
          const out = new Uint8Array(plan.payloadBytes(i));
          plan.write(i, out, 0);
          return out;
        });
      });
      return new Uint8Array([index, ...framed(payloads)]);
    }),
  );
  const others = [
    ...FEC,
    'ef00000402010203046f0506',
    '050a00a0',
    '058a0320',
    'fb8201070707',
    '01640028ffe1000467640028010002 68ce',
  ];
  return [...streams, ...others.map((digits) => new Uint8Array([0, ...framed([hex(digits)])]))];
}

/** Everything that reads payloads, on the same bytes. */
export function readPayloads(bytes) {
  const codec = CODECS[(bytes[0] ?? 0) % CODECS.length] ?? 'vp8';
  const payloads = [...unframed(bytes.subarray(1))];
  return [
    assemble(codec, payloads),
    payloads.map((payload) => [readAlone(codec, payload), readAudio(payload)]),
    recover(payloads),
  ];
}

/**
 * As a stream in which every seventh packet is late and every eleventh is lost. The payload before is the dependency descriptor of every
 * third.
 */
function assemble(codec, payloads) {
  const assembler = new FrameAssembler(createDepacketizer(codec), { maxWaitMs: 5, maxPackets: 32, maxFrameBytes: 65_536 });
  const inspector = new PayloadInspector(codec);
  const view = new RtpPacketView();
  const told = [];
  const take = ({ bytes, ...frame }) => told.push({ ...frame, bytes: [...bytes] });
  payloads.forEach((payload, index) => {
    told.push(inspector.isKeyFrameStart(payload, 0, payload.length), { ...inspector.info });
    if (index % 11 === 10) return;
    const sequenceNumber = index % 7 === 6 ? index - 3 : index;
    const last = payload.at(-1) ?? 0;
    const descriptor = index % 3 === 2 ? payloads[index - 1].subarray(0, 255) : NO_BYTES;
    const packet = new Uint8Array(payload.length + 300);
    const writer = new RtpPacketWriter().begin(
      packet,
      0,
      packet.length,
      96,
      last % 2 === 1,
      sequenceNumber,
      index >> 2,
      SSRC,
      'two-byte',
    );
    if (descriptor.length > 0) packet.set(descriptor, writer.extension(DESCRIPTOR_ID, descriptor.length));
    view.wrap(packet.subarray(0, writer.payload(payload).finish()));
    assembler.receive(index, view, DESCRIPTOR_ID);
    assembler.drain(take);
    assembler.advance(index);
    assembler.drain(take);
  });
  return [told, assembler.counters, assembler.needsKeyFrame];
}

function readAlone(codec, payload) {
  const packetizer = createPacketizer(codec);
  const plan = packetizer.packetize(payload, payloadLimits(20));
  const rewritten = payload.slice();
  const configurations = [decodeAvcConfiguration(payload), decodeHevcConfiguration(payload)];
  return [
    plan instanceof Malformed ? plan.reason : plan.count,
    readFrameHeader(codec, payload),
    quantizerReaderFor(codec)?.(payload),
    rewriteVp8Descriptor(rewritten, 0, rewritten.length, 1, 2),
    rewritten,
    annexBToLengthPrefixed(payload),
    lengthPrefixedToAnnexB(payload),
    configurations.map((one) => (one instanceof Malformed ? one.reason : one)),
  ];
}

function readAudio(payload) {
  const opus = new OpusPacketInfo();
  const blocks = new RedBlocks();
  const tones = new ToneReader().receive(7, payload, 0, payload.length);
  const told = [opus.read(payload, 0, payload.length)?.reason, opus.samples, tones instanceof Malformed ? tones.reason : tones];
  told.push(blocks.reset(payload, 0, payload.length)?.reason);
  while (blocks.next()) told.push(blocks.offset, blocks.length, blocks.timestampOffset);
  return told;
}

/** Every other payload is FEC, the others are the media that it protects. */
function recover(payloads) {
  return /** @type {const} */ (['ulpfec', 'flexfec']).map((scheme) => {
    const receiver = new FecReceiver(scheme, SSRC);
    const told = [];
    payloads.forEach((payload, index) => {
      const media = new Uint8Array(12 + payload.length);
      media.set([0x80, 96, 0, index, 0, 0, 0, 0, 0, 0, 0, SSRC]);
      media.set(payload, 12);
      if (index % 2 === 0) told.push(receiver.receiveFec(payload, 0, payload.length)?.reason);
      else receiver.receiveMedia(media, 0, media.length);
      receiver.drain((packet) => told.push([...packet]));
    });
    return told;
  });
}
