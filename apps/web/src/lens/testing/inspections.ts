import type {
  InspectedCandidate,
  InspectedConnection,
  InspectedPair,
  InspectedSeries,
  Inspection,
  InspectionEntry,
  Meaning,
  MeaningKey,
} from '@maru/client';

/** A candidate with the given differences from an ordinary host candidate. */
export function candidate(
  change: Partial<InspectedCandidate> & Pick<InspectedCandidate, 'id' | 'side' | 'type' | 'address'>,
): InspectedCandidate {
  return {
    atMs: 300,
    protocol: 'udp',
    port: 50_000,
    priority: 2_122_194_687,
    relatedAddress: undefined,
    relatedPort: undefined,
    tcpType: undefined,
    relayProtocol: undefined,
    url: undefined,
    ufrag: 'K/E/',
    ...change,
  };
}

/** A pair with the given differences from one that failed after seven questions. */
export function pair(
  change: Partial<InspectedPair> & Pick<InspectedPair, 'id' | 'localCandidateId' | 'remoteCandidateId'>,
): InspectedPair {
  return {
    state: 'failed',
    nominated: false,
    selected: false,
    seenAtMs: 400,
    selectedAtMs: undefined,
    rttMs: undefined,
    requestsSent: 7,
    responsesReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    ...change,
  };
}

/** Two minutes of curves that look like a call. */
export function series(seconds = 120): InspectedSeries {
  const atMs = Array.from({ length: seconds }, (_, second) => 1_000 * (second + 1));
  const curve = (make: (second: number) => number | null) => atMs.map((_, second) => make(second));
  return {
    atMs,
    values: {
      upBps: curve((second) => 900_000 + 400_000 * Math.sin(second / 9)),
      downBps: curve((second) => 1_200_000 + 300_000 * Math.cos(second / 7)),
      availableUpBps: curve((second) => (second < 3 ? null : 2_400_000)),
      rttMs: curve((second) => 24 + 6 * Math.sin(second / 3)),
      lossUp: curve(() => 0.002),
      lossDown: curve((second) => (second > 70 && second < 80 ? 0.06 : 0.001)),
      jitterMs: curve((second) => 3 + Math.sin(second)),
      framesUp: curve(() => 30),
      framesDown: curve((second) => (second > 70 && second < 80 ? 18 : 30)),
      heightUp: curve(() => 720),
      heightDown: curve((second) => (second > 72 && second < 90 ? 360 : 720)),
    },
  };
}

/** One connection behind NATs on both sides, with a relay as reserve. */
export function connection(change: Partial<InspectedConnection> = {}): InspectedConnection {
  return {
    connectionId: 'con_minji',
    name: 'Minji',
    joinedAtMs: 120,
    leftAtMs: undefined,
    polite: false,
    states: { signaling: 'stable', iceGathering: 'complete', iceConnection: 'connected', connection: 'connected' },
    descriptions: [],
    candidates: [
      candidate({ id: 'L1', side: 'local', type: 'host', address: '192.168.0.12' }),
      candidate({
        id: 'L2',
        side: 'local',
        type: 'srflx',
        address: '203.0.113.101',
        relatedAddress: '192.168.0.12',
        url: 'stun:maru.example:3478',
      }),
      candidate({
        id: 'L3',
        side: 'local',
        type: 'relay',
        address: '203.0.113.10',
        relatedAddress: '203.0.113.101',
        relayProtocol: 'udp',
        url: 'turn:maru.example:3478',
      }),
      candidate({ id: 'R1', side: 'remote', type: 'host', address: '10.2.0.2' }),
      candidate({ id: 'R2', side: 'remote', type: 'srflx', address: '198.51.100.102', relatedAddress: '10.2.0.2' }),
    ],
    pairs: [
      pair({ id: 'P1', localCandidateId: 'L1', remoteCandidateId: 'R1' }),
      pair({
        id: 'P2',
        localCandidateId: 'L1',
        remoteCandidateId: 'R2',
        state: 'succeeded',
        nominated: true,
        selected: true,
        selectedAtMs: 640,
        rttMs: 24,
        responsesReceived: 9,
        bytesSent: 9_000_000,
        bytesReceived: 12_000_000,
      }),
      pair({ id: 'P3', localCandidateId: 'L3', remoteCandidateId: 'R2', state: 'succeeded', rttMs: 61, responsesReceived: 3 }),
    ],
    selectedPairId: 'P2',
    transport: {
      iceRole: 'controlling',
      iceState: 'connected',
      dtlsState: 'connected',
      dtlsRole: 'client',
      dtlsVersion: '1.3',
      dtlsCipher: 'TLS_AES_128_GCM_SHA256',
      srtpCipher: 'AES_CM_128_HMAC_SHA1_80',
      localFingerprint: 'sha-256 85:6E:90:D9:ED:97:26:4F:BB:54:53:06:DE:5B:E7:16:00:89:83:37:0E:0F:30:55:99:3A:6A:B8:F4:92:07:07',
      remoteFingerprint:
        'sha-256 3D:61:0A:51:45:10:85:6E:37:33:B6:00:3D:F1:F9:94:18:D5:73:F6:00:2D:A5:3D:80:EB:AA:E1:AC:A2:D1:BF',
    },
    series: series(),
    ...change,
  };
}

