import { startServer } from '@maru/server';

/** Runs the command line `argv` (without node and script). Resolves with the exit status once the command is under way. */
export async function main(argv: readonly string[]): Promise<number> {
  const [command = 'start'] = argv;
  if (command !== 'start') {
    console.error(`maru: no command "${command}". Usage: maru start`);
    return 2;
  }
  const port = Number(process.env['MARU_PORT'] ?? 8443);
  const server = await startServer({ port });
  console.log(`Maru is open at http://localhost:${server.port}/`);
  return 0;
}
