import { type Bilingual, say } from '../bilingual.js';
import type { ExplainedPart, ExplainerTable } from './explanation.js';

/** What each kind of candidate is (RFC 8445 §5.1.1). */
export const CANDIDATE_KINDS: Readonly<Record<string, Bilingual>> = {
  host: say('an address of the device itself, on its own network', '기기 자신이 자기 네트워크에서 쓰는 주소'),
  srflx: say(
    'server reflexive: the address that a STUN server saw us come from, usually that of the router (NAT)',
    '서버 반사: STUN 서버가 본 우리의 주소로, 보통 공유기(NAT)의 것',
  ),
  prflx: say(
    'peer reflexive: an address that the other side saw a check come from; learned during the checks',
    '상대 반사: 확인 중에 상대가 본 우리의 주소',
  ),
  relay: say(
    'relayed: an address on a TURN server that passes everything on; works almost always, costs a detour',
    '중계: 모든 것을 대신 전해 주는 TURN 서버의 주소. 거의 언제나 되지만 돌아가는 길',
  ),
};

/** Attributes by which two sides find a path and agree on keys: ICE, DTLS, SCTP. */
export const TRANSPORT_ATTRIBUTES: ExplainerTable = {
  candidate: (line) => explainCandidate(line.attributeValue),
  'end-of-candidates': () => ({
    term: 'end of candidates',
    meaning: say('All candidates are known: no more will follow.', '후보가 모두 나왔고 더는 오지 않아요.'),
    standard: 'RFC 8838 §8.2',
  }),
  'ice-ufrag': () => ({
    term: 'ICE user fragment',
    meaning: say(
      'A short name for this side in this attempt. Each check carries both names, so that stray packets are told apart. A new one means that ICE restarts.',
      '이번 시도에서 이쪽을 가리키는 짧은 이름이에요. 모든 확인에 양쪽 이름이 들어가 엉뚱한 패킷을 구별해요. 새 이름은 ICE 재시작을 뜻해요.',
    ),
    standard: 'RFC 8839 §5.4',
  }),
  'ice-pwd': () => ({
    term: 'ICE password',
    meaning: say(
      'A secret that signs the checks towards this side. Who does not know it cannot answer them, so nobody can redirect the call by guessing addresses.',
      '이쪽으로 오는 확인에 서명하는 비밀이에요. 이것을 모르면 답할 수 없으므로 주소를 짐작해 통화를 빼돌릴 수 없어요.',
    ),
    standard: 'RFC 8839 §5.4, RFC 8445 §7.1.2',
  }),
  'ice-options': (line) => ({
    term: 'ICE options',
    meaning: say('What else this side can do with ICE.', '이쪽이 ICE로 할 수 있는 그 밖의 것이에요.'),
    standard: 'RFC 8839 §5.6',
    parts: line.attributeValue
      .split(' ')
      .map((text) => ({ text, meaning: ICE_OPTIONS[text] ?? say('An option of its own', '고유한 선택 사항') })),
  }),
  'ice-lite': () => ({
    term: 'ICE lite',
    meaning: say(
      'This side, a server, only answers checks and never sends its own.',
      '이쪽은 서버로, 확인에 답만 하고 스스로 보내지는 않아요.',
    ),
    standard: 'RFC 8839 §5.3',
  }),
  fingerprint: (line) => {
    const [algorithm = '', digest = ''] = line.attributeValue.split(' ');
    return {
      term: 'certificate fingerprint',
      meaning: say(
        'The digest of this side’s certificate. When the encrypted connection opens, the certificate shown there must match it; otherwise somebody is in between, and the call ends.',
        '이쪽 인증서의 지문이에요. 암호화 연결을 열 때 보여 준 인증서가 이것과 맞아야 해요. 다르면 누군가 끼어든 것이므로 통화가 끝나요.',
      ),
      standard: 'RFC 8122 §5',
      parts: [
        { text: algorithm, meaning: say('Hash function', '해시 함수') },
        { text: digest, meaning: say('The fingerprint', '지문') },
      ],
    };
  },
  'tls-id': () => ({
    term: 'TLS identifier',
    meaning: say(
      'Names this DTLS connection: a new one asks for a new handshake.',
      '이 DTLS 연결의 이름이에요. 새 이름은 새 악수를 뜻해요.',
    ),
    standard: 'RFC 8842 §4',
  }),
  setup: (line) => {
    const meaning = SETUP_ROLES[line.attributeValue];
    return meaning && { term: 'DTLS role', meaning, standard: 'RFC 8842 §5, RFC 4145 §4' };
  },
  rtcp: (line) => ({
    term: 'RTCP port',
    meaning: line.attributeValue.startsWith('9 ')
      ? say(
          'Where reports (RTCP) would go, were they not sent on the same port as the media. A placeholder.',
          '보고(RTCP)를 미디어와 다른 포트로 보낼 때의 자리예요. 여기서는 자리만 채워요.',
        )
      : say(
          'Where reports (RTCP) would go if the other side could not receive them on the same port as the media.',
          '상대가 미디어와 같은 포트로 보고(RTCP)를 받지 못할 때 보낼 곳이에요.',
        ),
    standard: 'RFC 3605 §2.1',
  }),
  'rtcp-mux': () => ({
    term: 'RTP/RTCP multiplexing',
    meaning: say(
      'Media and the reports about it (RTCP) share one port.',
      '미디어와 그에 대한 보고(RTCP)가 포트 하나를 함께 써요.',
    ),
    standard: 'RFC 5761 §5.1.1',
  }),
  'rtcp-mux-only': () => ({
    term: 'multiplexing only',
    meaning: say('Reports (RTCP) come on the media’s port or not at all.', '보고(RTCP)는 미디어와 같은 포트로만 받아요.'),
    standard: 'RFC 8858 §3',
  }),
  'rtcp-rsize': () => ({
    term: 'reduced-size RTCP',
    meaning: say(
      'Short reports are welcome: “this packet is missing” need not be wrapped in a complete report.',
      '짧은 보고를 받아요. “이 패킷이 없어요”를 전체 보고로 감싸지 않아도 돼요.',
    ),
    standard: 'RFC 5506 §5',
  }),
  'rtcp-xr': (line) =>
    line.attributeValue.startsWith('rcvr-rtt')
      ? {
          term: 'extended reports',
          meaning: say(
            'Also who only receives can measure the round trip, by extended reports.',
            '받기만 하는 쪽도 확장 보고로 왕복 시간을 잴 수 있어요.',
          ),
          standard: 'RFC 3611 §5.1, §4.4',
        }
      : {
          term: 'extended reports',
          meaning: say('Extended reports that this side can send.', '이쪽이 보낼 수 있는 확장 보고예요.'),
          standard: 'RFC 3611 §5.1',
        },
  'sctp-port': () => ({
    term: 'SCTP port',
    meaning: say(
      'The port inside the encrypted connection at which the data channels live. It never appears on the network.',
      '암호화된 연결 안에서 데이터 채널이 쓰는 포트예요. 네트워크에는 나타나지 않아요.',
    ),
    standard: 'RFC 8841 §5',
  }),
  'max-message-size': (line) => ({
    term: 'largest message',
    meaning:
      line.attributeValue === '0'
        ? say('This side takes data channel messages of any size.', '이쪽은 어떤 크기의 데이터 채널 메시지도 받아요.')
        : say(
            `The largest data channel message that this side takes: ${sizeInWords(Number(line.attributeValue))}.`,
            `이쪽이 받는 가장 큰 데이터 채널 메시지: ${sizeInWords(Number(line.attributeValue))}.`,
          ),
    standard: 'RFC 8841 §6',
  }),
  'sctp-init': () => ({
    term: 'SCTP INIT',
    meaning: say(
      'The first SCTP message, sent here already to save a round trip.',
      '왕복을 아끼려고 미리 보내는 첫 SCTP 메시지예요.',
    ),
    standard: 'draft-hancke-tsvwg-snap',
  }),
};

