import type { RemoteConnection } from '@maru/client';
import type { Transfer } from '@maru/client/files';

const nobody = async () => {};

/** Somebody with a name and nothing else. */
export function person(id: string, name: string | undefined): RemoteConnection {
  return {
    id,
    name,
    role: 'publisher',
    metadata: {},
    presence: {},
    streams: new Map(),
    away: false,
    path: { state: 'connected', kind: 'direct', restarts: 0 },
    quality: { level: 'good', reasons: [] },
    stats: undefined,
    mute: nobody,
    unpublish: nobody,
    disconnect: nobody,
  };
}

/** A transfer of a 27 MB film to Minji, half arrived, with the given differences. */
export function transfer(change: Partial<Transfer> = {}): Transfer {
  return {
    id: 'tra_1',
    connection: person('con_minji', 'Minji'),
    direction: 'sending',
    name: 'holiday.mp4',
    sizeBytes: 27_000_000,
    mediaType: 'video/mp4',
    state: { name: 'active' },
    bytesDone: 15_000_000,
    bytesDoneRemote: 13_500_000,
    bytesPerSecond: 2_100_000,
    secondsLeft: 7,
    sha256: undefined,
    blob: undefined,
    accept: nobody,
    decline: () => {},
    pause: () => {},
    resume: () => {},
    cancel: () => {},
    ...change,
  };
}
