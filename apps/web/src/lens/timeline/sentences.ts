import type { Meaning, MeaningKey } from '@maru/client';
import { type Bilingual, say } from '../bilingual.js';

type Params = Meaning['params'];

/** One plain sentence about a step, with the standard's word for it and where the standard speaks of it. */
export interface Sentence {
  readonly term: string;
  readonly standard: string;
  readonly text: (params: Params) => Bilingual;
}

/** What each step of a call means. The compiler asks for a sentence when the SDK learns a new step. */
export const SENTENCES: Readonly<Record<MeaningKey, Sentence>> = {
  'signaling-opened': {
    term: 'signaling',
    standard: 'RFC 8825 §3',
    text: () =>
      say(
        'A line to the server is open. WebRTC leaves it to each application how two sides exchange their descriptions: this is our way.',
        '서버로 가는 길이 열렸어요. WebRTC는 서로의 설명을 주고받는 방법을 응용 프로그램에 맡겨요. 이것이 우리의 방법이에요.',
      ),
  },
  'signaling-lost': {
    term: 'signaling',
    standard: 'RFC 8825 §3',
    text: () =>
      say(
        'The line to the server broke. Sound and picture do not go over it and continue; it will be opened again.',
        '서버로 가는 길이 끊겼어요. 소리와 영상은 이 길로 다니지 않으므로 계속되며, 길은 다시 열려요.',
      ),
  },
  'signaling-retrying': {
    term: 'signaling',
    standard: 'RFC 6455 §7.2.3',
    text: () =>
      say(
        'We try to reach the server again, a little later each time, so that it is not overrun.',
        '서버에 다시 닿으려 해요. 서버가 붐비지 않도록 조금씩 더 뒤에 시도해요.',
      ),
  },
  'signaling-switched': {
    term: 'fallback transport',
    standard: 'RFC 6455, HTML “Server-sent events”',
    text: () =>
      say(
        'This network does not let the first kind of line through, so we use another: WebSocket, then Server-Sent Events, then plain requests.',
        '이 네트워크가 첫 방식을 막아 다른 방식을 써요. 웹소켓, 서버 전송 이벤트, 일반 요청의 순서예요.',
      ),
  },
  'signaling-resumed': {
    term: 'resumption',
    standard: 'Maru signaling, “resume”',
    text: () =>
      say(
        'The line is back. Messages are numbered, so the server sent again exactly what we had missed.',
        '길이 다시 열렸어요. 메시지에 번호가 있어 서버가 놓친 것만 정확히 다시 보냈어요.',
      ),
  },
  'token-shown': {
    term: 'token',
    standard: 'RFC 7519',
    text: () =>
      say(
        'We show the server our token: a signed note that gives the right to one seat in this session.',
        '서버에 토큰을 보여 줘요. 이 세션의 한 자리에 앉을 권리를 적은 서명된 쪽지예요.',
      ),
  },
  welcomed: {
    term: 'session',
    standard: 'Maru signaling, “welcome”',
    text: () =>
      say(
        'We have our seat. The server says who is here already and which STUN and TURN servers we may ask.',
        '자리를 얻었어요. 서버가 누가 이미 있는지, 어떤 STUN·TURN 서버를 쓸 수 있는지 알려 줘요.',
      ),
  },
  refused: {
    term: 'session',
    standard: 'Maru signaling, “refused”',
    text: () => say('The server did not let us in, and says why.', '서버가 들여보내지 않았고 까닭을 알려 주었어요.'),
  },
  'request-done': {
    term: 'request',
    standard: 'Maru signaling, “done”',
    text: () => say('The server has done what we asked.', '서버가 우리의 부탁을 들어주었어요.'),
  },
  'request-failed': {
    term: 'request',
    standard: 'Maru signaling, “failed”',
    text: () => say('The server refused what we asked, and says why.', '서버가 우리의 부탁을 거절했고 까닭을 알려 주었어요.'),
  },
  'relay-renewed': {
    term: 'TURN credentials',
    standard: 'Maru signaling, “get-ice-servers”',
    text: () =>
      say(
        'The credentials of the relay are good for a short time only. We ask for fresh ones before they end.',
        '중계 서버의 자격 증명은 잠시만 유효해요. 끝나기 전에 새것을 부탁해요.',
      ),
  },
  'someone-joined': {
    term: 'presence',
    standard: 'Maru signaling, “connection-joined”',
    text: (params) =>
      say(
        `${name(params)} came in. The two of us will now look for a direct way to each other.`,
        `${koName(params)} 들어왔어요. 이제 둘 사이의 바로 가는 길을 찾아요.`,
      ),
  },
  'someone-left': {
    term: 'presence',
    standard: 'Maru signaling, “connection-left”',
    text: (params) => say(`${name(params)} left.`, `${koName(params)} 나갔어요.`),
  },
  'someone-updated': {
    term: 'presence',
    standard: 'Maru signaling, “connection-updated”',
    text: (params) =>
      params['direction'] === 'out'
        ? say(
            'We change what the others see of us, such as the name or a raised hand.',
            '이름이나 든 손처럼 남에게 보이는 우리 정보를 바꿔요.',
          )
        : say(`${name(params)} changed what they tell about themselves.`, `${koName(params)} 자신에 대한 정보를 바꾸었어요.`),
  },
  'someone-away': {
    term: 'grace period',
    standard: 'Maru signaling, “connection-away”',
    text: (params) =>
      say(
        `The server lost sight of ${name(params)}. Their seat is kept for a while; sound and picture may still flow.`,
        `서버가 ${koObject(params)} 놓쳤어요. 자리는 잠시 지켜 주며, 소리와 영상은 계속될 수 있어요.`,
      ),
  },
  'someone-back': {
    term: 'grace period',
    standard: 'Maru signaling, “connection-back”',
    text: (params) => say(`${name(params)} is back in the same seat.`, `${koName(params)} 같은 자리로 돌아왔어요.`),
  },
  'stream-announced': {
    term: 'stream',
    standard: 'W3C mediacapture-streams, “MediaStream”',
    text: (params) =>
      params['direction'] === 'out'
        ? say(
            'We announce a stream: what it holds and under which name. The pictures themselves take another way.',
            '스트림을 알려요. 무엇이 들었고 이름은 무엇인지 말하며, 영상 자체는 다른 길로 가요.',
          )
        : say(
            `${name(params)} announces a stream: what it holds and under which name. The pictures themselves come by another way.`,
            `${koName(params)} 스트림을 알려요. 무엇이 들었고 이름은 무엇인지 말하며, 영상 자체는 다른 길로 와요.`,
          ),
  },
  'stream-changed': {
    term: 'stream',
    standard: 'Maru signaling, “stream-updated”',
    text: () =>
      say(
        'Something about a stream changed, for example it was muted. No new negotiation is needed for that.',
        '스트림의 무언가가 바뀌었어요. 예를 들어 음소거예요. 이 때문에 다시 협상하지는 않아요.',
      ),
  },
  'stream-withdrawn': {
    term: 'stream',
    standard: 'Maru signaling, “stream-unpublished”',
    text: () => say('A stream was taken down.', '스트림이 내려갔어요.'),
  },
  'app-message': {
    term: 'application message',
    standard: 'Maru signaling, “message”',
    text: () =>
      say(
        'A message between people, for example chat. WebRTC knows nothing of it.',
        '사람 사이의 메시지, 예를 들어 채팅이에요. WebRTC와는 관계가 없어요.',
      ),
  },
  moderation: {
    term: 'moderation',
    standard: 'Maru signaling, “moderator”',
    text: () => say('A moderator asks for something: to mute, or to leave.', '진행자가 음소거나 퇴장 같은 것을 요청해요.'),
  },
  'session-over': {
    term: 'session',
    standard: 'Maru signaling, “session-ended”',
    text: (params) =>
      params['direction'] === 'out'
        ? say('We leave: our seat becomes free at once.', '나가요. 우리 자리는 바로 비워져요.')
        : say(
            'Our part in the session is over, and the server says why.',
            '이 세션에서 우리의 자리가 끝났고 서버가 까닭을 알려 줘요.',
          ),
  },
  'peer-created': {
    term: 'RTCPeerConnection',
    standard: 'W3C webrtc, “RTCPeerConnection”',
    text: (params) =>
      say(
        `The browser makes the object that will hold the whole connection to ${name(params)}: path, encryption, media.`,
        `브라우저가 ${koWith(params)}의 연결 전체, 곧 길과 암호화와 미디어를 맡을 객체를 만들어요.`,
      ),
  },
  'peer-closed': {
    term: 'RTCPeerConnection',
    standard: 'W3C webrtc, “close the connection”',
    text: () =>
      say(
        'The connection is closed: sockets, keys and devices behind it are let go.',
        '연결을 닫고 소켓과 키와 장치를 놓아줘요.',
      ),
  },
  'negotiation-needed': {
    term: 'negotiation needed',
    standard: 'W3C webrtc, “update the negotiation-needed flag”',
    text: () =>
      say(
        'What we want to send has changed, so the browser asks for a new offer.',
        '보낼 것이 바뀌어 브라우저가 새 제안을 만들라고 해요.',
      ),
  },
  'offer-made': {
    term: 'offer',
    standard: 'RFC 9429 §5.2, RFC 3264 §5',
    text: (params) =>
      params['direction'] === 'out'
        ? say(
            `The offer travels to ${name(params)}, by way of the signaling.`,
            `제안이 신호의 길로 ${koPerson(params)}에게 가요.`,
          )
        : say(
            'An offer: one text (SDP) that says what we can send and receive, how it is encrypted, and where we may be reached.',
            '제안: 무엇을 보내고 받을 수 있는지, 어떻게 암호화하는지, 어디로 닿을 수 있는지 적은 글(SDP)이에요.',
          ),
  },
  'offer-received': {
    term: 'offer',
    standard: 'RFC 3264 §5',
    text: (params) =>
      say(
        `${name(params)} sent an offer: what they can send, receive, and how they may be reached.`,
        `${koName(params)} 제안을 보냈어요. 무엇을 보내고 받을 수 있고 어디로 닿을 수 있는지 적혀 있어요.`,
      ),
  },
  'answer-made': {
    term: 'answer',
    standard: 'RFC 9429 §5.3, RFC 3264 §6',
    text: (params) =>
      params['direction'] === 'out'
        ? say(
            `The answer travels to ${name(params)}, by way of the signaling.`,
            `응답이 신호의 길로 ${koPerson(params)}에게 가요.`,
          )
        : say(
            'Our answer: of everything offered, what we take. With it both sides agree.',
            '우리의 응답: 제안받은 것 가운데 무엇을 받을지 말해요. 이것으로 둘이 합의해요.',
          ),
  },
  'answer-received': {
    term: 'answer',
    standard: 'RFC 3264 §6',
    text: (params) =>
      say(
        `${name(params)} answered: of everything we offered, what they take.`,
        `${koName(params)} 응답했어요. 우리가 제안한 것 가운데 무엇을 받을지 말해요.`,
      ),
  },
  'glare-yielded': {
    term: 'glare, perfect negotiation',
    standard: 'W3C webrtc, “Perfect negotiation example”',
    text: () =>
      say(
        'Both sides made an offer at once. We joined later, so we are polite: we take ours back and answer theirs.',
        '양쪽이 동시에 제안했어요. 나중에 온 우리가 양보하여 우리 것을 거두고 상대 것에 답해요.',
      ),
  },
  'glare-ignored': {
    term: 'glare, perfect negotiation',
    standard: 'W3C webrtc, “Perfect negotiation example”',
    text: () =>
      say(
        'Both sides made an offer at once. We were here first: ours stands, and theirs is set aside.',
        '양쪽이 동시에 제안했어요. 먼저 와 있던 우리 것이 서고 상대 것은 거둬요.',
      ),
  },
  'local-description-set': {
    term: 'local description',
    standard: 'RFC 9429 §4.1.8',
    text: () =>
      say(
        'The browser takes our own description as valid and begins to look for addresses.',
        '브라우저가 우리 설명을 받아들이고 주소를 찾기 시작해요.',
      ),
  },
  'remote-description-set': {
    term: 'remote description',
    standard: 'RFC 9429 §4.1.9',
    text: () =>
      say(
        'The browser reads the other side’s description: now it knows their codecs, keys and names.',
        '브라우저가 상대의 설명을 읽어요. 이제 상대의 코덱과 키와 이름을 알아요.',
      ),
  },
  'local-candidate-found': {
    term: 'ICE candidate (gathering)',
    standard: 'RFC 8445 §5.1, RFC 8838 §9',
    text: (params) => {
      const kind = candidateKind(params);
      return params['direction'] === 'out'
        ? say(
            `We tell ${name(params)} where we may be reached${kind.en}. It goes at once, without waiting for the rest (trickle).`,
            `${koPerson(params)}에게 우리에게 닿을 곳을 알려요${kind.ko}. 나머지를 기다리지 않고 바로 보내요.`,
          )
        : say(
            `The browser found an address at which we may be reached${kind.en}.`,
            `브라우저가 우리에게 닿을 수 있을 주소를 찾았어요${kind.ko}.`,
          );
    },
  },
  'remote-candidate-received': {
    term: 'ICE candidate (trickle)',
    standard: 'RFC 8838 §11',
    text: (params) => {
      const kind = candidateKind(params);
      return params['direction'] === 'in'
        ? say(`An address of ${name(params)} arrives${kind.en}.`, `${koOf(params)} 주소가 와요${kind.ko}.`)
        : say(
            `The browser takes an address of the other side${kind.en}. It makes a pair with each of ours, to be checked.`,
            `브라우저가 상대의 주소를 받아들여요${kind.ko}. 우리 주소마다 쌍을 이루어 시험해요.`,
          );
    },
  },
  'candidate-queued': {
    term: 'trickle ICE',
    standard: 'RFC 8838 §11',
    text: () =>
      say(
        'A candidate came before the description that it belongs to, and waits for it.',
        '후보가 제 설명보다 먼저 와서 기다려요.',
      ),
  },
  'candidate-stale': {
    term: 'trickle ICE',
    standard: 'RFC 8838 §11',
    text: () => say('A candidate belongs to an attempt that is over, and is left aside.', '이미 끝난 시도의 후보라 버려요.'),
  },
  'candidate-error': {
    term: 'gathering error',
    standard: 'RFC 8489 §6.3.4, W3C webrtc, “RTCPeerConnectionIceErrorEvent”',
    text: () =>
      say(
        'A STUN or TURN server did not answer or refused. Other addresses may still do.',
        'STUN이나 TURN 서버가 답하지 않거나 거절했어요. 다른 주소로 될 수도 있어요.',
      ),
  },
  'gathering-changed': {
    term: 'ICE gathering',
    standard: 'RFC 8445 §5.1.1',
    text: (params) =>
      params['state'] === 'complete'
        ? say(
            'The browser has asked everywhere: no more addresses will turn up.',
            '브라우저가 물을 곳에 모두 물었어요. 주소가 더 나오지 않아요.',
          )
        : say(
            'The browser asks its own network cards and the STUN and TURN servers for addresses.',
            '브라우저가 자기 네트워크 장치와 STUN·TURN 서버에 주소를 물어요.',
          ),
  },
  'gathering-done': {
    term: 'end of candidates',
    standard: 'RFC 8838 §13',
    text: (params) =>
      params['direction'] === 'in'
        ? say(`${name(params)} has no more addresses.`, `${koPerson(params)}에게 주소가 더는 없어요.`)
        : params['direction'] === 'out'
          ? say(
              `We tell ${name(params)} that these were all our addresses.`,
              `${koPerson(params)}에게 우리 주소가 이것으로 모두임을 알려요.`,
            )
          : say('All our addresses are known.', '우리의 주소가 모두 나왔어요.'),
  },
  'ice-checking': {
    term: 'connectivity checks',
    standard: 'RFC 8445 §7',
    text: () =>
      say(
        'Small signed questions (STUN) go out over every pair of addresses, the most promising first, to see which gets through.',
        '서명된 작은 물음(STUN)을 유망한 주소 쌍부터 차례로 보내 어느 길이 통하는지 봐요.',
      ),
  },
  'ice-connected': {
    term: 'ICE connected',
    standard: 'RFC 8445 §8.1',
    text: () =>
      say(
        'A pair of addresses works in both directions. Better ones may still be tried.',
        '한 쌍의 주소가 양쪽으로 통해요. 더 나은 쌍을 계속 시험할 수 있어요.',
      ),
  },
  'ice-completed': {
    term: 'ICE completed',
    standard: 'RFC 8445 §8.1.2',
    text: () => say('All checks are done and the best pair stays.', '시험이 모두 끝나고 가장 나은 쌍이 남았어요.'),
  },
  'ice-disconnected': {
    term: 'consent freshness',
    standard: 'RFC 7675 §5.1',
    text: () =>
      say(
        'The other side has stopped answering our small questions. It may be a moment’s trouble; we wait, then look for another way.',
        '상대가 작은 물음에 답을 멈추었어요. 잠깐의 문제일 수 있어 기다렸다가 다른 길을 찾아요.',
      ),
  },
  'ice-failed': {
    term: 'ICE failed',
    standard: 'RFC 8445 §8.1.2',
    text: () =>
      say(
        'No pair of addresses gets through. A TURN server would help: it passes everything on.',
        '통하는 주소 쌍이 없어요. 모든 것을 전해 주는 TURN 서버가 있으면 돼요.',
      ),
  },
  'ice-restarted': {
    term: 'ICE restart',
    standard: 'RFC 8445 §9',
    text: () =>
      say(
        'We look for a way again, with new names and addresses. The picture stays until there is a better one.',
        '새 이름과 주소로 길을 다시 찾아요. 그동안 마지막 화면은 남아요.',
      ),
  },
  'pair-selected': {
    term: 'selected pair',
    standard: 'RFC 8445 §8.1.1, §12.1.1',
    text: (params) => {
      const relayed = params['local'] === 'relay' || params['remote'] === 'relay';
      return relayed
        ? say(
            'This pair of addresses is chosen: from now on everything travels over it, by way of a relay that sees only encrypted packets.',
            '이 주소 쌍이 뽑혔어요. 이제 모든 것이 이 길로 다니며, 중계 서버는 암호화된 패킷만 봐요.',
          )
        : say(
            'This pair of addresses is chosen: from now on everything travels over it, directly from device to device.',
            '이 주소 쌍이 뽑혔어요. 이제 모든 것이 이 길로, 기기에서 기기로 바로 다녀요.',
          );
    },
  },
  'dtls-connected': {
    term: 'DTLS handshake',
    standard: 'RFC 8827 §6.5, RFC 5764 §4',
    text: () =>
      say(
        'Both sides proved that they own the certificates announced in the SDP and have made keys. From here on nobody on the way can listen.',
        '양쪽이 SDP에서 밝힌 인증서의 주인임을 증명하고 키를 만들었어요. 이제 가는 길의 누구도 엿들을 수 없어요.',
      ),
  },
  'dtls-failed': {
    term: 'DTLS handshake',
    standard: 'RFC 8827 §6.5',
    text: () =>
      say(
        'The encryption handshake failed, so nothing is sent. The certificate may not match its fingerprint.',
        '암호화 악수에 실패하여 아무것도 보내지 않아요. 인증서가 지문과 맞지 않을 수 있어요.',
      ),
  },
  'track-added': {
    term: 'transceiver',
    standard: 'RFC 9429 §4.1.2',
    text: () =>
      say('A track (sound or picture) was given to the connection to be sent.', '보낼 트랙(소리나 영상)을 연결에 넘겼어요.'),
  },
  'track-replaced': {
    term: 'replaceTrack',
    standard: 'W3C webrtc, “replaceTrack”',
    text: () =>
      say(
        'Another device or picture takes the place of the one that was sent. No negotiation is needed.',
        '보내던 것 대신 다른 장치나 영상을 보내요. 협상이 필요 없어요.',
      ),
  },
  'track-arrived': {
    term: 'track event',
    standard: 'W3C webrtc, “process remote tracks”',
    text: (params) =>
      say(`A track of ${name(params)} is ready to be shown or heard.`, `${koOf(params)} 트랙을 보거나 들을 준비가 되었어요.`),
  },
  'track-removed': {
    term: 'track',
    standard: 'W3C webrtc, “removeTrack”',
    text: () => say('A track is no longer sent.', '트랙을 더는 보내지 않아요.'),
  },
  'bitrate-set': {
    term: 'encoding parameters',
    standard: 'W3C webrtc, “setParameters”',
    text: () =>
      say(
        'The upper limit for what we send was set, to share the line fairly among everybody here.',
        '여기 있는 모두가 회선을 고르게 나누도록 보내는 양의 한계를 정했어요.',
      ),
  },
  'codec-preferred': {
    term: 'codec preferences',
    standard: 'W3C webrtc, “setCodecPreferences”',
    text: () => say('The order of codecs in the next offer was chosen.', '다음 제안에 적을 코덱의 순서를 골랐어요.'),
  },
  'channel-opened': {
    term: 'data channel',
    standard: 'RFC 8831 §6, RFC 8832',
    text: () =>
      say(
        'A data channel is open: bytes go from browser to browser, encrypted, without the server.',
        '데이터 채널이 열렸어요. 서버 없이 브라우저 사이로 암호화된 바이트가 오가요.',
      ),
  },
  'channel-closed': {
    term: 'data channel',
    standard: 'RFC 8831 §6.7',
    text: () => say('A data channel is closed.', '데이터 채널이 닫혔어요.'),
  },
  'network-changed': {
    term: 'mobility',
    standard: 'RFC 8445 §9',
    text: () =>
      say(
        'This device changed its network. The old addresses may be dead, so a new way will be looked for.',
        '이 기기의 네트워크가 바뀌었어요. 옛 주소가 통하지 않을 수 있어 새 길을 찾아요.',
      ),
  },
  'server-link-created': {
    term: 'selective forwarding unit',
    standard: 'RFC 7667 §3.7',
    text: () =>
      say(
        'The browser makes one connection to the media server: it sends each picture and sound once, and the server passes them on to everybody.',
        '브라우저가 미디어 서버와 연결을 하나 만들어요. 영상과 소리를 한 번만 보내면 서버가 모두에게 전해요.',
      ),
  },
  'server-refused': {
    term: 'admission',
    standard: 'RFC 7667 §3.7',
    text: (params) =>
      say(
        `The media server does not take our media now (${params['code'] ?? 'no reason given'}): calls that are going on come first. We ask again.`,
        `미디어 서버가 지금은 우리 미디어를 받지 않아요(${params['code'] ?? '이유 없음'}). 진행 중인 통화가 먼저예요. 다시 물어볼게요.`,
      ),
  },
  'slots-added': {
    term: 'transceiver',
    standard: 'RFC 9429 §4.1',
    text: () =>
      say(
        'We make sections to receive in. The server fills them with whoever is there, without another negotiation.',
        '받을 자리를 마련해요. 서버가 협상을 다시 하지 않고 그 자리를 사람들로 채워요.',
      ),
  },
  'slots-changed': {
    term: 'SSRC rewriting',
    standard: 'RFC 7667 §3.7',
    text: () =>
      say(
        'The server says who comes in which section. It rewrites the numbers in the packets, so that the browser sees one unbroken stream.',
        '어느 자리에 누가 나오는지 서버가 알려요. 패킷의 번호를 고쳐 써서 브라우저에는 끊김 없는 하나의 흐름으로 보여요.',
      ),
  },
  'tiles-told': {
    term: 'subscription',
    standard: 'Maru signaling, “media-view”',
    text: () =>
      say(
        'We tell the server how large each picture is shown here. It sends no more than that, and nothing of what cannot be seen.',
        '각 영상이 여기에서 얼마나 크게 보이는지 서버에 알려요. 서버는 그보다 많이 보내지 않고, 보이지 않는 것은 보내지 않아요.',
      ),
  },
  'layers-wished': {
    term: 'simulcast',
    standard: 'RFC 8853',
    text: () =>
      say(
        'The server says which sizes of our picture anybody gets. We encode and send no others.',
        '우리 영상의 어느 크기를 누군가 받고 있는지 서버가 알려요. 나머지는 만들지도 보내지도 않아요.',
      ),
  },
  'media-limited': {
    term: 'rate limit',
    standard: 'RFC 8083',
    text: (params) =>
      say(
        `The media server holds something back: ${params['code'] ?? 'a limit'}.`,
        `미디어 서버가 일부를 붙들어요: ${params['code'] ?? '한도'}.`,
      ),
  },
  'media-moves': {
    term: 'make before break',
    standard: 'Maru signaling, “media-mode”',
    text: (params) =>
      params['way'] === 'sfu'
        ? say(
            'More than two are in: media moves to the server. The old way carries on until everything comes over the new one.',
            '두 사람보다 많아졌어요. 미디어가 서버로 옮겨 가요. 모두 새 길로 올 때까지 옛 길이 계속 일해요.',
          )
        : say(
            'Two are left: media moves back, straight from one browser to the other. The server carries on until that works.',
            '두 사람이 남았어요. 미디어가 다시 브라우저 사이로 곧장 옮겨 가요. 그때까지 서버가 계속 전해요.',
          ),
  },
  'media-settled': {
    term: 'make before break',
    standard: 'Maru signaling, “media-mode”',
    text: () => say('Everything comes over the new way, so the old one is closed.', '모두 새 길로 오니 옛 길을 닫아요.'),
  },
  'media-arrived': {
    term: 'make before break',
    standard: 'Maru signaling, “media-ready”',
    text: () =>
      say(
        'Here, everything that came over the old way comes over the new one now. We tell the server.',
        '옛 길로 오던 것이 이제 여기서는 모두 새 길로 와요. 서버에 알려요.',
      ),
  },
  'file-offered': {
    term: 'file transfer',
    standard: 'RFC 8831 §6',
    text: () =>
      say(
        'A file is offered over the data channel: its name and size. Nothing is sent until the other side accepts.',
        '데이터 채널로 파일을 제안해요. 이름과 크기만 알리고, 상대가 받겠다고 해야 보내요.',
      ),
  },
  'file-accepted': {
    term: 'file transfer',
    standard: 'RFC 8831 §6',
    text: () => say('The file was accepted and travels from browser to browser.', '파일을 받기로 하여 브라우저 사이로 보내요.'),
  },
  'file-ended': {
    term: 'file transfer',
    standard: 'FIPS 180-4 (SHA-256)',
    text: () =>
      say(
        'A transfer is over. If complete, both sides computed the same SHA-256 digest: not a bit is different.',
        '전송이 끝났어요. 다 갔다면 양쪽이 같은 SHA-256 값을 얻었으니 한 비트도 다르지 않아요.',
      ),
  },
  'invite-made': {
    term: 'offer by hand',
    standard: 'RFC 9429 §5.2',
    text: () =>
      say(
        'An offer was packed into a link, to be passed by hand instead of by a server.',
        '제안을 링크에 담았어요. 서버 대신 손으로 전해요.',
      ),
  },
  'invite-read': {
    term: 'offer by hand',
    standard: 'RFC 9429 §4.1.9',
    text: () =>
      say(
        'A code passed by hand was read: it holds the other side’s description and addresses.',
        '손으로 전해진 코드를 읽었어요. 상대의 설명과 주소가 들어 있어요.',
      ),
  },
};