/** The steps of an ordinary beginning of a call. */
export function entries(): InspectionEntry[] {
  const steps: [
    atMs: number,
    kind: InspectionEntry['kind'],
    name: string,
    key: MeaningKey,
    detail?: InspectionEntry['detail'],
  ][] = [
    [0, 'wire-out', 'hello', 'token-shown', { protocol: 1 }],
    [38, 'wire-in', 'welcome', 'welcomed', { session: 'plum-river', connections: 1 }],
    [41, 'browser-call', 'new RTCPeerConnection', 'peer-created', { iceServers: ['stun:maru.example:3478'] }],
    [44, 'browser-call', 'addTrack', 'track-added', { kind: 'audio' }],
    [45, 'browser-call', 'addTrack', 'track-added', { kind: 'video' }],
    [46, 'browser-event', 'negotiationneeded', 'negotiation-needed'],
    [60, 'browser-call', 'setLocalDescription', 'offer-made', { type: 'offer', descriptionId: 1 }],
    [61, 'wire-out', 'signal', 'offer-made', { description: 'offer', descriptionId: 1 }],
    [63, 'browser-event', 'icecandidate', 'local-candidate-found', { type: 'host', address: '192.168.0.12' }],
    [64, 'wire-out', 'signal', 'local-candidate-found', { candidate: 'host' }],
    [120, 'wire-in', 'signal', 'answer-received', { description: 'answer', descriptionId: 2 }],
    [122, 'browser-call', 'setRemoteDescription', 'remote-description-set', { type: 'answer', descriptionId: 2 }],
    [125, 'browser-event', 'iceconnectionstatechange', 'ice-checking', { state: 'checking' }],
    [190, 'browser-event', 'selectedcandidatepairchange', 'pair-selected', { pair: 'P2' }],
    [240, 'browser-event', 'connectionstatechange', 'dtls-connected', { state: 'connected' }],
    [260, 'browser-event', 'track', 'track-arrived', { kind: 'video' }],
  ];
  const meaning = (key: MeaningKey): Meaning => ({ key, params: { name: 'Minji' } });
  return steps.map(([atMs, kind, name, key, detail], index) => ({
    id: index + 1,
    atMs,
    kind,
    name,
    connectionId: index < 2 ? undefined : 'con_minji',
    detail: detail ?? null,
    meaning: meaning(key),
  }));
}

/** An inspection with one connection, ready to be shown. */
export function inspection(
  change: Partial<Inspection> = {},
  connections: readonly InspectedConnection[] = [connection()],
): Inspection {
  return {
    startedAt: 1_795_000_000_000,
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/156.0.0.0',
    selfId: 'con_us',
    entries: entries(),
    entriesDropped: 0,
    connections: new Map(connections.map((each) => [each.connectionId, each])),
    ...change,
  };
}
