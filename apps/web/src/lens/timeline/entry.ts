import type { InspectedConnection, InspectedDescription, InspectionEntry, Meaning } from '@maru/client';

/** How far a step and the description that it is about may lie apart: the browser takes its time to set one. */
const MAX_APART_MS = 5_000;

/** What an entry means, completed by what the entry itself and its connection tell: whom it is about, and which kind of candidate. */
export function completedMeaning(entry: InspectionEntry, connection: InspectedConnection | undefined): Meaning | undefined {
  const { meaning } = entry;
  if (!meaning) return undefined;
  if (entry.name === 'addIceCandidate' && entry.detail === null)
    return { key: 'gathering-done', params: { direction: 'in', ...nameOf(connection) } };
  const kind = / typ (host|srflx|prflx|relay)\b/.exec(textOf(entry.detail))?.[1];
  return {
    key: meaning.key,
    params: { ...nameOf(connection), ...(kind ? { type: kind } : {}), ...meaning.params },
  };
}

function nameOf(connection: InspectedConnection | undefined): Meaning['params'] {
  return connection?.name ? { name: connection.name } : {};
}

/** The description that a step made, sent, received or set: the one of its side and type that lies closest in time. */
export function descriptionOf(
  entry: InspectionEntry,
  connection: InspectedConnection | undefined,
): InspectedDescription | undefined {
  const wanted = wantedDescription(entry);
  if (!wanted || !connection) return undefined;
  const distance = (description: InspectedDescription) => Math.abs(description.atMs - entry.atMs);
  return connection.descriptions
    .filter(({ side, type }) => side === wanted.side && type === wanted.type)
    .filter((description) => distance(description) <= MAX_APART_MS)
    .sort((a, b) => distance(a) - distance(b))[0];
}

function wantedDescription({ kind, name, detail }: InspectionEntry): Pick<InspectedDescription, 'side' | 'type'> | undefined {
  if (kind === 'wire-in' || kind === 'wire-out') {
    const side = kind === 'wire-out' ? 'local' : 'remote';
    return name === 'offer' || name === 'answer' ? { side, type: name } : undefined;
  }
  if (name !== 'setLocalDescription' && name !== 'setRemoteDescription') return undefined;
  const side = name === 'setLocalDescription' ? 'local' : 'remote';
  const type = /"type":"(offer|answer|pranswer)"/.exec(textOf(detail))?.[1];
  return type === 'offer' || type === 'answer' || type === 'pranswer' ? { side, type } : undefined;
}

/** A detail as people read it: JSON with its line breaks as line breaks, a bare text as it is. */
export function formatDetail(detail: InspectionEntry['detail']): string {
  if (typeof detail === 'string') return detail;
  return JSON.stringify(detail, null, 2).replaceAll('\\r\\n', '\n');
}

function textOf(detail: InspectionEntry['detail']): string {
  return typeof detail === 'string' ? detail : (JSON.stringify(detail) ?? '');
}