function name(params: Params): string {
  const value = params['name'];
  return typeof value === 'string' && value !== '' ? value : 'the other side';
}

function koPerson(params: Params): string {
  const value = params['name'];
  return typeof value === 'string' && value !== '' ? `${value} 님` : '상대';
}

const koName = (params: Params) => withParticle(koPerson(params), '이', '가');
const koObject = (params: Params) => withParticle(koPerson(params), '을', '를');
const koWith = (params: Params) => withParticle(koPerson(params), '과', '와');
const koOf = (params: Params) => `${koPerson(params)}의`;

/** A Korean word with the particle that its last syllable asks for: one form after a final consonant, another after a vowel. */
export function withParticle(word: string, afterConsonant: string, afterVowel: string): string {
  const code = word.charCodeAt(word.length - 1) - 0xac00;
  const hasFinal = code >= 0 && code < 11_172 && code % 28 !== 0;
  return word + (hasFinal ? afterConsonant : afterVowel);
}

const KINDS: Readonly<Record<string, Bilingual>> = {
  host: say(': an address of the device itself (host)', ': 기기 자신의 주소(host)'),
  srflx: say(': the address that a STUN server saw (server reflexive)', ': STUN 서버가 본 주소(srflx)'),
  prflx: say(': learned from a check (peer reflexive)', ': 확인 중에 알게 된 주소(prflx)'),
  relay: say(': on a TURN server that passes things on (relayed)', ': 대신 전해 주는 TURN 서버의 주소(relay)'),
};

function candidateKind(params: Params): Bilingual {
  return KINDS[String(params['type'] ?? params['kind'] ?? '')] ?? say('', '');
}
