// npm run bench -- congestion: how the rate of a call follows simulated links, and an emulated one beside Chromium's sender, with plots;
// and what a packet costs.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureCost } from './congestion/cost.mjs';
import { plot } from './congestion/plot.mjs';
import { RealRecord } from './congestion/real-record.mjs';
import { REAL_SCENARIOS, runReal, whyNoComparison } from './congestion/real-senders.mjs';
import { runScenario, SCENARIOS } from './congestion/scenarios.mjs';
import { readOptions } from './lib/options.mjs';
import { median, publishAll } from './lib/report.mjs';

const USAGE = `npm run bench -- congestion [--seeds n] [--rounds n] [--real n] [--only word] [--json]
--seeds: how often each scenario is run, each time with other chances; 5 unless told otherwise, 0 for none. The plot shows the first.
--real: how often our sender and Chromium's are compared on an emulated link; 1 unless told otherwise, 0 for not. Seven minutes, root.
--only: scenarios of the comparison whose name has the word.
--rounds: of the measurement of cost; 9 unless told otherwise, 0 for none.`;
const { json, seeds, rounds, real, only } = readOptions(USAGE, {
  seeds: { type: 'string', default: '5' },
  rounds: { type: 'string', default: '9' },
  real: { type: 'string', default: '1' },
  only: { type: 'string', default: '' },
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

const results = join(dirname(fileURLToPath(import.meta.url)), 'results');
const rows = [];
const plots = [];
for (const scenario of Number(seeds) > 0 ? SCENARIOS : []) {
  console.error(scenario.name);
  const runs = Array.from({ length: Number(seeds) }, (_, i) => runScenario(scenario, i + 1));
  rows.push(...rowsOf(scenario, runs));
  plots.push({ scenario, record: runs[0].record, rival: runs[0].rival });
}
const reports = [];
if (plots.length > 0) {
  writeFileSync(join(results, 'congestion.svg'), plot(plots));
  reports.push({
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
  });
}
if (Number(rounds) > 0) {
  reports.push({
    name: 'congestion-cost',
    workload: `1,000 packets a second, feedback for each 50; medians of ${rounds} rounds of 20,000 packets`,
    columns: { what: 'what', ns: 'ns a packet', bytes: 'bytes a packet' },
    rows: measureCost(Number(rounds)),
  });
}

/** Both senders on one link, a row for each rate. */
async function compared(runs) {
  const chosen = REAL_SCENARIOS.filter(({ name }) => name.includes(only));
  const found = [];
  const pictures = [];
  for (const scenario of chosen) {
    const records = { ours: [], chromium: [] };
    for (let run = 0; run < runs; run++) {
      for (const sender of ['ours', 'chromium']) {
        console.error(`${scenario.name}: ${sender}`);
        records[sender].push(new RealRecord(await runReal(scenario, sender)));
      }
    }
    found.push(...comparisonOf(scenario, records));
    const phases = scenario.phases.map(({ at, kbps }) => ({ at: at * 1_000, rateBps: kbps * 1_000 }));
    const durationMs = scenario.seconds * 1_000;
    for (const sender of ['ours', 'chromium']) {
      const [record] = records[sender];
      const rival = scenario.downloadAt === undefined ? undefined : record.tcp;
      pictures.push({ scenario: { name: `${scenario.name}: ${sender}`, durationMs, phases }, record, rival });
    }
  }
  writeFileSync(join(results, 'congestion-chromium.svg'), plot(pictures));
  return found;
}

function comparisonOf({ name, seconds, phases, downloadAt = 0 }, records) {
  return phases.map(({ at, kbps }, i) => {
    const from = Math.max(at, downloadAt) * 1_000 + SETTLING_MS;
    const to = (phases[i + 1]?.at ?? seconds) * 1_000;
    const figures = (sender) => ({
      use: median(records[sender].map((record) => (record.receivedBps(from, to) / (kbps * 1_000)) * 100)),
      p50: median(records[sender].map((record) => record.queueMs(from, to, 0.5))),
      p95: median(records[sender].map((record) => record.queueMs(from, to, 0.95))),
    });
    const [ours, theirs] = [figures('ours'), figures('chromium')];
    return {
      scenario: i === 0 ? name : '',
      linkKbps: kbps,
      oursUse: ours.use,
      chromiumUse: theirs.use,
      ratio: ours.use / theirs.use,
      oursP50Ms: ours.p50,
      chromiumP50Ms: theirs.p50,
      oursP95Ms: ours.p95,
      chromiumP95Ms: theirs.p95,
    };
  });
}

const missing = whyNoComparison();
if (Number(real) > 0 && missing) console.error(`No comparison with Chromium: ${missing}.`);
else if (Number(real) > 0) {
  reports.push({
    name: 'congestion-chromium',
    workload: `video of up to 4 Mbit/s to a receiver of ours over an emulated link between namespaces, 50 ms round trip and 300 ms of queue unless said otherwise; ${real} runs each, the senders in turn; the first ${SETTLING_MS / 1_000} s of each rate do not count`,
    columns: {
      scenario: 'scenario',
      linkKbps: 'link kbit/s',
      oursUse: 'ours %',
      chromiumUse: 'Chromium %',
      ratio: 'ours / Chromium',
      oursP50Ms: 'ours queue p50 ms',
      chromiumP50Ms: 'Chromium p50',
      oursP95Ms: 'ours p95 ms',
      chromiumP95Ms: 'Chromium p95',
    },
    rows: await compared(Number(real)),
    notes: [
      'Measured by the link: bits of UDP that it carried, and how long each datagram waited for its turn. The plot is bench/results/congestion-chromium.svg.',
      'Our encoder is a model that gives what it is told to; Chromium films a canvas of random boxes in VP8, which can always use its rate.',
    ],
  });
}
publishAll(reports, json);
