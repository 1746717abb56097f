import { type GeneratedCertificate, generateCertificateSync } from '@maru/node';
import { expect, test } from 'vitest';
import { CertificateStock } from './certificate-stock.js';

/** Counts what is made where; time is what the test says. */
class Maker {
  atOnce: GeneratedCertificate[] = [];
  beforehand: GeneratedCertificate[] = [];
  nowMs = 0;
  fails = false;

  now(): GeneratedCertificate {
    const made = generateCertificateSync();
    this.atOnce.push(made);
    return made;
  }

  async ahead(): Promise<GeneratedCertificate> {
    if (this.fails) throw new Error('no entropy');
    const made = generateCertificateSync();
    this.beforehand.push(made);
    return made;
  }

  wallNow(): number {
    return this.nowMs;
  }

  later(task: () => void): void {
    task();
  }
}

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

test('nothing is made before it is needed, the second is ready, and none is given out twice', async () => {
  const maker = new Maker();
  const stock = new CertificateStock(maker);
  await settled();
  expect(maker.beforehand).toEqual([]);
  const first = stock.take();
  await settled();
  const second = stock.take();
  const third = stock.take();
  expect([first, third]).toEqual(maker.atOnce);
  expect(second).toBe(maker.beforehand[0]);
  expect(new Set([first, second, third]).size).toBe(3);
});

test('one that was made a day ago is not given out', async () => {
  const maker = new Maker();
  const stock = new CertificateStock(maker);
  stock.take();
  await settled();
  maker.nowMs += 24 * 3_600_000;
  expect(stock.take()).toBe(maker.atOnce[1]);
});

test('where making one ahead fails, one is made at once', async () => {
  const maker = new Maker();
  maker.fails = true;
  const stock = new CertificateStock(maker);
  stock.take();
  await settled();
  expect(stock.take()).toBe(maker.atOnce[1]);
});
