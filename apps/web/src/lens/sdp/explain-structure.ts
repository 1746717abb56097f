import { say } from '../bilingual.js';
import type { ExplainedPart, Explainer, ExplainerTable } from './explanation.js';
import type { SdpSection } from './line.js';

/** Lines other than `a=` (RFC 8866 §5), by their letter. */
export const STRUCTURE_LINES: ExplainerTable = {
  v: () => ({
    term: 'version',
    meaning: say('The version of SDP. There has only ever been version 0.', 'SDP의 버전이에요. 지금까지 버전은 0 하나뿐이에요.'),
    standard: 'RFC 8866 §5.1',
  }),
  o: (line) => {
    const [username = '', id = '', version = '', , , address = ''] = line.value.split(' ');
    return {
      term: 'origin',
      meaning: say(
        'Who wrote this description and which edition it is. The number after the identifier grows with each new offer or answer, so both sides know which is newer. The address is a placeholder: it is never used.',
        '이 설명을 누가 썼고 몇 번째 판인지 나타내요. 식별자 뒤의 번호는 새 제안이나 응답마다 커져서 어느 것이 더 새로운지 알 수 있어요. 주소는 자리만 채우며 쓰이지 않아요.',
      ),
      standard: 'RFC 8866 §5.2, RFC 9429 §5.2.1',
      parts: [
        {
          text: username,
          meaning: say('User name; browsers put “-” or their own name', '사용자 이름. 브라우저는 “-”나 자기 이름을 적어요'),
        },
        { text: id, meaning: say('Identifier of the session, drawn at random', '무작위로 정한 세션 식별자') },
        { text: version, meaning: say('Edition of this description', '이 설명의 판 번호') },
        { text: address, meaning: say('Placeholder address', '자리만 채우는 주소') },
      ],
    };
  },
  s: () => ({
    term: 'session name',
    meaning: say(
      'The name of the session. WebRTC has none, so it is a dash.',
      '세션의 이름이에요. WebRTC는 이름을 쓰지 않아 줄표를 둬요.',
    ),
    standard: 'RFC 8866 §5.3',
  }),
  i: () => ({
    term: 'session information',
    meaning: say('A free text about the session or the media.', '세션이나 미디어에 대한 자유로운 설명이에요.'),
    standard: 'RFC 8866 §5.4',
  }),
  t: () => ({
    term: 'timing',
    meaning: say(
      'When the session starts and ends. “0 0” means: now, and for as long as it lasts.',
      '세션의 시작과 끝 시각이에요. “0 0”은 지금부터 계속이라는 뜻이에요.',
    ),
    standard: 'RFC 8866 §5.9',
  }),
  c: (line) => ({
    term: 'connection data',
    meaning: /0\.0\.0\.0|::$/.test(line.value)
      ? say(
          'An address to send to. It is empty here, because ICE finds the real one from the candidates.',
          '보낼 주소예요. 실제 주소는 ICE가 후보에서 찾으므로 여기서는 비어 있어요.',
        )
      : say(
          'The address of the default candidate, for software that does not know ICE. ICE itself ignores it and tests all candidates.',
          'ICE를 모르는 프로그램을 위한 기본 후보의 주소예요. ICE는 이것을 쓰지 않고 모든 후보를 시험해요.',
        ),
    standard: 'RFC 8866 §5.7, RFC 8839 §4.2.1.2',
  }),
  b: () => ({
    term: 'bandwidth',
    meaning: say(
      'The most that may be sent: AS in kilobits a second, TIAS in bits a second without packet headers.',
      '보낼 수 있는 최대 대역폭이에요. AS는 초당 킬로비트, TIAS는 패킷 머리를 뺀 초당 비트예요.',
    ),
    standard: 'RFC 8866 §5.8, RFC 3890',
  }),
  m: (line, section) => explainMediaLine(line, section),
};

const MEDIA_PURPOSE: Readonly<Record<string, ReturnType<typeof say>>> = {
  audio: say(
    'A section for sound begins: everything down to the next m= line is about it. The numbers at the end are the codecs, the most wanted first.',
    '소리 구역이 시작돼요. 다음 m= 줄까지가 모두 소리에 대한 것이에요. 끝의 숫자들은 코덱이며 앞에 있을수록 더 원하는 것이에요.',
  ),
  video: say(
    'A section for pictures begins: everything down to the next m= line is about it. The numbers at the end are the codecs, the most wanted first.',
    '영상 구역이 시작돼요. 다음 m= 줄까지가 모두 영상에 대한 것이에요. 끝의 숫자들은 코덱이며 앞에 있을수록 더 원하는 것이에요.',
  ),
  application: say(
    'A section for data channels begins: chat, files and anything else that is not sound or pictures.',
    '데이터 채널 구역이 시작돼요. 채팅, 파일처럼 소리나 영상이 아닌 것이 여기로 다녀요.',
  ),
};

const explainMediaLine: Explainer = (line, section) => {
  const [kind = '', port = '', protocol = '', ...formats] = line.value.split(' ');
  const meaning = MEDIA_PURPOSE[kind];
  if (!meaning) return undefined;
  return {
    term: 'media description',
    meaning,
    standard: 'RFC 8866 §5.14, RFC 9429 §5.2.1',
    parts: [
      { text: kind, meaning: say('What travels here', '여기로 다니는 것') },
      { text: port, meaning: meaningOfPort(port) },
      { text: protocol, meaning: meaningOfProtocol(protocol) },
      ...formats.map((format) => meaningOfFormat(format, section)),
    ],
  };
};

