// What is said to Janus in its JSON API about a videoroom, and what its answers mean. Nothing here knows how it gets there.

export const PLUGIN = 'janus.plugin.videoroom';

/** The room, and the one publisher in it: both sides of the benchmark agree on them. */
export const ROOM = 1;
export const FEED = 7;

/** Of a room with one publisher of VP8 and Opus, whom nobody asks to send less. */
export const ROOM_OPTIONS = { publishers: 1, bitrate: 0, audiocodec: 'opus', videocodec: 'vp8' };

/** @typedef {{ type: 'offer' | 'answer', sdp: string }} Jsep */

export const createSession = () => ({ janus: 'create' });
export const attach = () => ({ janus: 'attach', plugin: PLUGIN });
export const detach = () => ({ janus: 'detach' });

const message = (body, jsep) => ({ janus: 'message', body, ...(jsep && { jsep }) });

export const createRoom = () => message({ request: 'create', room: ROOM, ...ROOM_OPTIONS });

/** Comes into the room and sends; answered by an event with Janus's answer. @param {string} sdp the offer */
export const publish = (sdp) =>
  message({ request: 'joinandconfigure', ptype: 'publisher', room: ROOM, id: FEED }, { type: 'offer', sdp });

/** Wants what the publisher sends; answered by an event with Janus's offer. */
export const subscribe = () => message({ request: 'join', ptype: 'subscriber', room: ROOM, streams: [{ feed: FEED }] });

/** The answer to that offer: from now on media comes. @param {string} sdp */
export const start = (sdp) => message({ request: 'start' }, { type: 'answer', sdp });

/** Asks for next to nothing: answered at once. */
export const roomExists = () => message({ request: 'exists', room: ROOM });

/**
 * One message of Janus:
 * - `pending`: it was understood; what comes of it follows as an event with the same transaction,
 * - `done`: what was asked for, at once or by an event,
 * - `refused`: by Janus or by the videoroom,
 * - `connected`, `gone`: the connection of a handle is up, or over,
 * - `unasked`: anything else, a keep-alive for one.
 * @typedef {{ type: 'pending', transaction: string }
 *   | { type: 'done', transaction: string, data: Record<string, unknown>, jsep?: Jsep }
 *   | { type: 'refused', transaction: string | undefined, reason: string }
 *   | { type: 'connected', handle: number }
 *   | { type: 'gone', handle: number, reason: string }
 *   | { type: 'unasked', name: string }} Reply
 */

/** @param {unknown} value @returns {Reply} */
export function readReply(value) {
  const { janus, transaction, sender, data, plugindata, jsep, error, reason } = value ?? {};
  switch (janus) {
    case 'ack':
      return { type: 'pending', transaction };
    case 'error':
      return { type: 'refused', transaction, reason: `${error?.reason} (${error?.code})` };
    case 'success':
    case 'event': {
      const told = plugindata?.data ?? data ?? {};
      if (told.error_code !== undefined) return { type: 'refused', transaction, reason: `${told.error} (${told.error_code})` };
      if (transaction === undefined) return { type: 'unasked', name: String(told.videoroom ?? janus) };
      return { type: 'done', transaction, data: told, ...(jsep && { jsep }) };
    }
    case 'webrtcup':
      return { type: 'connected', handle: sender };
    case 'hangup':
      return { type: 'gone', handle: sender, reason: String(reason) };
    default:
      return { type: 'unasked', name: String(janus) };
  }
}
