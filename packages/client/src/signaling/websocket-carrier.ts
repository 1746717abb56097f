import { CLOSE_CODES, type ClientOpening, SIGNALING_PATHS } from '@maru/signaling';
import type { Carrier, CarrierListener } from './carrier.js';
import { parseText } from './parse-text.js';

/** What stands in for a WebSocket that could not even be made. */
const UNREACHABLE: Carrier = { send() {}, close() {} };

/** Makes a WebSocket, where the runtime's own will not do: one that trusts another authority, in Node.js. */
export type MakeWebSocket = (address: URL) => WebSocket;

/** Policies and extensions may forbid WebSockets; the constructor throws then (WHATWG websockets, "SyntaxError" or "SecurityError"). */
function construct(address: URL, make: MakeWebSocket, listener: CarrierListener): WebSocket | undefined {
  try {
    return make(address);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    queueMicrotask(() => listener.failed(`WebSocket is not allowed here: ${why}`));
    return undefined;
  }
}

/** One WebSocket: the first message is the opening, so that no token stands in an address (RFC 6455 gives no other place for it). */
export function openWebSocket(
  serverUrl: URL,
  opening: ClientOpening,
  listener: CarrierListener,
  make: MakeWebSocket = (address) => new WebSocket(address),
): Carrier {
  const address = new URL(SIGNALING_PATHS.webSocket, serverUrl);
  address.protocol = address.protocol === 'http:' ? 'ws:' : 'wss:';
  const made = construct(address, make, listener);
  if (!made) return UNREACHABLE;
  const socket = made;
  let answered = false;
  socket.onopen = () => socket.send(JSON.stringify(opening));
  socket.onmessage = ({ data }) => {
    const value = parseText(data);
    if (value === undefined) return fail('the server sent something that is not JSON');
    if (answered) listener.frame(value);
    else {
      answered = true;
      listener.answered(value);
    }
  };
  socket.onclose = ({ code, reason }) => fail(`closed with ${code}${reason && `: ${reason}`}`);

  function fail(why: string): void {
    silence();
    socket.close(CLOSE_CODES.normal);
    listener.failed(why);
  }
  function silence(): void {
    socket.onopen = socket.onmessage = socket.onclose = null;
  }

  return {
    send(frames) {
      for (const frame of frames) socket.send(JSON.stringify(frame));
    },
    close(lastWords = []) {
      silence();
      if (socket.readyState === socket.OPEN) for (const frame of lastWords) socket.send(JSON.stringify(frame));
      socket.close(CLOSE_CODES.normal);
    },
  };
}