const ICE_OPTIONS: Readonly<Record<string, Bilingual>> = {
  trickle: say('Candidates may follow one by one, after this description', '후보를 이 설명 뒤에 하나씩 보낼 수 있어요'),
  ice2: say('Speaks the current edition of ICE, RFC 8445', 'ICE의 현재 판인 RFC 8445를 써요'),
  renomination: say('May change its chosen pair at any time', '고른 쌍을 언제든 바꿀 수 있어요'),
};

const SETUP_ROLES: Readonly<Record<string, Bilingual>> = {
  actpass: say(
    'For the encryption handshake (DTLS) this side can be client or server: the answer decides.',
    '암호화 악수(DTLS)에서 이쪽은 클라이언트도 서버도 될 수 있어요. 응답이 정해요.',
  ),
  active: say(
    'This side begins the encryption handshake: it is the DTLS client.',
    '이쪽이 암호화 악수를 시작해요. 곧 DTLS 클라이언트예요.',
  ),
  passive: say(
    'This side waits for the encryption handshake: it is the DTLS server.',
    '이쪽은 암호화 악수를 기다려요. 곧 DTLS 서버예요.',
  ),
};

/** Explains the value of a candidate attribute (RFC 8839 §5.1), also when it comes on its own by trickling. */
export function explainCandidate(value: string) {
  const [foundation, component, protocol, priority, address, port, typ, kind, ...rest] = value.split(' ');
  if (!foundation || !component || !protocol || !priority || !address || !port || typ !== 'typ' || !kind) return undefined;
  const about = CANDIDATE_KINDS[kind] ?? say('an address', '주소');
  const transport = protocol.toUpperCase();
  return {
    term: `candidate (${kind})`,
    meaning: say(
      `An address at which this side may be reached over ${transport}: ${about.en}.`,
      `${transport}로 이쪽에 닿을 수 있을지도 모르는 주소: ${about.ko}.`,
    ),
    standard: 'RFC 8839 §5.1',
    parts: [
      {
        text: foundation,
        meaning: say('Foundation: candidates that come from the same place share it', '토대: 같은 곳에서 온 후보는 값이 같아요'),
      },
      {
        text: component,
        meaning:
          component === '1'
            ? say('Component 1: media', '구성 요소 1: 미디어')
            : say('Component 2: separate reports (RTCP)', '구성 요소 2: 따로 가는 보고(RTCP)'),
      },
      { text: protocol, meaning: meaningOfTransport(transport) },
      {
        text: priority,
        meaning: say('Priority: pairs with larger sums are tried first', '우선순위: 합이 큰 쌍을 먼저 시험해요'),
      },
      { text: address, meaning: meaningOfAddress(address) },
      {
        text: port,
        meaning:
          port === '9' && transport === 'TCP'
            ? say('Port 9, a placeholder: this end dials out', '포트 9는 자리만 채워요. 이쪽에서 걸어요')
            : say('Port', '포트'),
      },
      { text: kind, meaning: about },
      ...explainExtensions(rest),
    ],
  };
}

