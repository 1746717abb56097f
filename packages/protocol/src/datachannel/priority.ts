import type { ChannelPriority } from './channel.js';

/** Weights of the four priorities (RFC 8831 §6.4), as DATA_CHANNEL_OPEN carries them. W3C's default is `'low'`. */
const WEIGHTS: Readonly<Record<ChannelPriority, number>> = { 'very-low': 128, low: 256, medium: 512, high: 1_024 };

export function weightOfPriority(priority: ChannelPriority): number {
  return WEIGHTS[priority];
}

/** The priority nearest to a weight from the wire, from above: what is between two counts as the higher. */
export function priorityOfWeight(weight: number): ChannelPriority {
  if (weight <= WEIGHTS['very-low']) return 'very-low';
  if (weight <= WEIGHTS.low) return 'low';
  return weight <= WEIGHTS.medium ? 'medium' : 'high';
}
