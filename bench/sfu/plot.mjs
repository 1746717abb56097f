// CPU of a forwarded packet by subscribers, as SVG: the rows of sfu-server.

const [WIDTH, HEIGHT] = [560, 260];
const MARGIN = { left: 48, right: 90, top: 30, bottom: 36 };

const STYLE = `text{font:11px system-ui,sans-serif;fill:#555}
.title{font-weight:600;font-size:12px;fill:#222}
.grid{stroke:#0002}
path{fill:none;stroke-width:1.5}
.native{stroke:#0969da}.pure{stroke:#bc4c00}
@media(prefers-color-scheme:dark){text{fill:#aaa}.title{fill:#eee}.grid{stroke:#fff2}.native{stroke:#58a6ff}.pure{stroke:#f0883e}}`;

/** @param {readonly { server: string, subscribers: number, cpuUs: number }[]} rows */
export function plotServer(rows) {
  const counts = [...new Set(rows.map(({ subscribers }) => subscribers))].sort((a, b) => a - b);
  const most = Math.ceil(Math.max(...rows.map(({ cpuUs }) => cpuUs)) / 5) * 5;
  const [low, high] = [Math.log(counts[0]), Math.log(counts.at(-1) * 1.001)];
  const x = (count) => MARGIN.left + ((Math.log(count) - low) / (high - low)) * (WIDTH - MARGIN.left - MARGIN.right);
  const y = (us) => HEIGHT - MARGIN.bottom - (us / most) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const grid = Array.from({ length: 6 }, (_, i) => (most * i) / 5).map(
    (us) =>
      `<path class="grid" d="M${MARGIN.left} ${y(us).toFixed(1)}H${WIDTH - MARGIN.right}"/><text x="${MARGIN.left - 6}" y="${(y(us) + 4).toFixed(1)}" text-anchor="end">${us}</text>`,
  );
  const ticks = counts.map((count) => `<text x="${x(count).toFixed(1)}" y="${HEIGHT - 18}" text-anchor="middle">${count}</text>`);
  const lines = [...new Set(rows.map(({ server }) => server))].map((server) => {
    const own = rows.filter((row) => row.server === server);
    const points = own.map(({ subscribers, cpuUs }) => `${x(subscribers).toFixed(1)} ${y(cpuUs).toFixed(1)}`);
    const end = own.at(-1);
    return `<path class="${server}" d="M${points.join('L')}"/><text x="${(x(end.subscribers) + 6).toFixed(1)}" y="${(y(end.cpuUs) + 4).toFixed(1)}">${server} ${end.cpuUs.toFixed(1)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Processor time of a forwarded packet, by subscribers">
<style>${STYLE}</style>
<text class="title" x="${MARGIN.left}" y="16">CPU us a forwarded packet, the whole media server</text>
${[...grid, ...ticks, ...lines].join('\n')}
<text x="${WIDTH / 2}" y="${HEIGHT - 4}" text-anchor="middle">subscribers</text>
</svg>
`;
}
