import { dictionary } from '../i18n/language.js';

const en = {
  title: 'A call without any server',
  intro: 'Two people, one link each way. Nobody stands between you, not even this page’s server.',
  how: 'How it goes',
  steps: [
    'You make an invitation and pass it on: as a link, as a QR code, by any messenger.',
    'The other opens it and gets an answer, which comes back to you the same way.',
    'You put the answer in here, and you see and hear each other.',
  ],
  name: 'Your name',
  namePlaceholder: 'How the other sees you',
  savePage: 'Save this page',
  savePageHint: 'It is one file. Keep it or pass it on: it works without the internet, opened from disk.',
  savedPage: 'This is the saved page. It needs no server at all.',
  guest: 'Guest',

  invite: 'Invite someone',
  haveInvite: 'I was sent an invitation',
  haveInviteHint: 'Paste the link or the code, or scan the QR code.',
  inviting: 'Looking for the addresses of this device…',
  startOver: 'Start over',
  back: 'Back',

  stepOf: (step: number, steps: number) => `Step ${step} of ${steps}`,
  passOnInvite: 'Pass this invitation on',
  passOnInviteHint: 'It is for one person and this one call. Keep this page open.',
  takeAnswer: 'Put their answer in here',
  takeAnswerHint: 'When they open your invitation, they get an answer to send back to you.',
  wasInvited: 'You are invited to a call',
  wasInvitedHint: 'See how you look, then answer.',
  answer: 'Make my answer',
  answering: 'Reading the invitation and looking for the addresses of this device…',
  passOnAnswer: 'Send this answer back',
  passOnAnswerHint:
    'To the one who invited you. As soon as they have put it in, the call begins here by itself. Keep this page open.',
  waiting: 'Waiting for the other side…',
  connecting: 'Looking for the way to each other…',

  link: 'Link',
  code: 'Code',
  copyLink: 'Copy link',
  copyCode: 'Copy code',
  copied: 'Copied',
  share: 'Send…',
  qr: 'QR code with the link',
  qrCode: 'QR code with the code',
  qrHint: 'Or let the other scan this.',
  saveHint: 'A page that is a file has no link to send: the other pastes this code into their own copy of the page.',
  paste: 'Paste link or code',
  pasteButton: 'Paste',
  use: 'Go on',
  scan: 'Scan a QR code',
  stopScan: 'Stop scanning',
  scanning: 'Hold the QR code in front of the camera.',
  scanFailed: 'The camera could not be opened for scanning.',

  across: 'Not in the same network?',
  acrossHint:
    'Between two networks, each device has to learn its own address from outside. A STUN server tells it; it takes no part in the call. Without one, the call works within one network.',
  stun: 'Address of a STUN server',
  stunPlaceholder: 'stun.example.org:3478',
  stunInvalid: 'That is not an address: a name or number, and perhaps a colon and a port.',

  problems: {
    'not-a-code': 'That is no code, or a part of it was lost on the way. Copy it once more, from beginning to end.',
    'needs-invite': 'That is an answer. Open it on the device where the invitation was made, or begin with an invitation here.',
    'needs-answer': 'That is an invitation, perhaps your own. Here goes the answer that the other sends you back.',
    'not-ours': 'That answer belongs to another invitation. Ask for the answer to the one shown here.',
    'too-new': 'That was made by a newer version of this page. Open or save this page again.',
    'no-way':
      'No way was found between the two devices. If you are not in the same network, give a STUN server below, both of you, and begin again.',
    unsupported: 'This browser lacks what a call needs. Try a current Chrome, Edge, Firefox or Safari.',
  },

  delivering: 'Handing the answer over…',
  delivered: 'The answer is where it belongs.',
  deliveredHint: 'The call begins in the tab in which you made the invitation. You can close this one.',
  undelivered: 'This is the answer to an invitation.',
  undeliveredHint: 'Put it in on the page where the invitation was made: copy it here, paste it there.',

  over: 'The call is over.',
  overLost: 'The way to the other side was lost.',
  again: 'Call again',
};

type DirectTexts = typeof en;

