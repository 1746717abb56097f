import { type Bilingual, say } from '../bilingual.js';
import type { ExplainerTable } from './explanation.js';

interface HeaderExtension {
  readonly name: string;
  readonly meaning: Bilingual;
  readonly standard: string;
}

/** RTP header extensions by URI: what each adds to packets. */
const HEADER_EXTENSIONS: Readonly<Record<string, HeaderExtension>> = {
  'urn:ietf:params:rtp-hdrext:ssrc-audio-level': {
    name: 'audio level',
    meaning: say(
      'How loud this packet is, so that others see who speaks without decoding.',
      '이 패킷의 소리 크기. 풀어 보지 않고도 누가 말하는지 알 수 있어요.',
    ),
    standard: 'RFC 6464',
  },
  'urn:ietf:params:rtp-hdrext:csrc-audio-level': {
    name: 'mixer audio levels',
    meaning: say('How loud each person in a mixed sound is.', '섞인 소리 속 사람마다의 소리 크기.'),
    standard: 'RFC 6465',
  },
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time': {
    name: 'absolute send time',
    meaning: say(
      'When this packet was sent, to see queues grow on the way.',
      '패킷을 보낸 시각. 가는 길에 줄이 길어지는지 보려고 써요.',
    ),
    standard: 'webrtc.org abs-send-time',
  },
  'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01': {
    name: 'transport-wide sequence number',
    meaning: say(
      'One running number over all packets of the connection; the receiver reports when each came, and the sender adapts its bitrate.',
      '연결의 모든 패킷에 매기는 번호. 받는 쪽이 각각 도착한 때를 알리면 보내는 쪽이 비트레이트를 맞춰요.',
    ),
    standard: 'draft-holmer-rmcat-transport-wide-cc-extensions-01',
  },
  'urn:ietf:params:rtp-hdrext:sdes:mid': {
    name: 'MID',
    meaning: say('Which section of this description a packet belongs to.', '패킷이 이 설명의 어느 구역에 속하는지.'),
    standard: 'RFC 9143 §15',
  },
  'urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id': {
    name: 'RID',
    meaning: say('Which of several sizes of the same picture a packet belongs to.', '같은 영상의 여러 크기 가운데 어느 것인지.'),
    standard: 'RFC 8852 §3.1',
  },
  'urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id': {
    name: 'repaired RID',
    meaning: say(
      'Which of those sizes a packet that is sent again belongs to.',
      '다시 보낸 패킷이 그 가운데 어느 크기의 것인지.',
    ),
    standard: 'RFC 8852 §3.2',
  },
  'urn:ietf:params:rtp-hdrext:toffset': {
    name: 'transmission offset',
    meaning: say('How much later than its picture this packet was sent.', '패킷이 그 그림의 시각보다 얼마나 늦게 나갔는지.'),
    standard: 'RFC 5450',
  },
  'urn:3gpp:video-orientation': {
    name: 'video orientation',
    meaning: say(
      'How the camera is turned, so that the receiver turns the picture.',
      '카메라가 돌아간 방향. 받는 쪽이 그림을 돌려요.',
    ),
    standard: '3GPP TS 26.114 §7.4.5',
  },
  'http://www.webrtc.org/experiments/rtp-hdrext/playout-delay': {
    name: 'playout delay',
    meaning: say(
      'How long the receiver should wait at least and at most before showing.',
      '받는 쪽이 보여 주기 전에 기다릴 최소·최대 시간.',
    ),
    standard: 'webrtc.org playout-delay',
  },
  'http://www.webrtc.org/experiments/rtp-hdrext/video-content-type': {
    name: 'video content type',
    meaning: say('Whether it is a camera or a screen.', '카메라인지 화면인지.'),
    standard: 'webrtc.org video-content-type',
  },
  'http://www.webrtc.org/experiments/rtp-hdrext/video-timing': {
    name: 'video timing',
    meaning: say(
      'How long capturing, encoding and sending took, for measuring delay.',
      '촬영, 압축, 전송에 걸린 시간. 지연을 잴 때 써요.',
    ),
    standard: 'webrtc.org video-timing',
  },
  'http://www.webrtc.org/experiments/rtp-hdrext/color-space': {
    name: 'colour space',
    meaning: say('How the colours are to be read.', '색을 읽는 방식.'),
    standard: 'webrtc.org color-space',
  },
  'http://www.webrtc.org/experiments/rtp-hdrext/video-layers-allocation00': {
    name: 'video layers allocation',
    meaning: say('Which sizes are being sent now and at what bitrates.', '지금 보내는 크기들과 그 비트레이트.'),
    standard: 'webrtc.org video-layers-allocation00',
  },
  'https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension': {
    name: 'dependency descriptor',
    meaning: say(
      'Which pictures a picture needs, so that a server may leave some out.',
      '이 그림에 어떤 그림이 필요한지. 서버가 일부를 뺄 수 있게 해요.',
    ),
    standard: 'AV1 RTP payload format, appendix A',
  },
  'http://www.webrtc.org/experiments/rtp-hdrext/abs-capture-time': {
    name: 'absolute capture time',
    meaning: say(
      'When the picture or sound was captured, for exact synchronisation.',
      '그림이나 소리를 담은 시각. 정확히 맞추려고 써요.',
    ),
    standard: 'webrtc.org abs-capture-time',
  },
};

