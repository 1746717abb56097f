import { type Bilingual, say } from '../bilingual.js';
import type { ExplainedPart, ExplainerTable } from './explanation.js';
import type { SdpSection } from './line.js';

/** What an encoding is, and which document defines how it travels in RTP. */
interface Encoding {
  readonly meaning: Bilingual;
  readonly standard: string;
}

/** Encodings by their lower-case name. */
const ENCODINGS: Readonly<Record<string, Encoding>> = {
  opus: {
    meaning: say(
      'Opus, the voice and music codec of WebRTC: from 6 to 510 kbit/s, good at hiding losses.',
      '오퍼스. WebRTC의 음성·음악 코덱으로 6~510 kbit/s를 쓰며 손실을 잘 가려요.',
    ),
    standard: 'RFC 7587 §4',
  },
  red: {
    meaning: say(
      'RED: each packet carries a copy of earlier data too, so that a loss can be made good at once.',
      'RED: 패킷마다 앞선 데이터의 사본을 함께 실어 잃어버려도 바로 메워요.',
    ),
    standard: 'RFC 2198',
  },
  g722: {
    meaning: say('G.722, a wideband telephone codec: 64 kbit/s.', 'G.722. 광대역 전화 코덱, 64 kbit/s.'),
    standard: 'RFC 3551 §4.5.2',
  },
  pcmu: {
    meaning: say(
      'PCMU (G.711 µ-law), the sound of the telephone network in America and Japan: 64 kbit/s.',
      'PCMU(G.711 µ-law). 미국과 일본 전화망의 소리, 64 kbit/s.',
    ),
    standard: 'RFC 3551 §4.5.14',
  },
  pcma: {
    meaning: say(
      'PCMA (G.711 A-law), the sound of the telephone network elsewhere: 64 kbit/s.',
      'PCMA(G.711 A-law). 그 밖의 지역 전화망의 소리, 64 kbit/s.',
    ),
    standard: 'RFC 3551 §4.5.14',
  },
  cn: {
    meaning: say(
      'Comfort noise: a short description of the silence, instead of silence.',
      '편안한 잡음: 정적 대신 보내는, 정적에 대한 짧은 설명.',
    ),
    standard: 'RFC 3389',
  },
  'telephone-event': {
    meaning: say(
      'Telephone keys: tones are sent as “key 5 was pressed”.',
      '전화기 단추: 소리 대신 “5번을 눌렀다”는 사실을 보내요.',
    ),
    standard: 'RFC 4733',
  },
  vp8: {
    meaning: say('VP8, a video codec that every browser must have.', 'VP8. 모든 브라우저가 갖추어야 하는 영상 코덱이에요.'),
    standard: 'RFC 7741, RFC 7742 §5',
  },
  vp9: {
    meaning: say(
      'VP9, a video codec: about a third smaller than VP8 for the same picture.',
      'VP9. 같은 화질에서 VP8보다 삼분의 일쯤 작은 영상 코덱이에요.',
    ),
    standard: 'RFC 9628',
  },
  h264: {
    meaning: say(
      'H.264, the video codec that most devices have in hardware.',
      'H.264. 대부분의 기기에 하드웨어로 들어 있는 영상 코덱이에요.',
    ),
    standard: 'RFC 6184, RFC 7742 §5',
  },
  h265: {
    meaning: say(
      'H.265 (HEVC), a video codec with hardware support in newer devices.',
      'H.265(HEVC). 요즘 기기에 하드웨어로 들어 있는 영상 코덱이에요.',
    ),
    standard: 'RFC 7798',
  },
  av1: {
    meaning: say(
      'AV1, the newest video codec here: smallest for the same picture, most work to encode.',
      'AV1. 여기서 가장 새로운 영상 코덱으로, 가장 작지만 계산이 많이 들어요.',
    ),
    standard: 'AV1 RTP payload format §7',
  },
  rtx: {
    meaning: say(
      'Retransmission: lost packets of another payload type are sent again under this one.',
      '재전송: 다른 페이로드 유형에서 잃어버린 패킷을 이 번호로 다시 보내요.',
    ),
    standard: 'RFC 4588 §8',
  },
  ulpfec: {
    meaning: say(
      'Forward error correction: extra packets from which lost ones can be computed.',
      '앞방향 오류 정정: 잃어버린 패킷을 계산해 낼 수 있는 여분의 패킷이에요.',
    ),
    standard: 'RFC 5109',
  },
  'flexfec-03': {
    meaning: say('Flexible forward error correction, in a stream of its own.', '따로 보내는 유연한 앞방향 오류 정정이에요.'),
    standard: 'RFC 8627',
  },
};

