// npm run bench -- congestion: how the rate of a call follows simulated links, with a plot; and what a packet costs.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureCost } from './congestion/cost.mjs';
import { plot } from './congestion/plot.mjs';
import { runScenario, SCENARIOS } from './congestion/scenarios.mjs';
import { readOptions } from './lib/options.mjs';
import { median, publishAll } from './lib/report.mjs';

const USAGE = `npm run bench -- congestion [--seeds n] [--rounds n] [--json]
--seeds: how often each scenario is run, each time with other chances; 5 unless told otherwise. The plot shows the first.
--rounds: of the measurement of cost; 9 unless told otherwise, 0 for none.`;
const { json, seeds, rounds } = readOptions(USAGE, {
  seeds: { type: 'string', default: '5' },
  rounds: { type: 'string', default: '9' },
});

/** What is left out after each change of the link: how long it took to follow is a figure of its own. */
const SETTLING_MS = 5_000;
const CONVERGED = 0.75;

/** One row for each rate that the link has. */
function rowsOf(scenario, runs) {
  const { name, durationMs, phases, rivalAt, rival } = scenario;
  return phases.map(({ at, rateBps }, i) => {
    const [from, to] = [at, phases[i + 1]?.at ?? durationMs];
    const measuredFrom = Math.max(from, rivalAt ?? 0) + SETTLING_MS;
    const isLess = i > 0 && rateBps < phases[i - 1].rateBps;
    const figure = (of) => median(runs.map(of));
    return {
      scenario: i === 0 ? name : '',
      linkKbps: rateBps / 1_000,
      kbps: figure(({ record }) => record.receivedBps(measuredFrom, to) / 1_000),
      utilisation: figure(({ record }) => (record.receivedBps(measuredFrom, to) / rateBps) * 100),
      followedMs: figure(({ record }) =>
        isLess ? record.yields(from, to, rateBps) : record.reaches(from, to, CONVERGED * rateBps),
      ),
      queueP50Ms: figure(({ record }) => record.queueMs(measuredFrom, to, 0.5)),
      queueP95Ms: figure(({ record }) => record.queueMs(measuredFrom, to, 0.95)),
      audioKbps: figure(({ audio }) => audio.receivedBps(measuredFrom, to) / 1_000),
      rivalKbps: rival && figure((run) => run.rival.receivedBps(measuredFrom, to) / 1_000),
    };
  });
}

const rows = [];
const plots = [];
for (const scenario of SCENARIOS) {
  console.error(scenario.name);
  const runs = Array.from({ length: Number(seeds) }, (_, i) => runScenario(scenario, i + 1));
  rows.push(...rowsOf(scenario, runs));
  plots.push({ scenario, record: runs[0].record, rival: runs[0].rival });
}
const results = join(dirname(fileURLToPath(import.meta.url)), 'results');
writeFileSync(join(results, 'congestion.svg'), plot(plots));

const reports = [
  {
    name: 'congestion-netsim',
    workload: `a call of audio and up to 4 Mbit/s of video over a simulated link, 50 ms round trip, 300 ms of queue; medians of ${seeds} seeds; the first ${SETTLING_MS / 1_000} s of each rate count for following alone`,
    columns: {
      scenario: 'scenario',
      linkKbps: 'link kbit/s',
      kbps: 'kbit/s',
      utilisation: '% of the link',
      followedMs: 'ms to follow',
      queueP50Ms: 'queue p50 ms',
      queueP95Ms: 'p95 ms',
      audioKbps: 'audio kbit/s',
      rivalKbps: 'the other kbit/s',
    },
    rows,
    notes: [
      `Followed: up, ${CONVERGED * 100} % of the link arrive for a second; down, no more than it carries is sent.`,
      'The plot is bench/results/congestion.svg. Rates count the headers of IP and UDP; nothing is sent again.',
    ],
  },
];
if (Number(rounds) > 0) {
  reports.push({
    name: 'congestion-cost',
    workload: `1,000 packets a second, feedback for each 50; medians of ${rounds} rounds of 20,000 packets`,
    columns: { what: 'what', ns: 'ns a packet', bytes: 'bytes a packet' },
    rows: measureCost(Number(rounds)),
  });
}
publishAll(reports, json);
