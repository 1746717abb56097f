import { type RunningServer, terminalQrCode } from '@maru/server';
import type { CommandIo } from '../command-io.js';

/** What a person wants to know of a server that has just started. */
export async function describeServer(server: RunningServer, io: Pick<CommandIo, 'isTerminal'>): Promise<string> {
  const { links, apiKeyFile, certificate } = server;
  const lines = ['', '  Maru 마루 is open', '', `  On this machine     ${links.local}`];
  for (const [index, link] of links.network.entries())
    lines.push(`  ${index === 0 ? 'On this network   ' : '                  '}  ${link}`);
  if (links.public) lines.push(`  For everybody       ${links.public}`);
  const shared = links.public ?? links.network[0];
  if (shared && io.isTerminal) {
    const code = await terminalQrCode(shared);
    lines.push('', ...code.split('\n').map((line) => `  ${line}`), '', `  Scan it with the phone beside you: ${shared}`);
  }
  if (certificate.kind === 'own') {
    lines.push(
      '',
      '  Browsers warn once, since this server made its certificate itself. Go on past the warning, or, to have none,',
      `  trust this server's authority on each device: ${links.local}app/trust (file: ${certificate.authorityFile}).`,
    );
  }
  lines.push('', `  Reachable on the one port ${server.port}: the web app, REST and docs at ${links.local}docs, signaling.`);
  if (server.wantsRelay)
    lines.push(`  Its relay (STUN and TURN, UDP and TCP) connects those whose networks let nothing else through.`);
  if (server.wantsMedia) lines.push(`  Its media server forwards calls of many over UDP; watch it at ${links.local}media.html.`);
  if (links.network.length === 0 && !links.public) lines.push('  No network address was found: only this machine reaches it.');
  lines.push(apiKeyFile ? `  Your API key is in ${apiKeyFile}` : '  Your API key is the one that you set.');
  lines.push('  Stop it with Ctrl+C.', '');
  return lines.join('\n');
}
