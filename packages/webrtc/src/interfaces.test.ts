import { afterEach, describe, expect, test } from 'vitest';
import * as webrtc from './index.js';
import {
  RTCCertificate,
  RTCDataChannel,
  RTCDataChannelEvent,
  RTCError,
  RTCErrorEvent,
  RTCIceCandidate,
  RTCPeerConnection,
  RTCSctpTransport,
  RTCSessionDescription,
} from './index.js';

const open: RTCPeerConnection[] = [];
afterEach(() => {
  for (const pc of open.splice(0)) pc.close();
});

function connection(configuration?: webrtc.RTCConfiguration): RTCPeerConnection {
  const pc = new RTCPeerConnection(configuration);
  open.push(pc);
  return pc;
}

/** The name of what `task` throws: of a DOMException, or `TypeError`. */
function thrown(task: () => unknown): string {
  try {
    task();
    return 'nothing';
  } catch (error) {
    return (error as Error).name;
  }
}

describe('interfaces', () => {
  type AnyClass = { readonly name: string; readonly prototype: object };
  const classes = Object.entries(webrtc).filter(([name]) => name.startsWith('RTC')) as unknown as [string, AnyClass][];

  test.each(classes)('%s looks as Web IDL says: named, and its members can be enumerated', (name, type) => {
    expect(type.name).toBe(name);
    expect(Reflect.get(type.prototype, Symbol.toStringTag)).toBe(name);
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(type.prototype))) {
      expect(property.enumerable).toBe(key !== 'constructor');
    }
  });

  test('scripts cannot construct what only a connection makes', () => {
    for (const type of [
      RTCCertificate,
      RTCDataChannel,
      RTCSctpTransport,
      webrtc.RTCDtlsTransport,
      webrtc.RTCIceTransport,
      webrtc.RTCStatsReport,
    ]) {
      expect(() => Reflect.construct(type, [])).toThrow(TypeError);
    }
  });

  test('members refuse objects of another kind', async () => {
    const stranger = {} as RTCPeerConnection;
    expect(thrown(() => Reflect.get(RTCPeerConnection.prototype, 'signalingState', stranger))).toBe('TypeError');
    expect(thrown(() => RTCPeerConnection.prototype.close.call(stranger))).toBe('TypeError');
    await expect(Reflect.apply(RTCPeerConnection.prototype.createOffer, stranger, [])).rejects.toThrow(TypeError);
  });

  test('an on… attribute keeps its place in line while its function is exchanged', async () => {
    const pc = connection();
    const seen: string[] = [];
    pc.onnegotiationneeded = () => seen.push('first function');
    pc.addEventListener('negotiationneeded', () => seen.push('listener'));
    pc.onnegotiationneeded = () => seen.push('second function');
    pc.createDataChannel('x');
    await new Promise((done) => setImmediate(() => setImmediate(done)));
    expect(seen).toEqual(['second function', 'listener']);
    pc.onnegotiationneeded = null;
    expect(pc.onnegotiationneeded).toBeNull();
  });
});

describe('the configuration', () => {
  test.each([
    [{ iceServers: [{ urls: 'http://example.com' }] }, 'SyntaxError'],
    [{ iceServers: [{ urls: [] }] }, 'SyntaxError'],
    [{ iceServers: [{ urls: 'turn:example.com' }] }, 'InvalidAccessError'],
    [{ iceServers: [{ urls: 'turn:example.com', username: 'u'.repeat(509), credential: 'c' }] }, 'InvalidAccessError'],
    [{ iceServers: [{}] }, 'TypeError'],
    [{ iceTransportPolicy: 'none' }, 'TypeError'],
    [{ bundlePolicy: '' }, 'TypeError'],
    [{ rtcpMuxPolicy: 'negotiate' }, 'NotSupportedError'],
    [{ iceCandidatePoolSize: 256 }, 'TypeError'],
    [{ certificates: [{}] }, 'TypeError'],
  ])('%j is refused with %s', (configuration, name) => {
    expect(thrown(() => new RTCPeerConnection(configuration as webrtc.RTCConfiguration))).toBe(name);
  });

  test('comes back with its defaults, as a copy', () => {
    const pc = connection({ iceServers: [{ urls: 'stun:example.com' }] });
    const read = pc.getConfiguration();
    expect(read).toEqual({
      iceServers: [{ urls: ['stun:example.com'] }],
      iceTransportPolicy: 'all',
      bundlePolicy: 'balanced',
      rtcpMuxPolicy: 'require',
      certificates: [],
      iceCandidatePoolSize: 0,
    });
    read.iceServers!.push({ urls: 'stun:other.example.com' });
    expect(pc.getConfiguration().iceServers).toHaveLength(1);
  });

  test('can be changed where the W3C lets it', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map(() => RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256' })),
    );
    const pc = connection({ certificates: [one!] });
    pc.setConfiguration({ iceTransportPolicy: 'relay', certificates: [one!] });
    expect(pc.getConfiguration().iceTransportPolicy).toBe('relay');
    expect(thrown(() => pc.setConfiguration({ certificates: [other!] }))).toBe('InvalidModificationError');
    expect(thrown(() => pc.setConfiguration({ bundlePolicy: 'max-bundle' }))).toBe('InvalidModificationError');
    await pc.setLocalDescription();
    expect(thrown(() => pc.setConfiguration({ iceCandidatePoolSize: 3 }))).toBe('InvalidModificationError');
    pc.close();
    expect(thrown(() => pc.setConfiguration())).toBe('InvalidStateError');
  });

  test('certificates that have expired are refused', async () => {
    const expired = await RTCPeerConnection.generateCertificate({ name: 'ECDSA', namedCurve: 'P-256', expires: 0 });
    expect(thrown(() => new RTCPeerConnection({ certificates: [expired] }))).toBe('InvalidAccessError');
  });
});