const FEEDBACK: Readonly<Record<string, Encoding>> = {
  nack: {
    meaning: say('“This packet is missing, send it again.”', '“이 패킷이 없으니 다시 보내 주세요.”'),
    standard: 'RFC 4585 §6.2.1',
  },
  'nack pli': {
    meaning: say(
      '“I have lost the picture, send a whole one” (picture loss indication).',
      '“그림을 놓쳤으니 온전한 그림을 보내 주세요”(PLI).',
    ),
    standard: 'RFC 4585 §6.3.1',
  },
  'ccm fir': {
    meaning: say(
      '“Send a whole picture now”, for example for someone who has just come (full intra request).',
      '“지금 온전한 그림을 보내 주세요”. 예를 들어 방금 들어온 사람을 위해(FIR).',
    ),
    standard: 'RFC 5104 §4.3.1',
  },
  'ccm tmmbr': {
    meaning: say('“Send no more than so many bits a second.”', '“초당 이만큼까지만 보내 주세요.”'),
    standard: 'RFC 5104 §4.2.1',
  },
  'goog-remb': {
    meaning: say(
      'The receiver says how much the line can carry. Older; transport-cc has taken its place.',
      '받는 쪽이 회선이 얼마나 나를 수 있는지 알려 줘요. 오래된 방식으로 transport-cc가 대신해요.',
    ),
    standard: 'draft-alvestrand-rmcat-remb-03',
  },
  'transport-cc': {
    meaning: say(
      'The receiver says when each packet arrived; from that the sender works out how much the line can carry.',
      '받는 쪽이 패킷마다 도착한 때를 알려 주고, 보내는 쪽은 그것으로 회선이 얼마나 나를 수 있는지 계산해요.',
    ),
    standard: 'draft-holmer-rmcat-transport-wide-cc-extensions-01',
  },
};

type Describe = (value: string, section: SdpSection) => Bilingual;

