import { type ClientOpening, SIGNALING_PATHS } from '@maru/signaling';
import type { Carrier, CarrierListener } from './carrier.js';
import { EventStreamParser } from './event-stream.js';
import { HttpChannel } from './http-channel.js';
import { parseText } from './parse-text.js';

/**
 * Server-Sent Events down, POST up. Read with fetch rather than EventSource, which could neither send the channel's secret in a header nor be kept
 * from reconnecting behind our back.
 */
export function openServerSentEvents(serverUrl: URL, opening: ClientOpening, listener: CarrierListener): Carrier {
  const channel = new HttpChannel(serverUrl, listener);
  void channel.open(opening, () => void read());

  async function read(): Promise<void> {
    try {
      const response = await fetch(channel.url(SIGNALING_PATHS.events), {
        headers: { accept: 'text/event-stream', ...channel.authorization },
        signal: channel.signal,
        credentials: 'omit',
        cache: 'no-store',
      });
      if (!response.ok || !response.body) return channel.fail(`events answered ${response.status}`);
      await readStream(response.body);
      channel.fail('the event stream ended');
    } catch (error) {
      channel.fail(error instanceof Error ? error.message : String(error));
    }
  }

  async function readStream(body: ReadableStream<Uint8Array>): Promise<void> {
    const parser = new EventStreamParser();
    const decoder = new TextDecoder();
    const reader = body.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      for (const data of parser.push(decoder.decode(part.value, { stream: true }))) {
        const frame = parseText(data);
        if (frame === undefined) return channel.fail('the server sent an event that is not JSON');
        if (!channel.signal.aborted) listener.frame(frame);
      }
      if (parser.overflowed) return channel.fail('the server sent an event that is too long');
    }
  }

  return { send: (frames) => channel.send(frames), close: (lastWords) => channel.close(lastWords) };
}