describe('a data channel', () => {
  test.each([
    [{ maxRetransmits: 1, maxPacketLifeTime: 1 }, 'TypeError'],
    [{ negotiated: true }, 'TypeError'],
    [{ negotiated: true, id: 65_535 }, 'TypeError'],
    [{ id: -1 }, 'TypeError'],
    [{ maxRetransmits: 65_536 }, 'TypeError'],
    [{ priority: 'urgent' }, 'TypeError'],
    [{ protocol: 'p'.repeat(65_536) }, 'TypeError'],
  ])('cannot be made with %j: %s', (init, name) => {
    const pc = connection();
    expect(thrown(() => pc.createDataChannel('x', init as webrtc.RTCDataChannelInit))).toBe(name);
  });

  test('has the members it was made with, and refuses to send before it is open', () => {
    const pc = connection();
    const channel = pc.createDataChannel('x', {
      ordered: false,
      maxRetransmits: 2,
      protocol: 'p',
      negotiated: true,
      id: 7,
      priority: 'high',
    });
    const { label, ordered, maxRetransmits, maxPacketLifeTime, protocol, negotiated, id, priority, readyState, binaryType } =
      channel;
    expect({
      label,
      ordered,
      maxRetransmits,
      maxPacketLifeTime,
      protocol,
      negotiated,
      id,
      priority,
      readyState,
      binaryType,
    }).toEqual({
      label: 'x',
      ordered: false,
      maxRetransmits: 2,
      maxPacketLifeTime: null,
      protocol: 'p',
      negotiated: true,
      id: 7,
      priority: 'high',
      readyState: 'connecting',
      binaryType: 'arraybuffer',
    });
    expect(thrown(() => channel.send('x'))).toBe('InvalidStateError');
    expect(thrown(() => pc.createDataChannel('y', { negotiated: true, id: 7 }))).toBe('OperationError');
    channel.binaryType = 'blob';
    channel.binaryType = 'jellyfish' as 'blob';
    expect(channel.binaryType).toBe('blob');
  });
});

describe('values', () => {
  test('a candidate says what its text says, and nothing where the text is none', () => {
    const text = 'candidate:1 1 tcp 1518280447 192.0.2.1 9 typ srflx raddr host.example rport 5000 tcptype active generation 0';
    const candidate = new RTCIceCandidate({ candidate: text, sdpMid: '0', usernameFragment: 'abcd' });
    expect({ ...candidate.toJSON() }).toEqual({ candidate: text, sdpMid: '0', sdpMLineIndex: null, usernameFragment: 'abcd' });
    expect([
      candidate.protocol,
      candidate.type,
      candidate.tcpType,
      candidate.relatedAddress,
      candidate.relatedPort,
      candidate.component,
    ]).toEqual(['tcp', 'srflx', 'active', 'host.example', 5_000, 'rtp']);
    expect(new RTCIceCandidate({ candidate: 'nonsense', sdpMid: '0' }).foundation).toBeNull();
    expect(thrown(() => new RTCIceCandidate({ candidate: text }))).toBe('TypeError');
  });

  test('an RTCError is an OperationError with details', () => {
    const error = new RTCError({ errorDetail: 'sdp-syntax-error', sdpLineNumber: 3 }, 'line 3');
    expect(error).toBeInstanceOf(DOMException);
    expect([error.name, error.errorDetail, error.sdpLineNumber, error.sctpCauseCode]).toEqual([
      'OperationError',
      'sdp-syntax-error',
      3,
      null,
    ]);
    expect(new RTCErrorEvent('error', { error }).error).toBe(error);
    expect(thrown(() => new RTCErrorEvent('error', {} as { error: RTCError }))).toBe('TypeError');
    expect(thrown(() => new RTCDataChannelEvent('x', { channel: {} as RTCDataChannel }))).toBe('TypeError');
  });

  test('a description that is no SDP tells the line', async () => {
    const pc = connection();
    const sdp = 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nnonsense\r\n';
    await expect(pc.setRemoteDescription(new RTCSessionDescription({ type: 'offer', sdp }))).rejects.toMatchObject({
      name: 'OperationError',
      errorDetail: 'sdp-syntax-error',
      sdpLineNumber: 3,
    });
  });

  test('legacy callbacks are told instead of the promise', async () => {
    const pc = connection();
    const offer = await new Promise<webrtc.RTCSessionDescriptionInit>((done, failed) => void pc.createOffer(done, failed));
    expect(offer.type).toBe('offer');
    const error = await new Promise<DOMException>((done) => void pc.createAnswer(() => {}, done));
    expect(error.name).toBe('InvalidStateError');
  });
});
