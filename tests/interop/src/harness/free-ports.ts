import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems give to whoever asks for any: none of these is taken between being found and being used. */
const RANGE = [20_000, 32_000] as const;

/** Ports that nobody has, neither of UDP nor of TCP. */
export async function freePorts(count: number): Promise<number[]> {
  const held: Held[] = [];
  while (held.length < count) {
    const found = await hold(randomInt(...RANGE));
    if (found) held.push(found);
  }
  for (const { release } of held) release();
  return held.map(({ port }) => port);
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port!;
}

interface Held {
  readonly port: number;
  release(): void;
}

/** Undefined where somebody has it. */
async function hold(port: number): Promise<Held | undefined> {
  const stream = createServer();
  const datagram = createSocket('udp6');
  const release = (): void => {
    stream.close();
    datagram.close();
  };
  try {
    await once(stream.listen(port, '::'), 'listening');
    datagram.bind(port, '::');
    await once(datagram, 'listening');
    return { port, release };
  } catch (error) {
    release();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    return undefined;
  }
}
