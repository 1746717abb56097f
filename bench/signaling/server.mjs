// The server under measurement, in a process of its own: `node --expose-gc server.mjs <maru-one|maru-all|ws-one|ws-all>`.
import { createServer } from 'node:http';

const [kind] = process.argv.slice(2);
const API_KEY = 'bench-key-0123456789-abcdefghijklmnopqrstuvwxyz';

/** Maru as it is, but for the limits that a load of this kind exists to exceed. */
async function startMaru() {
  const { boundYoungGeneration, startServer, DEFAULT_CONFIG, DEFAULT_LIMITS } = await import('@maru/server');
  const server = await startServer({
    ...DEFAULT_CONFIG,
    port: 0,
    host: '127.0.0.1',
    apiKeys: [API_KEY],
    limits: {
      ...DEFAULT_LIMITS,
      domain: { ...DEFAULT_LIMITS.domain, connectionsPerSession: 2_000 },
      signaling: { ...DEFAULT_LIMITS.signaling, messagesPerSecond: 1e9, burstMessages: 1e9 },
      openingsPerMinute: 1e9,
      joinsPerMinute: 1e9,
    },
  });
  boundYoungGeneration(); // as `maru start` does
  return server.port;
}

/** The floor: a WebSocket server that sends what it gets back, or on to everybody else. */
async function startBare(toAll) {
  const { WebSocketServer } = await import('ws');
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  sockets.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => {
      if (!toAll) socket.send(data, { binary: isBinary });
      else for (const other of sockets.clients) if (other !== socket) other.send(data, { binary: isBinary });
    }),
  );
  await new Promise((listening) => http.listen(0, '127.0.0.1', listening));
  return http.address().port;
}

process.on('message', (command) => {
  if (command === 'usage') {
    globalThis.gc();
    process.send({ cpu: process.cpuUsage(), memory: process.memoryUsage() });
  } else process.exit(0);
});
process.send({ port: await (kind.startsWith('maru') ? startMaru() : startBare(kind.endsWith('all'))), apiKey: API_KEY });