function meaningOfTransport(transport: string): Bilingual {
  return transport === 'TCP'
    ? say('Over TCP, for networks that stop UDP', 'UDP를 막는 네트워크를 위해 TCP로')
    : say('Over UDP, which suits live media best', '실시간 미디어에 가장 알맞은 UDP로');
}

function meaningOfAddress(address: string): Bilingual {
  if (address.endsWith('.local'))
    return say(
      'A name in place of the address (mDNS): web pages may not see local addresses before the camera is allowed',
      '주소를 대신하는 이름(mDNS): 카메라를 허락하기 전에는 웹 페이지가 내부 주소를 볼 수 없어요',
    );
  return address.includes(':') ? say('IPv6 address', 'IPv6 주소') : say('IPv4 address', 'IPv4 주소');
}

const CANDIDATE_EXTENSIONS: Readonly<Record<string, Bilingual>> = {
  raddr: say('Related address: the base behind this one', '관련 주소: 이 주소 뒤에 있는 바탕 주소'),
  rport: say('Related port', '관련 포트'),
  tcptype: say(
    'For TCP, who dials: active dials out, passive listens, so both',
    'TCP에서 거는 쪽: active는 걸고 passive는 받으며 so는 둘 다',
  ),
  generation: say('Counts ICE restarts (Chromium)', 'ICE 재시작 횟수(Chromium)'),
  ufrag: say('The user fragment that this candidate belongs to', '이 후보가 속한 사용자 조각'),
  'network-id': say('Number of the network interface (Chromium)', '네트워크 장치 번호(Chromium)'),
  'network-cost': say(
    'How costly the network is, for example mobile data (Chromium)',
    '네트워크의 비용. 예를 들어 이동 통신(Chromium)',
  ),
};

function explainExtensions(words: readonly string[]): readonly ExplainedPart[] {
  const parts: ExplainedPart[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const name = words[at] ?? '';
    const meaning = CANDIDATE_EXTENSIONS[name] ?? say('An extension of this browser', '이 브라우저의 확장');
    parts.push({ text: `${name} ${words[at + 1]}`, meaning });
  }
  return parts;
}

function sizeInWords(bytes: number): string {
  if (bytes >= 2 ** 30 - 1) return `${Math.round(bytes / 2 ** 30)} GiB`;
  if (bytes >= 2 ** 20) return `${Math.round(bytes / 2 ** 20)} MiB`;
  return bytes >= 1024 ? `${Math.round(bytes / 1024)} KiB` : `${bytes} bytes`;
}
