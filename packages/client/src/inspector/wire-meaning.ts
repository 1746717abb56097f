import { isRecord } from '../json.js';
import { SERVER_ID } from './inspection.js';
import type { Meaning, MeaningKey } from './meaning.js';

/** What a signaling message is called, whom it is about and what it means. */
export interface WireReading {
  readonly name: string;
  readonly connectionId: string | undefined;
  readonly meaning: Meaning | undefined;
}

const MEANINGS: Readonly<Record<string, MeaningKey>> = {
  hello: 'token-shown',
  resume: 'signaling-retrying',
  welcome: 'welcomed',
  resumed: 'signaling-resumed',
  refused: 'refused',
  closed: 'signaling-lost',
  done: 'request-done',
  failed: 'request-failed',
  'connection-joined': 'someone-joined',
  'connection-left': 'someone-left',
  'connection-updated': 'someone-updated',
  'update-connection': 'someone-updated',
  'connection-away': 'someone-away',
  'connection-back': 'someone-back',
  publish: 'stream-announced',
  'stream-published': 'stream-announced',
  'update-stream': 'stream-changed',
  'stream-updated': 'stream-changed',
  'update-subscription': 'stream-changed',
  'subscription-updated': 'stream-changed',
  unpublish: 'stream-withdrawn',
  'stream-unpublished': 'stream-withdrawn',
  message: 'app-message',
  'request-mute': 'moderation',
  'mute-requested': 'moderation',
  disconnect: 'moderation',
  'get-ice-servers': 'relay-renewed',
  'media-slots': 'slots-changed',
  'media-view': 'tiles-told',
  'media-layers': 'layers-wished',
  'media-limited': 'media-limited',
  'media-ready': 'media-arrived',
  disconnected: 'session-over',
  'session-ended': 'session-over',
  leave: 'session-over',
};

/** Comes so often that it would bury everything else. */
const TOO_OFTEN = new Set(['media-speakers', 'get-media-why']);

/** Reads one thing that travelled. Acknowledgements alone mean nothing to a reader: undefined. */
export function readWire(direction: 'out' | 'in', content: unknown): WireReading | undefined {
  const message = isRecord(content) && isRecord(content['message']) ? content['message'] : content;
  if (!isRecord(message)) return undefined;
  const { type } = message;
  if (typeof type !== 'string' || TOO_OFTEN.has(type) || (type === 'done' && 'why' in message)) return undefined;
  const connectionId = connectionOf(message);
  if (type === 'signal') return readSignal(direction, message['signal'], connectionId);
  if (type === 'media-signal') return readMediaSignal(message['signal']);
  if (type === 'media-mode') return readMediaMode(message['media']);
  const key = Object.hasOwn(MEANINGS, type) ? MEANINGS[type] : undefined;
  return { name: type, connectionId, meaning: key && { key, params: { direction, ...codeOf(message) } } };
}

function readSignal(direction: 'out' | 'in', signal: unknown, connectionId: string | undefined): WireReading {
  if (!isRecord(signal)) return { name: 'signal', connectionId, meaning: undefined };
  const { kind } = signal;
  if (kind === 'description' && isRecord(signal['description'])) {
    const type = String(signal['description']['type']);
    const key =
      type === 'offer'
        ? direction === 'out'
          ? 'offer-made'
          : 'offer-received'
        : direction === 'out'
          ? 'answer-made'
          : 'answer-received';
    return { name: type, connectionId, meaning: { key, params: { direction } } };
  }
  if (kind === 'candidate') {
    const key =
      signal['candidate'] === null
        ? 'gathering-done'
        : direction === 'out'
          ? 'local-candidate-found'
          : 'remote-candidate-received';
    return { name: 'candidate', connectionId, meaning: { key, params: { direction } } };
  }
  return { name: String(kind), connectionId, meaning: { key: 'ice-restarted', params: { direction } } };
}

function readMediaSignal(signal: unknown): WireReading {
  const kind = isRecord(signal) ? String(signal['kind']) : 'media-signal';
  const keys: Readonly<Record<string, MeaningKey>> = {
    offer: 'offer-made',
    answer: 'answer-received',
    refused: 'server-refused',
  };
  const params = isRecord(signal) ? codeOf(signal) : {};
  return { name: kind, connectionId: SERVER_ID, meaning: { key: keys[kind] ?? 'ice-restarted', params } };
}

function readMediaMode(media: unknown): WireReading {
  const { way, stage } = isRecord(media) ? media : {};
  const key = stage === 'moving' ? 'media-moves' : 'media-settled';
  return { name: 'media-mode', connectionId: undefined, meaning: { key, params: { way: String(way) } } };
}

function connectionOf(message: Record<string, unknown>): string | undefined {
  for (const key of ['to', 'from', 'connection']) {
    const value = message[key];
    if (typeof value === 'string') return value;
    if (isRecord(value) && typeof value['id'] === 'string') return value['id'];
  }
  return undefined;
}

function codeOf(message: Record<string, unknown>): Record<string, string> {
  const { code, reason } = message;
  return { ...(typeof code === 'string' && { code }), ...(typeof reason === 'string' && { reason }) };
}
