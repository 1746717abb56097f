import { DEFAULT_LIMITS, startServer } from '../index.js';

const [dataFolder = '', port = '0'] = process.argv.slice(2);
/** So short that clients close their end themselves: what they hold open is no matter of the tests. */
const http = { ...DEFAULT_LIMITS.http, keepAliveMs: 1_000 };
const limits = { ...DEFAULT_LIMITS, http };
const server = await startServer({ dataFolder, port: Number(port), host: '127.0.0.1', limits });
process.stdout.write(`${JSON.stringify({ port: server.port, apiKey: server.apiKey })}\n`);

process.on('message', () => {
  globalThis.gc?.();
  const resources = process.getActiveResourcesInfo();
  const count = (name: RegExp): number => resources.filter((resource) => name.test(resource)).length;
  process.send?.({ heapBytes: process.memoryUsage().heapUsed, sockets: count(/^TCP/), timers: count(/^Timeout$/) });
});