/** What the packets of a section carry and how their streams are told apart. */
export const STREAM_ATTRIBUTES: ExplainerTable = {
  extmap: (line) => {
    const [number = '', uri = ''] = line.attributeValue.split(' ');
    const extension = HEADER_EXTENSIONS[uri];
    const [id = '', direction] = number.split('/');
    return (
      extension && {
        term: `header extension: ${extension.name}`,
        meaning: say(
          `Packets may also carry: ${lowerFirst(extension.meaning.en)}`,
          `패킷에 덧붙일 수 있는 것: ${extension.meaning.ko}`,
        ),
        standard: `RFC 8285 §5, ${extension.standard}`,
        parts: [
          { text: id, meaning: say('The number that stands for it inside packets', '패킷 안에서 이것을 가리키는 번호') },
          ...(direction ? [{ text: direction, meaning: say('Only in this direction', '이 방향으로만') }] : []),
        ],
      }
    );
  },
  'extmap-allow-mixed': () => ({
    term: 'mixed header extensions',
    meaning: say('One-byte and two-byte header extensions may be mixed.', '1바이트와 2바이트 머리 확장을 섞어 쓸 수 있어요.'),
    standard: 'RFC 8285 §6',
  }),
  ssrc: (line) => {
    const space = line.attributeValue.indexOf(' ');
    const ssrc = line.attributeValue.slice(0, space);
    const [name = '', ...rest] = line.attributeValue.slice(space + 1).split(':');
    const meaning = SSRC_ATTRIBUTES[name];
    return (
      meaning && {
        term: 'synchronization source',
        meaning,
        standard: 'RFC 5576 §4.1',
        parts: [
          {
            text: ssrc,
            meaning: say('SSRC: the number by which packets of one stream are known', 'SSRC: 한 스트림의 패킷을 알아보는 번호'),
          },
          ...(rest.length ? [{ text: rest.join(':'), meaning: say('Its value', '그 값') }] : []),
        ],
      }
    );
  },
  'ssrc-group': (line) => {
    const [semantics = '', ...ssrcs] = line.attributeValue.split(' ');
    const meaning = SSRC_GROUPS[semantics];
    return (
      meaning && {
        term: `SSRC group (${semantics})`,
        meaning,
        standard: 'RFC 5576 §4.2',
        parts: ssrcs.map((text, index) => ({
          text,
          meaning: semantics === 'FID' && index > 0 ? say('Retransmissions', '재전송') : say('Stream', '스트림'),
        })),
      }
    );
  },
  rid: (line) => {
    const [rid = '', direction = '', restrictions] = line.attributeValue.split(' ');
    return {
      term: 'RTP stream id (RID)',
      meaning:
        direction === 'send'
          ? say(
              `One of several sizes of the same picture that this side sends, called “${rid}”.`,
              `이쪽이 보내는 같은 영상의 여러 크기 가운데 하나로, 이름은 “${rid}”이에요.`,
            )
          : say(
              `One of several sizes of the same picture that this side takes, called “${rid}”.`,
              `이쪽이 받는 같은 영상의 여러 크기 가운데 하나로, 이름은 “${rid}”이에요.`,
            ),
      standard: 'RFC 8851 §4',
      ...(restrictions ? { parts: [{ text: restrictions, meaning: say('Limits for this one', '이것의 한계') }] } : {}),
    };
  },
  simulcast: (line) => {
    const [direction = '', list = ''] = line.attributeValue.split(' ');
    return {
      term: 'simulcast',
      meaning:
        direction === 'send'
          ? say(
              'This side can send the same picture in several sizes at once; a server passes on to each person the one that fits.',
              '이쪽은 같은 영상을 여러 크기로 한꺼번에 보낼 수 있어요. 서버가 사람마다 알맞은 것을 전해 줘요.',
            )
          : say(
              'This side can take the same picture in several sizes at once.',
              '이쪽은 같은 영상을 여러 크기로 한꺼번에 받을 수 있어요.',
            ),
      standard: 'RFC 8853 §5.1',
      parts: list.split(';').map((text) => ({ text, meaning: say('One of the sizes, by its RID', '그 가운데 하나(RID)') })),
    };
  },
};

const SSRC_ATTRIBUTES: Readonly<Record<string, Bilingual>> = {
  cname: say(
    'The stream with this number comes from the sender with this name (CNAME). Streams of one name share a clock and can be played in step.',
    '이 번호의 스트림은 이 이름(CNAME)의 송신자에게서 와요. 이름이 같으면 시계를 함께 쓰므로 맞추어 재생할 수 있어요.',
  ),
  msid: say(
    'The stream with this number belongs to this MediaStream and track.',
    '이 번호의 스트림은 이 MediaStream과 트랙에 속해요.',
  ),
  mslabel: say('An old name of the MediaStream.', 'MediaStream의 옛 이름이에요.'),
  label: say('An old name of the track.', '트랙의 옛 이름이에요.'),
};

const SSRC_GROUPS: Readonly<Record<string, Bilingual>> = {
  FID: say(
    'Two numbers that belong together: a stream, and what is sent again of it.',
    '함께 가는 두 번호: 스트림과 그 재전송이에요.',
  ),
  SIM: say(
    'The same picture in several sizes, one number each (older simulcast).',
    '같은 영상의 여러 크기, 번호가 하나씩(옛 동시 송출).',
  ),
  'FEC-FR': say('A stream and the error correction for it.', '스트림과 그 오류 정정이에요.'),
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