function meaningOfPort(port: string) {
  if (port === '0')
    return say('Port 0: this section is refused or no longer used', '포트 0: 이 구역은 거절되었거나 더는 쓰지 않아요');
  if (port === '9')
    return say(
      'Port 9, a placeholder: the real port comes with the candidates',
      '포트 9는 자리만 채워요. 실제 포트는 후보와 함께 와요',
    );
  return say('Port of the default candidate', '기본 후보의 포트');
}

function meaningOfProtocol(protocol: string) {
  if (protocol.endsWith('SCTP'))
    return say('SCTP inside DTLS, over UDP: encrypted data', 'UDP 위의 DTLS 안의 SCTP: 암호화된 데이터');
  return say(
    'RTP, encrypted (S) with keys from DTLS, with quick feedback (F), over UDP',
    'UDP 위의 RTP. DTLS에서 얻은 키로 암호화하고(S) 빠른 되먹임(F)을 써요',
  );
}

function meaningOfFormat(format: string, section: SdpSection): ExplainedPart {
  const encoding = section.encodingByPayloadType.get(format);
  if (encoding) return { text: format, meaning: say(`Payload type of ${encoding}`, `${encoding}의 페이로드 유형`) };
  if (format === 'webrtc-datachannel')
    return { text: format, meaning: say('WebRTC data channels (RFC 8831)', 'WebRTC 데이터 채널(RFC 8831)') };
  return { text: format, meaning: say('Payload type', '페이로드 유형') };
}

/** Attributes that hold the description together: grouping, directions, identifiers. */
export const STRUCTURE_ATTRIBUTES: ExplainerTable = {
  group: (line) => {
    const [semantics = '', ...mids] = line.attributeValue.split(' ');
    if (semantics === 'LS')
      return {
        term: 'lip synchronisation',
        meaning: say('These sections are to be played in step.', '이 구역들은 서로 맞추어 재생해야 해요.'),
        standard: 'RFC 5888 §7',
      };
    if (semantics !== 'BUNDLE') return undefined;
    return {
      term: 'BUNDLE',
      meaning: say(
        `The sections ${mids.join(', ')} share one connection: one set of checks, one encryption, one port, instead of one each.`,
        `구역 ${mids.join(', ')}이(가) 연결 하나를 함께 써요. 각각이 아니라 확인도, 암호화도, 포트도 하나예요.`,
      ),
      standard: 'RFC 9143 §7',
    };
  },
  mid: (line) => ({
    term: 'media identification',
    meaning: say(
      `The name of this section, “${line.attributeValue}”. Offer and answer, candidates and packets refer to it by this name.`,
      `이 구역의 이름은 “${line.attributeValue}”이에요. 제안과 응답, 후보와 패킷이 이 이름으로 구역을 가리켜요.`,
    ),
    standard: 'RFC 5888 §4',
  }),
  'msid-semantic': () => ({
    term: 'MediaStream semantic',
    meaning: say(
      'Says that tracks are grouped into MediaStreams, and lists them (* is all). A leftover from an older draft; browsers ignore it.',
      '트랙을 MediaStream으로 묶는다는 표시와 그 목록이에요(*는 전부). 옛 초안의 흔적으로, 브라우저는 무시해요.',
    ),
    standard: 'draft-ietf-mmusic-msid-08',
  }),
  msid: (line) => {
    const [stream = '', track = ''] = line.attributeValue.split(' ');
    return {
      term: 'MediaStream identification',
      meaning: say(
        'Which MediaStream the track of this section belongs to. Sound and picture with the same stream are played in step.',
        '이 구역의 트랙이 어느 MediaStream에 속하는지 알려 줘요. 같은 스트림의 소리와 영상은 맞추어 재생돼요.',
      ),
      standard: 'RFC 8830 §2',
      parts: [
        {
          text: stream,
          meaning:
            stream === '-'
              ? say('No stream: the track stands alone', '스트림 없음: 트랙이 따로 있어요')
              : say('MediaStream', 'MediaStream'),
        },
        ...(track ? [{ text: track, meaning: say('Track', '트랙') }] : []),
      ],
    };
  },
  sendrecv: direction('sendrecv', 'This side wants to send and to receive.', '이쪽은 보내고 받으려 해요.'),
  sendonly: direction('sendonly', 'This side wants to send and not to receive.', '이쪽은 보내기만 하려 해요.'),
  recvonly: direction('recvonly', 'This side wants to receive and not to send.', '이쪽은 받기만 하려 해요.'),
  inactive: direction(
    'inactive',
    'Nothing travels in this section for now; it stays reserved.',
    '지금은 이 구역으로 아무것도 다니지 않으며 자리만 지켜요.',
  ),
  'bundle-only': () => ({
    term: 'bundle-only',
    meaning: say(
      'Take this section only if it can share the connection with the others.',
      '다른 구역과 연결을 함께 쓸 수 있을 때만 이 구역을 받아 달라는 뜻이에요.',
    ),
    standard: 'RFC 9143 §6',
  }),
};

function direction(term: string, en: string, ko: string): Explainer {
  return (_line, section) => ({
    term,
    meaning:
      section.index < 0
        ? say(
            `${en} Said for the whole description; each section may say otherwise.`,
            `${ko} 설명 전체에 대한 것이며 구역마다 달리 말할 수 있어요.`,
          )
        : section.kind === 'application'
          ? say(`${en} Data channels go both ways in any case.`, `${ko} 데이터 채널은 어차피 양쪽으로 다녀요.`)
          : say(en, ko),
    standard: 'RFC 8866 §6.7',
  });
}
