import type { Socket } from 'node:net';

/** Where the bytes of one direction are counted: how long to rest before reading on, in ms. */
export type Meter = (bytes: number) => number;

/**
 * Joins two connections (RFC 6062 §5.4): what comes by one leaves by the other, and no faster than it is taken. When one ends,
 * so does the other, after what was read before.
 */
export function splice(client: Socket, peer: Socket, sent: Meter, received: Meter): void {
  pump(client, peer, sent);
  pump(peer, client, received);
}

function pump(from: Socket, to: Socket, meter: Meter): void {
  let resting: NodeJS.Timeout | undefined;
  from.on('data', (bytes: Buffer) => {
    if (to.destroyed) return;
    const restMs = meter(bytes.length);
    const isFull = !to.write(bytes);
    if (!isFull && restMs <= 0) return;
    from.pause();
    if (restMs > 0) {
      clearTimeout(resting);
      resting = setTimeout(() => {
        resting = undefined;
        if (!to.writableNeedDrain) from.resume();
      }, restMs);
    }
  });
  to.on('drain', () => {
    if (!resting) from.resume();
  });
  from.on('end', () => to.end());
  from.on('close', () => {
    clearTimeout(resting);
    to.destroySoon();
  });
  from.resume();
}
