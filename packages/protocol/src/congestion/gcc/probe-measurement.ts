import type { PacketResults } from '../packet-results.js';

/** Clusters measured at once: more are never under way. */
const SLOTS = 8;
const MIN_PACKETS = 4;
const MIN_SHARE = 0.8;
const MAX_SPAN_MS = 1_000;
/** A path that delivers at more than this of the rate of sending has let packets out of a queue together. */
const MAX_RATIO = 2;
const SATURATED = 0.9;
const SATURATED_TARGET = 0.95;

interface Cluster {
  id: number;
  minBytes: number;
  packets: number;
  bytes: number;
  firstSentAt: number;
  lastSentAt: number;
  lastSentBytes: number;
  firstArrivedAt: number;
  firstArrivedBytes: number;
  lastArrivedAt: number;
}

/** How fast the packets of a probe came through. */
export class ProbeMeasurement {
  private readonly clusters: Cluster[] = [];

  /** A probe begins that is to have so many bytes. */
  begin(id: number, minBytes: number): void {
    this.clusters[id % SLOTS] = {
      id,
      minBytes,
      packets: 0,
      bytes: 0,
      firstSentAt: Infinity,
      lastSentAt: -Infinity,
      lastSentBytes: 0,
      firstArrivedAt: Infinity,
      firstArrivedBytes: 0,
      lastArrivedAt: -Infinity,
    };
  }

  /** The highest rate, in bit/s, that a probe has shown by these results; undefined if none did. */
  add(results: PacketResults): number | undefined {
    let best: number | undefined;
    for (let i = 0; i < results.count; i++) {
      const id = results.probes[i]!;
      if (id === 0 || results.isReceived[i] === 0 || Number.isNaN(results.arrivedAt[i]!)) continue;
      const cluster = this.clusters[id % SLOTS];
      if (cluster?.id !== id) continue;
      addTo(cluster, results.sentAt[i]!, results.arrivedAt[i]!, results.bytes[i]!);
      const rate = rateOf(cluster);
      if (rate !== undefined && (best === undefined || rate > best)) best = rate;
    }
    return best;
  }
}

function addTo(cluster: Cluster, sentAt: number, arrivedAt: number, bytes: number): void {
  cluster.packets += 1;
  cluster.bytes += bytes;
  if (sentAt < cluster.firstSentAt) cluster.firstSentAt = sentAt;
  if (sentAt >= cluster.lastSentAt) {
    cluster.lastSentAt = sentAt;
    cluster.lastSentBytes = bytes;
  }
  if (arrivedAt < cluster.firstArrivedAt) {
    cluster.firstArrivedAt = arrivedAt;
    cluster.firstArrivedBytes = bytes;
  }
  if (arrivedAt > cluster.lastArrivedAt) cluster.lastArrivedAt = arrivedAt;
}

function rateOf(cluster: Cluster): number | undefined {
  if (cluster.packets < MIN_PACKETS || cluster.bytes < cluster.minBytes * MIN_SHARE) return undefined;
  const sentMs = cluster.lastSentAt - cluster.firstSentAt;
  const arrivedMs = cluster.lastArrivedAt - cluster.firstArrivedAt;
  if (!(sentMs > 0 && sentMs <= MAX_SPAN_MS && arrivedMs > 0 && arrivedMs <= MAX_SPAN_MS)) return undefined;
  // The last packet sent, and the first that arrived, only mark where time ends and begins.
  const sentBps = ((cluster.bytes - cluster.lastSentBytes) * 8_000) / sentMs;
  const arrivedBps = ((cluster.bytes - cluster.firstArrivedBytes) * 8_000) / arrivedMs;
  if (arrivedBps > MAX_RATIO * sentBps) return undefined;
  return arrivedBps < SATURATED * sentBps ? SATURATED_TARGET * arrivedBps : Math.min(sentBps, arrivedBps);
}
