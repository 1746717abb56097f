import type { QualityReason } from '@maru/client';
import type { Dictionary } from '../../i18n/index.js';
import type { QualityView } from './views.js';

/** 180 kbit/s, 2.4 Mbit/s. */
export function formatBitrate(bitsPerSecond: number): string {
  if (bitsPerSecond >= 999_500) return `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
  return `${Math.round(bitsPerSecond / 1e3)} kbit/s`;
}

/** 6 %, 0.4 %: one digit more where it matters. */
export function formatShare(fraction: number): string {
  const percent = fraction * 100;
  return `${percent > 0 && percent < 1 ? percent.toFixed(1) : Math.round(percent)} %`;
}

export function formatMilliseconds(ms: number): string {
  return ms >= 1_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms)} ms`;
}

/** Why a connection is as it is, in one sentence: the most important reason that there are words for. */
export function explainQuality(words: Dictionary, name: string, { quality, stats }: QualityView): string {
  const { quality: texts } = words;
  if (quality.level === 'unknown') return texts.unknownText;
  if (quality.level === 'good') return texts.goodText(name);
  const [reason] = quality.reasons;
  return reason ? explainReason(words, name, reason, stats) : texts.goodText(name);
}

function explainReason(words: Dictionary, name: string, reason: QualityReason, stats: QualityView['stats']): string {
  const { quality: texts } = words;
  switch (reason.type) {
    case 'disconnected':
      return texts.awayText(name);
    case 'loss':
    case 'low-bitrate': {
      const lost =
        reason.type === 'loss'
          ? reason.lossFraction
          : ((reason.direction === 'receiving' ? stats?.lossDown : stats?.lossUp) ?? 0);
      const rate = formatBitrate(reason.bitrateBps);
      if (reason.direction === 'sending')
        return reason.side === 'them'
          ? texts.theirDownloadWeak(name, rate, formatShare(lost))
          : texts.yourUploadWeak(rate, formatShare(lost));
      return reason.side === 'us' ? texts.downloadWeak(rate, formatShare(lost)) : texts.uploadWeak(name, rate, formatShare(lost));
    }
    case 'delay':
      return texts.slow(name, formatMilliseconds(reason.rttMs));
    case 'jitter':
      return texts.unsteady(name, formatMilliseconds(reason.jitterMs));
    case 'frozen':
      return texts.stutters(name, formatShare(reason.frozenFraction));
    case 'cpu':
      return texts.cpu;
  }
}

/** The figures under the sentence, as pairs of a word and a value. */
export function measuresOf(words: Dictionary, { stats }: QualityView): readonly (readonly [label: string, value: string])[] {
  const { quality: texts } = words;
  if (!stats) return [];
  const rows: (readonly [string, string])[] = [];
  if (stats.rttMs !== undefined) rows.push([texts.roundTrip, formatMilliseconds(stats.rttMs)]);
  rows.push([texts.download, withLoss(stats.downBps, stats.lossDown)], [texts.upload, withLoss(stats.upBps, stats.lossUp)]);
  const picture = stats.tracks.find((track) => track.kind === 'video' && track.direction === 'receiving' && track.width);
  if (picture)
    rows.push([texts.picture, `${picture.width} × ${picture.height}, ${Math.round(picture.framesPerSecond ?? 0)} fps`]);
  if (stats.path !== 'unknown') {
    const path = { direct: texts.pathDirect, relayed: texts.pathRelayed, server: texts.pathServer }[stats.path];
    rows.push([texts.path, stats.protocol ? `${path}, ${stats.protocol.toUpperCase()}` : path]);
  }
  return rows;

  function withLoss(bps: number, loss: number | undefined): string {
    return loss ? `${formatBitrate(bps)}, ${formatShare(loss)} ${texts.lost}` : formatBitrate(bps);
  }
}
