import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Lab, type LabNat, SERVER } from './lab.js';
import { missingForLab, titled } from './requirements.js';
import { LabCertificate, startTurnServer, TURN_USER } from './turn-server.js';

const MARU = join(import.meta.dirname, '../../../packages/cli/bin/maru.js');

interface Answer {
  readonly status: number;
  readonly udp?: string;
  readonly nat?: { readonly mapping?: string; readonly filtering?: string };
  readonly conclusions: readonly { readonly code: string }[];
  readonly servers: readonly { readonly outcome: string; readonly mapped?: { readonly address: string } }[];
}

/** `maru nat` as somebody on a host of the lab would run it. */
async function ask(lab: Lab, host: 'a' | 'b', certificate: LabCertificate, servers: readonly string[]): Promise<Answer> {
  const args = [MARU, 'nat', '--json', '--username', TURN_USER.username, ...servers.flatMap((url) => ['--server', url])];
  const env = { ...certificate.env, MARU_TURN_CREDENTIAL: TURN_USER.credential };
  const child = lab.spawn(host, process.execPath, args, { env, isQuiet: true });
  const [output, [status]] = await Promise.all([text(child.stdout!), once(child, 'exit') as Promise<[number]>]);
  return { ...(JSON.parse(output) as Omit<Answer, 'status'>), status };
}

describe.skipIf(missingForLab() !== undefined)(titled('maru nat on real hosts'), () => {
  let certificate: LabCertificate;
  let lab: Lab | undefined;

  beforeAll(() => {
    certificate = new LabCertificate();
  });
  afterEach(() => lab?.down());
  afterAll(() => certificate.remove());

  async function askBoth(a: LabNat, b: LabNat, servers: readonly string[]): Promise<readonly [Answer, Answer]> {
    lab = await Lab.up({ a, b });
    await startTurnServer(lab, certificate);
    return Promise.all([ask(lab, 'a', certificate, servers), ask(lab, 'b', certificate, servers)]);
  }

  test('knows an open network and a NAT that lets everybody in', async () => {
    const [none, cone] = await askBoth('none', 'full-cone', [`stun:${SERVER.first}`]);
    expect(none).toMatchObject({ status: 0, udp: 'works', nat: { mapping: 'direct' } });
    expect(cone).toMatchObject({
      status: 0,
      nat: { mapping: 'endpoint-independent', filtering: 'endpoint-independent' },
    });
  });

  test('knows a NAT that filters and one that is symmetric, and what follows', async () => {
    const [restricted, symmetric] = await askBoth('port-restricted', 'symmetric', [
      `stun:${SERVER.first}`,
      `turn:${SERVER.first}`,
    ]);
    expect(restricted).toMatchObject({
      status: 0,
      nat: { mapping: 'endpoint-independent', filtering: 'address-and-port-dependent' },
    });
    expect(symmetric).toMatchObject({ status: 0, nat: { mapping: 'address-and-port-dependent' } });
    expect(symmetric.conclusions.map(({ code }) => code)).toEqual(expect.arrayContaining(['symmetric', 'relay']));
  });

  test('asks a stuns: server over TLS, where UDP is blocked as well', async () => {
    lab = await Lab.up({ a: 'udp-blocked', b: 'none' });
    await startTurnServer(lab, certificate);
    const { servers } = await ask(lab, 'a', certificate, [`stuns:${SERVER.first}:5349`]);
    expect(servers).toMatchObject([{ outcome: 'ok', mapped: { address: '203.0.113.101' } }]);
  });

  test('knows that UDP is blocked, and whether TURN over TLS gets around it', async () => {
    const [blocked] = await askBoth('udp-blocked', 'udp-blocked', [`stun:${SERVER.first}`]);
    expect(blocked).toMatchObject({ status: 1, udp: 'blocked' });
    const withTurn = await ask(lab!, 'b', certificate, [`turns:${SERVER.first}:5349`]);
    expect(withTurn.status).toBe(0);
    expect(withTurn.conclusions.map(({ code }) => code)).toContain('relay');
  });
});
