import { type ClientOpening, PollResponse, SIGNALING_PATHS, validate } from '@maru/signaling';
import type { Carrier, CarrierListener } from './carrier.js';
import { HttpChannel } from './http-channel.js';

/** The server answers a waiting poll well before this. */
const POLL_TIMEOUT_MS = 90_000;

/** Long polling: works wherever plain HTTP requests do, through proxies that hold back every stream. */
export function openPolling(serverUrl: URL, opening: ClientOpening, listener: CarrierListener): Carrier {
  let received = 0;
  const channel = new HttpChannel(serverUrl, {
    answered: (answer) => listener.answered(answer),
    failed: (why) => listener.failed(why),
    frame: (frame) => {
      received = Math.max(received, numberOf(frame));
      listener.frame(frame);
    },
  });
  void channel.open(opening, () => void poll());
  if (opening.type === 'resume') received = opening.received;

  async function poll(): Promise<void> {
    while (!channel.signal.aborted) {
      const response = await channel.post(SIGNALING_PATHS.poll, { ack: received }, POLL_TIMEOUT_MS);
      if (response === undefined) return;
      const checked = validate(PollResponse, response);
      if (!checked.ok) return channel.fail(`the answer to poll is not one: ${checked.invalid.detail}`);
      const { frames, ack, closed } = checked.value;
      for (const frame of frames) {
        received = Math.max(received, numberOf(frame));
        listener.frame(frame);
      }
      channel.answered(ack, closed);
    }
  }

  return { send: (frames) => channel.send(frames), close: (lastWords) => channel.close(lastWords) };
}

function numberOf(frame: unknown): number {
  return typeof frame === 'object' && frame !== null && 'seq' in frame && typeof frame.seq === 'number' ? frame.seq : 0;
}
