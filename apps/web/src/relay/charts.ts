import { say } from '../lens/bilingual.js';
import type { Chart } from '../lens/plots/charts.js';

/** What the page draws of the last two minutes. */
export const RELAY_CHARTS: readonly Chart[] = [
  {
    id: 'relay-traffic',
    title: say('Relayed', '중계량'),
    about: say(
      'What passes through each second: from clients to their peers, and back to them.',
      '초마다 지나가는 양이에요. 클라이언트가 상대에게 보낸 것과 돌려받은 것이에요.',
    ),
    unit: 'bitrate',
    curves: [
      { name: 'upBps', label: say('from clients', '클라이언트에서'), colour: 'wood' },
      { name: 'downBps', label: say('to clients', '클라이언트로'), colour: 'celadon' },
    ],
  },
  {
    id: 'relay-allocations',
    title: say('Allocations', '할당'),
    about: say(
      'Relayed addresses that are open now, and how many users hold them.',
      '지금 열려 있는 중계 주소와 그것을 가진 사용자 수예요.',
    ),
    unit: 'count',
    curves: [
      { name: 'allocations', label: say('allocations', '할당'), colour: 'wood' },
      { name: 'users', label: say('users', '사용자'), colour: 'celadon' },
    ],
  },
  {
    id: 'relay-refused',
    title: say('Refused', '거절'),
    about: say(
      'Requests that were refused each second, and packets that nobody had permitted or that were beyond a bound.',
      '초마다 거절한 요청과, 허락되지 않았거나 한도를 넘은 패킷이에요.',
    ),
    unit: 'count',
    curves: [
      { name: 'refused', label: say('requests', '요청'), colour: 'vermilion' },
      { name: 'dropped', label: say('packets', '패킷'), colour: 'ink-soft' },
    ],
  },
];
