import { INVALID_RECORDS, nominatingCheck, unaskedSuccess, validClientHellos } from '@maru/interop/attack';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Call, type CallOptions, type Saying } from './call.js';
import { Lab } from './lab.js';
import { missingForLab, titled } from './requirements.js';
import { type Endpoint, Spoofer } from './spoofer.js';

const ADDRESS = { a: '10.1.0.2', b: '10.2.0.2' } as const;
const OTHER = { a: 'b', b: 'a' } as const;

/** The UDP port of a host candidate that somebody signals. */
function portIn({ candidate }: Saying): number | undefined {
  const text = (candidate as { candidate?: string } | null | undefined)?.candidate ?? '';
  const port = / udp \d+ 10\.\d\.0\.2 (\d+) typ host/i.exec(text)?.[1];
  return port === undefined ? undefined : Number(port);
}

describe.skipIf(missingForLab() !== undefined)(titled('an attacker who sends from others’ addresses'), () => {
  let lab: Lab;
  let spoofer: Spoofer;

  beforeEach(async () => {
    lab = await Lab.up({ a: 'none', b: 'none' });
    spoofer = new Spoofer(lab);
  });
  afterEach(() => lab.down());

  test('S-29: ClientHellos as if from the peer’s host, from before ICE on: the call connects and carries', async () => {
    const valid = await validClientHellos(INVALID_RECORDS.length);
    const packets = INVALID_RECORDS.flatMap((invalid, i) => [valid[i]!, invalid]);
    const sprays: Promise<void>[] = [];
    const overhear: CallOptions['overhear'] = (from, saying) => {
      const port = portIn(saying);
      if (port === undefined) return;
      const source: Endpoint = [ADDRESS[OTHER[from]], 40_000];
      sprays.push(spoofer.send(source, [ADDRESS[from], port], packets, { times: 100, perSecond: 200 }));
    };
    const call = await Call.connect(lab, {}, { overhear });
    expect(sprays).toHaveLength(2);
    expect(await call.echo(100_000)).toBe(true);
    await Promise.all(sprays);
    expect(await call.echo(100_000)).toBe(true);
  });

  describe('and who knows the very ports', () => {
    let call: Call;
    let a: Endpoint;
    let b: Endpoint;
    /** User names of checks to a and to b. */
    let toA: string;
    let toB: string;

    beforeEach(async () => {
      call = await Call.connect(lab, {});
      const { localPort, remotePort, localUfrag, remoteUfrag } = await call.selectedPair();
      a = [ADDRESS.a, localPort];
      b = [ADDRESS.b, remotePort];
      [toA, toB] = [`${localUfrag}:${remoteUfrag}`, `${remoteUfrag}:${localUfrag}`];
    });

    test.each<[string, () => Promise<{ toA: Uint8Array[]; toB: Uint8Array[] }>]>([
      [
        'S-20: checks without MESSAGE-INTEGRITY, and with a guessed key',
        async () => {
          const checks = (name: string): Uint8Array[] => [
            nominatingCheck(name),
            nominatingCheck(name, 'x'.repeat(22)),
            unaskedSuccess(),
            unaskedSuccess('x'.repeat(22)),
          ];
          return { toA: checks(toA), toB: checks(toB) };
        },
      ],
      [
        'S-29, S-36: ClientHellos, alerts and records in the clear',
        async () => {
          const packets = [...INVALID_RECORDS, ...(await validClientHellos(4))];
          return { toA: packets, toB: packets };
        },
      ],
    ])('%s change nothing', async (_what, make) => {
      const packets = await make();
      const before = await call.selectedPair();
      await spoofer.send(b, a, packets.toA, { times: 300 });
      await spoofer.send(a, b, packets.toB, { times: 300 });
      expect(await call.echo(100_000)).toBe(true);
      const after = await call.selectedPair();
      expect({ ...after, rttMs: 0 }).toEqual({ ...before, rttMs: 0 });
    });
  });
});
