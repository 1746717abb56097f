import type { OpenCarrier } from './carrier.js';
import { openPolling } from './polling-carrier.js';
import { openServerSentEvents } from './sse-carrier.js';
import { openWebSocket } from './websocket-carrier.js';

/** The browser's three transports to one server. */
export function carriersTo(serverUrl: URL): OpenCarrier {
  return (transport, opening, listener) => {
    switch (transport) {
      case 'websocket':
        return openWebSocket(serverUrl, opening, listener);
      case 'sse':
        return openServerSentEvents(serverUrl, opening, listener);
      case 'polling':
        return openPolling(serverUrl, opening, listener);
    }
  };
}