const ko: DirectTexts = {
  title: '서버 없는 통화',
  intro: '두 사람이 링크를 하나씩 주고받아요. 사이에 아무도 없어요. 이 페이지의 서버도 끼지 않아요.',
  how: '이렇게 해요',
  steps: [
    '초대를 만들어 전해요. 링크로도, QR 코드로도, 어떤 메신저로도 돼요.',
    '상대가 그것을 열면 응답이 나오고, 응답은 같은 방법으로 돌아와요.',
    '응답을 여기에 넣으면 서로 보고 들을 수 있어요.',
  ],
  name: '이름',
  namePlaceholder: '상대에게 보일 이름',
  savePage: '이 페이지 저장하기',
  savePageHint: '파일 하나예요. 간직하거나 건네주세요. 인터넷 없이 디스크에서 열어도 돼요.',
  savedPage: '저장된 페이지예요. 서버가 전혀 필요 없어요.',
  guest: '손님',

  invite: '초대하기',
  haveInvite: '초대를 받았어요',
  haveInviteHint: '링크나 코드를 붙여 넣거나 QR 코드를 찍으세요.',
  inviting: '이 기기의 주소를 찾고 있어요…',
  startOver: '처음부터',
  back: '뒤로',

  stepOf: (step, steps) => `${steps}단계 가운데 ${step}`,
  passOnInvite: '이 초대를 전하세요',
  passOnInviteHint: '한 사람을 위한, 이번 한 번의 초대예요. 이 페이지를 열어 두세요.',
  takeAnswer: '상대의 응답을 여기에 넣으세요',
  takeAnswerHint: '상대가 초대를 열면 돌려보낼 응답이 나와요.',
  wasInvited: '통화에 초대받았어요',
  wasInvitedHint: '어떻게 보이는지 살핀 뒤 응답하세요.',
  answer: '응답 만들기',
  answering: '초대를 읽고 이 기기의 주소를 찾고 있어요…',
  passOnAnswer: '이 응답을 돌려보내세요',
  passOnAnswerHint: '초대한 사람에게 보내세요. 그 사람이 넣는 대로 여기서 통화가 저절로 시작돼요. 이 페이지를 열어 두세요.',
  waiting: '상대를 기다리고 있어요…',
  connecting: '서로에게 가는 길을 찾고 있어요…',

  link: '링크',
  code: '코드',
  copyLink: '링크 복사',
  copyCode: '코드 복사',
  copied: '복사했어요',
  share: '보내기…',
  qr: '링크가 담긴 QR 코드',
  qrCode: '코드가 담긴 QR 코드',
  qrHint: '상대가 이것을 찍어도 돼요.',
  saveHint: '파일로 연 페이지에는 보낼 링크가 없어요. 상대는 자기가 가진 같은 페이지에 이 코드를 붙여 넣으면 돼요.',
  paste: '링크나 코드 붙여 넣기',
  pasteButton: '붙여 넣기',
  use: '다음',
  scan: 'QR 코드 찍기',
  stopScan: '그만 찍기',
  scanning: 'QR 코드를 카메라 앞에 들어 주세요.',
  scanFailed: '코드를 찍을 카메라를 열지 못했어요.',

  across: '같은 네트워크가 아닌가요?',
  acrossHint:
    '다른 네트워크 사이라면 기기가 밖에서 보이는 자기 주소를 알아야 해요. STUN 서버가 그것을 알려 주고, 통화에는 끼지 않아요. 없으면 같은 네트워크 안에서 통화할 수 있어요.',
  stun: 'STUN 서버의 주소',
  stunPlaceholder: 'stun.example.org:3478',
  stunInvalid: '주소가 아니에요. 이름이나 숫자에, 필요하면 쌍점과 포트를 적어 주세요.',

  problems: {
    'not-a-code': '코드가 아니거나 오는 길에 일부를 잃었어요. 처음부터 끝까지 다시 복사해 주세요.',
    'needs-invite': '이것은 응답이에요. 초대를 만든 기기에서 열거나, 여기서 초대부터 시작하세요.',
    'needs-answer': '이것은 초대예요. 직접 만든 것일지도 몰라요. 여기에는 상대가 돌려보낸 응답을 넣으세요.',
    'not-ours': '다른 초대에 대한 응답이에요. 여기 보이는 초대의 응답을 받아 주세요.',
    'too-new': '더 새로운 페이지에서 만든 것이에요. 이 페이지를 다시 열거나 저장해 주세요.',
    'no-way': '두 기기 사이의 길을 찾지 못했어요. 같은 네트워크가 아니라면 둘 다 아래에 STUN 서버를 적고 다시 시작해 주세요.',
    unsupported: '이 브라우저에는 통화에 필요한 것이 없어요. 최신 크롬, 엣지, 파이어폭스, 사파리를 써 주세요.',
  },

  delivering: '응답을 건네고 있어요…',
  delivered: '응답이 제자리에 갔어요.',
  deliveredHint: '초대를 만든 탭에서 통화가 시작돼요. 이 탭은 닫아도 돼요.',
  undelivered: '초대에 대한 응답이에요.',
  undeliveredHint: '초대를 만든 페이지에 넣어야 해요. 여기서 복사해 거기에 붙여 넣으세요.',

  over: '통화가 끝났어요.',
  overLost: '상대에게 가는 길을 잃었어요.',
  again: '다시 통화하기',
};

/** The words of calls without a server in the language in use. */
export const directWords = dictionary<DirectTexts>({ en, ko });
