import type { MediaOverview } from '@maru/signaling/rest';
import { say } from '../lens/bilingual.js';
import type { Chart, Curve } from '../lens/plots/charts.js';
import { cpuOf } from './history.js';

const COLOURS: readonly Curve['colour'][] = ['wood', 'celadon', 'vermilion', 'ink-soft'];

const FIXED: readonly Chart[] = [
  {
    id: 'media-traffic',
    title: say('Media', '미디어'),
    about: say(
      'What comes from people each second, and what is passed on to them.',
      '초마다 사람들에게서 오는 양과 전해 주는 양이에요.',
    ),
    unit: 'bitrate',
    curves: [
      { name: 'inBps', label: say('from people', '사람들에게서'), colour: 'wood' },
      { name: 'outBps', label: say('to people', '사람들에게'), colour: 'celadon' },
    ],
  },
  {
    id: 'media-people',
    title: say('People', '사람'),
    about: say('Connections whose media is here, and the sessions that they are in.', '미디어가 여기 있는 연결과 그 세션이에요.'),
    unit: 'count',
    curves: [
      { name: 'people', label: say('connections', '연결'), colour: 'wood', stepped: true },
      { name: 'sessions', label: say('sessions', '세션'), colour: 'celadon', stepped: true },
    ],
  },
  {
    id: 'media-loss',
    title: say('Worst loss', '가장 큰 손실'),
    about: say(
      'Of all connections, the one that loses most, on its way up and on its way down.',
      '모든 연결 중 가장 많이 잃는 연결의 올라가는 길과 내려가는 길이에요.',
    ),
    unit: 'percent',
    curves: [
      { name: 'lossUp', label: say('up', '올라가는 길'), colour: 'wood' },
      { name: 'lossDown', label: say('down', '내려가는 길'), colour: 'vermilion' },
    ],
  },
];

/** The charts of the page: a curve for each worker, four in a frame. */
export function mediaCharts({ workers }: MediaOverview): readonly Chart[] {
  const cpu: Chart[] = [];
  for (let first = 0; first < workers.length; first += COLOURS.length) {
    const shown = workers.slice(first, first + COLOURS.length);
    cpu.push({
      id: `media-cpu-${first}`,
      title: say('Processor', '프로세서'),
      about: say(
        'How much of a core each worker uses. Near 100 %, joins are refused and layers dropped.',
        '각 일꾼이 코어를 쓰는 정도예요. 100 %에 가까우면 새로 들이지 않고 층을 줄여요.',
      ),
      unit: 'percent',
      curves: shown.map(({ worker }, index) => ({
        name: cpuOf(worker),
        label: say(`worker ${worker}`, `일꾼 ${worker}`),
        colour: COLOURS[index] ?? 'ink-soft',
      })),
    });
  }
  return [...FIXED, ...cpu];
}
