import { type RunningServer, startServer } from '@maru/server';
import type { HallLink } from '../hall-link.js';

/** A server in this process, media server and all, and halls on it. */
export class TestHalls {
  private constructor(private readonly server: RunningServer) {}

  static async start(): Promise<TestHalls> {
    const media = { workers: 0, udpPort: 0, addresses: [{ bind: '0.0.0.0' }] };
    return new TestHalls(await startServer({ port: 0, host: '127.0.0.1', turn: null, media }));
  }

  /** A hall of its own, whose media travels so. */
  async open(mode: 'sfu' | 'auto'): Promise<HallLink> {
    const server = new URL(`http://127.0.0.1:${this.server.port}/`);
    const made = await fetch(new URL('/app/halls', server), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ mode }),
    });
    const { hall } = (await made.json()) as { hall: string };
    return { server, hall };
  }

  close(): Promise<void> {
    return this.server.close();
  }
}
