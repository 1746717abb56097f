// Small multiples as SVG, from the records of the scenarios: rates above, queueing below.

const WIDTH = 560;
const RATE_HEIGHT = 120;
const QUEUE_HEIGHT = 50;
const GAP = 14;
const MARGIN = { left: 52, right: 12, top: 26, bottom: 22 };
const PANEL_HEIGHT = MARGIN.top + RATE_HEIGHT + GAP + QUEUE_HEIGHT + MARGIN.bottom;
const COLUMNS = 2;
/** Points drawn: half a second each. */
const STEP_MS = 500;

const STYLE = `text{font:11px system-ui,sans-serif;fill:#555}
.title{font-weight:600;font-size:12px;fill:#222}
.grid{stroke:#0002}
.link{stroke:#999;stroke-dasharray:4 3}
.call{stroke:#0969da;stroke-width:1.5}
.rival{stroke:#bc4c00}
.queue{stroke:#8250df}
path{fill:none}
@media(prefers-color-scheme:dark){text{fill:#aaa}.title{fill:#eee}.grid{stroke:#fff2}.call{stroke:#58a6ff}.rival{stroke:#f0883e}.queue{stroke:#bc8cff}}`;

/** @param {readonly { scenario: import('./scenarios.mjs').Scenario, record: object, rival?: object }[]} runs */
export function plot(runs) {
  const rows = Math.ceil(runs.length / COLUMNS);
  const [width, height] = [COLUMNS * WIDTH, rows * PANEL_HEIGHT + 24];
  const panels = runs.map((run, i) => {
    const [x, y] = [(i % COLUMNS) * WIDTH, Math.floor(i / COLUMNS) * PANEL_HEIGHT];
    return `<g transform="translate(${x} ${y})">${panel(run)}</g>`;
  });
  const legend = [
    ['link', 'what the link carries'],
    ['call', 'the call'],
    ['rival', 'the other'],
    ['queue', 'queueing, p95'],
  ]
    .map(
      ([kind, text], i) =>
        `<path class="${kind}" d="M${MARGIN.left + i * 170} ${height - 12}h24"/><text x="${MARGIN.left + 30 + i * 170}" y="${height - 8}">${text}</text>`,
    )
    .join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Rates and queueing of a call on simulated links">
<style>${STYLE}</style>
${panels.join('\n')}
${legend}
</svg>
`;
}

function panel({ scenario, record, rival }) {
  const { name, durationMs, phases } = scenario;
  const mostBps = Math.max(...phases.map(({ rateBps }) => rateBps)) * 1.1;
  const mostMs = 350;
  const [innerWidth, queueTop] = [WIDTH - MARGIN.left - MARGIN.right, MARGIN.top + RATE_HEIGHT + GAP];
  const x = (ms) => (MARGIN.left + (ms / durationMs) * innerWidth).toFixed(1);
  const rateY = (bps) => (MARGIN.top + RATE_HEIGHT * (1 - Math.min(bps, mostBps) / mostBps)).toFixed(1);
  const queueY = (ms) => (queueTop + QUEUE_HEIGHT * (1 - Math.min(ms, mostMs) / mostMs)).toFixed(1);
  const line = (kind, at, y) => {
    const points = [];
    for (let ms = 0; ms + STEP_MS <= durationMs; ms += STEP_MS) points.push(`${x(ms + STEP_MS / 2)} ${y(at(ms))}`);
    return `<path class="${kind}" d="M${points.join('L')}"/>`;
  };
  const rateAt = (flow) => (ms) => flow.receivedBps(ms, ms + STEP_MS);
  const link = phases
    .map(({ at, rateBps }, i) => `${i === 0 ? 'M' : 'L'}${x(at)} ${rateY(rateBps)}H${x(phases[i + 1]?.at ?? durationMs)}`)
    .join('');
  const ticks = [0, mostBps / 1.1 / 2, mostBps / 1.1].map(
    (bps) =>
      `<path class="grid" d="M${MARGIN.left} ${rateY(bps)}h${innerWidth}"/><text x="${MARGIN.left - 6}" y="${Number(rateY(bps)) + 4}" text-anchor="end">${(bps / 1e6).toFixed(1)}</text>`,
  );
  const waits = [0, 300].map(
    (ms) =>
      `<path class="grid" d="M${MARGIN.left} ${queueY(ms)}h${innerWidth}"/><text x="${MARGIN.left - 6}" y="${Number(queueY(ms)) + 4}" text-anchor="end">${ms} ms</text>`,
  );
  const seconds = [0, 0.5, 1].map(
    (share) =>
      `<text x="${x(share * durationMs)}" y="${queueTop + QUEUE_HEIGHT + 14}" text-anchor="middle">${((share * durationMs) / 1_000).toFixed(0)} s</text>`,
  );
  return [
    `<text class="title" x="${MARGIN.left}" y="16">${name}</text><text x="${MARGIN.left - 6}" y="16" text-anchor="end">Mbit/s</text>`,
    ...ticks,
    ...waits,
    ...seconds,
    `<path class="link" d="${link}"/>`,
    rival ? line('rival', rateAt(rival), rateY) : '',
    line('call', rateAt(record), rateY),
    line('queue', (ms) => record.queueMs(ms, ms + STEP_MS, 0.95), queueY),
  ].join('');
}
