// npm run bench -- media-scenarios: calls through the whole stack over simulated links, R-01 to R-09 of the security catalogue.

import { readOptions } from './lib/options.mjs';
import { median, publishAll } from './lib/report.mjs';
import { bundled } from './media-scenarios/bundled.mjs';

const USAGE = `npm run bench -- media-scenarios [--minutes n] [--seeds n] [--json]
--minutes: of each call under loss; 5 unless told otherwise. --seeds: chances for everything else; 3 unless told otherwise.`;
const { json, minutes, seeds } = readOptions(USAGE, {
  minutes: { type: 'string', default: '5' },
  seeds: { type: 'string', default: '3' },
});

const { callOver, blackout, changingRates, besideADownload, rebinding, connectOver, transferOver } = await bundled();
const SEEDS = Array.from({ length: Number(seeds) }, (_, i) => i + 1);
const durationMs = Number(minutes) * 60_000;

/** Runs `scenario` with each seed and returns the medians of its figures. */
async function medians(scenario) {
  const runs = [];
  for (const seed of SEEDS) runs.push(await scenario(seed));
  return Object.fromEntries(
    Object.entries(runs[0]).map(([name, value]) => [
      name,
      typeof value === 'number' ? median(runs.map((run) => run[name])) : runs.every((run) => run[name]) ? 'yes' : 'no',
    ]),
  );
}

const calls = [];
for (const rttMs of [50, 200]) {
  for (const loss of [0.01, 0.05, 0.1, 0.2, 0.3]) {
    console.error(`R-01: ${loss * 100} %, ${rttMs} ms`);
    calls.push({
      link: `R-01: loss ${loss * 100} %, ${rttMs} ms`,
      ...(await callOver({ delayMs: rttMs / 2, loss }, durationMs)),
    });
  }
}
for (const [link, profile] of [
  ['R-02: five in a row of a hundred, 100 ms', { delayMs: 50, burstLoss: { enter: 0.0105, leave: 0.2 } }],
  ['R-05: 10 % 50 ms late, 50 ms', { delayMs: 25, reorder: 0.1, reorderMs: 50 }],
  ['R-05: 25 % 50 ms late, 50 ms', { delayMs: 25, reorder: 0.25, reorderMs: 50 }],
  ['R-05: 10 % twice, 50 ms', { delayMs: 25, duplicate: 0.1 }],
  ['R-05: jitter 30 ms, 50 ms', { delayMs: 25, jitterMs: 30 }],
  ['R-05: jitter 100 ms, 50 ms', { delayMs: 25, jitterMs: 100 }],
  ['R-05: jitter 200 ms, 50 ms', { delayMs: 25, jitterMs: 200 }],
]) {
  console.error(link);
  calls.push({ link, ...(await callOver(profile, Math.min(durationMs, 60_000))) });
}

const times = [];
for (const ms of [500, 2_000])
  times.push({ what: `R-02: ${ms} ms without a packet, 100 ms`, ...(await medians((seed) => blackout(ms, 100, seed))) });
times.push({ what: 'R-09: another port, 50 ms', ...(await medians((seed) => rebinding(seed))) });

const setups = [];
for (const loss of [0, 0.1, 0.2, 0.5]) {
  const took = [];
  for (let seed = 1; seed <= 100; seed++) took.push(await connectOver({ delayMs: 25, loss, reorder: 0.25 }, seed));
  setups.push({
    what: `R-03: loss ${loss * 100} %, 25 % late`,
    complete: took.filter(Number.isFinite).length,
    p50Ms: median(took),
    maxMs: Math.max(...took),
  });
}
const transfers = [];
for (const loss of [0, 0.01, 0.05, 0.1, 0.3]) {
  const { bps, longestStallMs, isExact } = await medians((seed) => transferOver({ delayMs: 25, loss }, 10_000_000, seed));
  transfers.push({ what: `R-04: 10 MB, loss ${loss * 100} %`, mbps: bps / 1e6, longestStallMs, isExact });
}

const rates = [2e6, 0.5e6, 0.15e6, 2e6].map((rateBps) => ({ rateBps, durationMs: 20_000 }));
const { phases } = await changingRates(rates);
const rivals = [];
for (const loss of [0, 0.02])
  rivals.push({
    what: `R-07: a download, loss ${loss * 100} %`,
    ...(await medians((seed) => besideADownload(loss, 60_000, seed))),
  });

publishAll(
  [
    {
      name: 'media-scenarios-calls',
      workload: `720p and Opus from one RTCPeerConnection to another over a simulated link, ${minutes} min each under loss, 1 min else; loss both ways`,
      columns: {
        link: 'link',
        concealed: 'sound made up %',
        shown: 'frames shown %',
        frozen: 'frozen %',
        freezes: 'freezes',
        longestFreezeMs: 'longest ms',
        kbps: 'kbit/s',
        pictureMs: 'picture ms',
        soundMs: 'sound ms',
        nacked: 'NACKs %',
        resent: 'sent again %',
        keyFrames: 'key frames',
      },
      rows: calls,
      notes: [
        'Frozen: standing still for more than 200 ms. Opus with in-band FEC; the viewer waits 1.3 round trips and what its jitter buffer learns.',
      ],
    },
    {
      name: 'media-scenarios-recovery',
      workload: `media after a break; medians of ${seeds} seeds`,
      columns: {
        what: 'what',
        pictureBackMs: 'picture back ms',
        soundBackMs: 'sound back ms',
        keyFrames: 'key frames',
        connected: 'connected',
      },
      rows: times,
    },
    {
      name: 'media-scenarios-setup',
      workload: 'from the first offer to both connected, 100 connections each, 50 ms round trip',
      columns: { what: 'what', complete: 'of 100', p50Ms: 'p50 ms', maxMs: 'max ms' },
      rows: setups,
    },
    {
      name: 'media-scenarios-transfer',
      workload: `a data channel, 50 ms round trip; medians of ${seeds} seeds`,
      columns: { what: 'what', mbps: 'Mbit/s', longestStallMs: 'longest stall ms', isExact: 'exact' },
      rows: transfers,
    },
    {
      name: 'media-scenarios-rates',
      workload: 'R-06: a call on a link whose rate changes each 20 s, 50 ms round trip, 300 ms of queue',
      columns: {
        linkKbps: 'link kbit/s',
        kbps: 'kbit/s',
        followedMs: 'ms to follow',
        queueP50Ms: 'queue p50 ms',
        queueP95Ms: 'p95 ms',
        concealedMs: 'sound made up ms',
        longestFreezeMs: 'longest freeze ms',
      },
      rows: phases,
    },
    {
      name: 'media-scenarios-rival',
      workload: `R-07: a call on 3 Mbit/s, and CUBIC beside it; medians of ${seeds} seeds`,
      columns: {
        what: 'what',
        share: 'ours %',
        rivalShare: 'the other %',
        resent: 'sent again %',
        frozen: 'frozen %',
        concealed: 'sound made up %',
      },
      rows: rivals,
    },
  ],
  json,
);