/** Format parameters by name, over all encodings: the names do not clash. */
const PARAMETERS: Readonly<Record<string, Describe>> = {
  minptime: (value) => say(`At least ${value} ms of sound in each packet`, `패킷 하나에 소리를 적어도 ${value} ms 담아요`),
  useinbandfec: (value) =>
    value === '1'
      ? say(
          'Takes a rough copy of the previous packet inside each packet, against losses',
          '손실에 대비해 패킷 안에 앞 패킷의 거친 사본을 받아요',
        )
      : say('No copies of earlier packets inside', '안에 앞 패킷의 사본을 담지 않아요'),
  usedtx: (value) =>
    value === '1'
      ? say('Sends almost nothing during silence', '조용할 때는 거의 보내지 않아요')
      : say('Sends during silence too', '조용할 때도 보내요'),
  stereo: (value) => (value === '1' ? say('Would like stereo', '스테레오를 원해요') : say('Mono is enough', '모노면 돼요')),
  'sprop-stereo': (value) =>
    value === '1' ? say('May send stereo', '스테레오로 보낼 수 있어요') : say('Sends mono', '모노로 보내요'),
  maxplaybackrate: (value) => say(`Plays sound of up to ${value} samples a second`, `초당 최대 ${value}개의 표본까지 재생해요`),
  maxaveragebitrate: (value) => say(`Wants no more than ${value} bit/s on average`, `평균 ${value} bit/s까지만 원해요`),
  cbr: (value) =>
    value === '1'
      ? say('Wants a constant bitrate', '일정한 비트레이트를 원해요')
      : say('The bitrate may vary', '비트레이트가 변해도 돼요'),
  apt: (value, section) => {
    const encoding = section.encodingByPayloadType.get(value);
    return encoding
      ? say(
          `Sends again what was lost of payload type ${value} (${encoding})`,
          `페이로드 유형 ${value}(${encoding})에서 잃은 것을 다시 보내요`,
        )
      : say(`Sends again what was lost of payload type ${value}`, `페이로드 유형 ${value}에서 잃은 것을 다시 보내요`);
  },
  'rtx-time': (value) =>
    say(`Keeps packets for ${value} ms, in case one is asked for again`, `다시 달라고 할 때를 위해 패킷을 ${value} ms 동안 둬요`),
  'level-asymmetry-allowed': (value) =>
    value === '1'
      ? say('The two directions may use different levels', '두 방향이 서로 다른 레벨을 쓸 수 있어요')
      : say('Both directions use the same level', '두 방향이 같은 레벨을 써요'),
  'packetization-mode': (value) =>
    value === '1'
      ? say('A picture may be split over packets freely', '그림을 여러 패킷으로 자유롭게 나눌 수 있어요')
      : say('Each piece of a picture fits one packet', '그림 조각 하나가 패킷 하나에 들어가요'),
  'profile-level-id': (value) => describeH264Profile(value),
  'sprop-parameter-sets': () => say('The decoder’s settings, in advance', '디코더 설정을 미리 보내요'),
  'profile-id': (value) =>
    value === '0'
      ? say('VP9 profile 0: 8 bits a colour', 'VP9 프로필 0: 색마다 8비트')
      : say(`VP9 profile ${value}: more bits or colour detail`, `VP9 프로필 ${value}: 색 정보를 더 담음`),
  'level-idx': (value) =>
    say(
      `AV1 level ${2 + (Number(value) >> 2)}.${Number(value) & 3}: bounds picture size and rate`,
      `AV1 레벨 ${2 + (Number(value) >> 2)}.${Number(value) & 3}: 그림 크기와 속도의 한계`,
    ),
  'level-id': (value) => say(`Level ${value}: bounds picture size and rate`, `레벨 ${value}: 그림 크기와 속도의 한계`),
  profile: (value) =>
    value === '0' ? say('AV1 Main profile', 'AV1 메인 프로필') : say(`AV1 profile ${value}`, `AV1 프로필 ${value}`),
  tier: (value) =>
    value === '0'
      ? say('Main tier: ordinary bitrates', '메인 티어: 보통 비트레이트')
      : say('High tier: very high bitrates', '하이 티어: 아주 높은 비트레이트'),
  'tier-flag': () => say('Tier: ordinary or very high bitrates', '티어: 보통이거나 아주 높은 비트레이트'),
  'tx-mode': () => say('How parameter sets travel', '매개변수 집합을 보내는 방식'),
  'max-fs': (value) =>
    say(
      `Decodes pictures of up to ${value} blocks of 16 × 16 pixels (about ${Math.round((Number(value) * 256) / 1e5) / 10} megapixels)`,
      `16 × 16 화소 블록 ${value}개까지의 그림을 풀어요(약 ${Math.round((Number(value) * 256) / 1e5) / 10}메가픽셀)`,
    ),
  'max-fr': (value) => say(`Decodes up to ${value} pictures a second`, `초당 그림 ${value}장까지 풀어요`),
  'repair-window': (value) => say(`Repairs losses within ${value} µs`, `${value} µs 안의 손실을 고쳐요`),
};

