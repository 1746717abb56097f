import { startServer } from '../index.js';

const [dataFolder = '', port = '0'] = process.argv.slice(2);
const server = await startServer({ dataFolder, port: Number(port), host: '127.0.0.1' });
process.stdout.write(`${JSON.stringify({ port: server.port, apiKey: server.apiKey })}\n`);
