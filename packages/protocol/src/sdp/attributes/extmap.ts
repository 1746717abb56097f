import type { Attribute } from '../tree.js';
import type { Direction } from './direction.js';

/** `a=extmap` (RFC 8285 §8): the number under which an RTP header extension travels. */
export interface ExtensionMap {
  readonly id: number;
  readonly direction?: Direction;
  readonly uri: string;
  readonly parameters?: string;
}

/** Undefined if `value` is no extmap. */
export function parseExtensionMap(value: string): ExtensionMap | undefined {
  const match = /^(\d{1,5})(?:\/(sendrecv|sendonly|recvonly|inactive))? +(\S+)(?: (.*))?$/.exec(value);
  if (!match || Number(match[1]) < 1) return undefined;
  return {
    id: Number(match[1]),
    ...(match[2] !== undefined && { direction: match[2] as Direction }),
    uri: match[3]!,
    ...(match[4] !== undefined && { parameters: match[4] }),
  };
}

export function formatExtensionMap({ id, direction, uri, parameters }: ExtensionMap): Attribute {
  const head = direction ? `${id}/${direction}` : `${id}`;
  return { name: 'extmap', value: parameters === undefined ? `${head} ${uri}` : `${head} ${uri} ${parameters}` };
}