/** Codecs of a media section: payload types, their parameters, the feedback that goes with them. */
export const CODEC_ATTRIBUTES: ExplainerTable = {
  rtpmap: (line) => {
    const [payloadType = '', mapping = ''] = line.attributeValue.split(' ');
    const [name = '', clockRate = '', channels] = mapping.split('/');
    const encoding = ENCODINGS[name.toLowerCase()];
    return (
      encoding && {
        term: 'RTP map',
        meaning: encoding.meaning,
        standard: `RFC 8866 §6.6, ${encoding.standard}`,
        parts: [
          {
            text: payloadType,
            meaning: say(
              'Payload type: the number in each packet that stands for it',
              '페이로드 유형: 패킷마다 들어가 이것을 가리키는 번호',
            ),
          },
          { text: name, meaning: say('Encoding', '부호화 방식') },
          { text: clockRate, meaning: say('Ticks a second of its timestamps', '타임스탬프의 초당 눈금') },
          ...(channels === undefined
            ? []
            : [{ text: channels, meaning: say(`${channels} channel${channels === '1' ? '' : 's'}`, `채널 ${channels}개`) }]),
        ],
      }
    );
  },
  fmtp: (line, section) => {
    const space = line.attributeValue.indexOf(' ');
    const payloadType = line.attributeValue.slice(0, space);
    const encoding = section.encodingByPayloadType.get(payloadType) ?? payloadType;
    return {
      term: 'format parameters',
      meaning: say(
        `Settings for ${encoding} (payload type ${payloadType}).`,
        `${encoding}(페이로드 유형 ${payloadType})의 설정이에요.`,
      ),
      standard: `RFC 8866 §6.15, ${ENCODINGS[encoding.toLowerCase()]?.standard ?? 'RFC 4855'}`,
      parts: explainParameters(line.attributeValue.slice(space + 1), encoding.toLowerCase(), section),
    };
  },
  'rtcp-fb': (line, section) => {
    const [payloadType = '', ...words] = line.attributeValue.split(' ');
    const feedback = FEEDBACK[words.join(' ')];
    const encoding = payloadType === '*' ? 'every codec' : (section.encodingByPayloadType.get(payloadType) ?? payloadType);
    const korean = payloadType === '*' ? '모든 코덱' : encoding;
    return (
      feedback && {
        term: 'RTCP feedback',
        meaning: say(`For ${encoding}: ${feedback.meaning.en}`, `${korean}에 대해: ${feedback.meaning.ko}`),
        standard: `RFC 4585 §4.2, ${feedback.standard}`,
      }
    );
  },
  ptime: (line) => ({
    term: 'packet time',
    meaning: say(
      `Would like ${line.attributeValue} ms of sound in each packet.`,
      `패킷 하나에 소리 ${line.attributeValue} ms를 원해요.`,
    ),
    standard: 'RFC 8866 §6.4',
  }),
  maxptime: (line) => ({
    term: 'longest packet time',
    meaning: say(
      `Takes at most ${line.attributeValue} ms of sound in each packet.`,
      `패킷 하나에 소리를 최대 ${line.attributeValue} ms 받아요.`,
    ),
    standard: 'RFC 8866 §6.5',
  }),
};

function explainParameters(text: string, encoding: string, section: SdpSection): readonly ExplainedPart[] {
  if (encoding === 'red') return [{ text, meaning: describeRed(text, section) }];
  if (encoding === 'telephone-event') return [{ text, meaning: say('The keys 0–9, *, # and A–D', '단추 0~9, *, #, A~D') }];
  return text
    .split(';')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [name = '', value = ''] = entry.split('=');
      const describe = PARAMETERS[name.toLowerCase()];
      return { text: entry, meaning: describe ? describe(value, section) : UNKNOWN_PARAMETER };
    });
}

/** Said of a parameter that is in none of our tables. */
export const UNKNOWN_PARAMETER: Bilingual = say('A setting that we do not know', '우리가 모르는 설정');

function describeRed(text: string, section: SdpSection): Bilingual {
  const encodings = text.split('/').map((payloadType) => section.encodingByPayloadType.get(payloadType) ?? payloadType);
  return say(
    `Each packet: ${encodings[0]} now, and ${encodings.length - 1} copy of earlier ${encodings.at(-1)}`,
    `패킷마다 지금의 ${encodings[0]}와(과) 앞선 ${encodings.at(-1)}의 사본 ${encodings.length - 1}개`,
  );
}

const H264_PROFILES: Readonly<Record<string, string>> = {
  '42e0': 'Constrained Baseline',
  '4200': 'Baseline',
  '4d00': 'Main',
  '640c': 'Constrained High',
  '6400': 'High',
  f400: 'High 4:4:4',
};

/** profile-level-id (RFC 6184 §8.1): profile, constraint flags, level times ten, each one byte in hex. */
function describeH264Profile(value: string): Bilingual {
  const profile = H264_PROFILES[value.slice(0, 4).toLowerCase()] ?? `profile ${value.slice(0, 4)}`;
  const level = (Number.parseInt(value.slice(4), 16) / 10).toFixed(1);
  return say(
    `H.264 ${profile}, level ${level}: bounds picture size and rate`,
    `H.264 ${profile}, 레벨 ${level}: 그림 크기와 속도의 한계`,
  );
}
