import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Browser, launch, type Tab } from '../harness/browser.js';
import { EmptyPage, echoed, inPage, NodeSide, opened } from '../harness/data-page.js';
import { AttackerSocket } from './attacker-socket.js';
import { INVALID_RECORDS, validClientHellos } from './client-hellos.js';
import { type Described, described, onlyReachableAt } from './live-call.js';
import { nominatingCheck } from './stun-checks.js';

describe('a call with Chromium that a stranger meddles with', () => {
  let page: EmptyPage;
  let browser: Browser;
  let tab: Tab;
  let node: NodeSide;
  let attacker: AttackerSocket;
  let us: Described;

  beforeAll(async () => {
    page = await EmptyPage.serve();
    browser = await launch('chromium');
  });

  afterAll(async () => {
    await browser.close();
    page.close();
  });

  beforeEach(async () => {
    tab = await page.openIn(browser);
    node = new NodeSide();
    attacker = await AttackerSocket.open('0.0.0.0');
  });

  afterEach(async () => {
    attacker.close();
    node.pc.close();
    await tab.close();
  });

  /** Negotiates, either side offering; `before` runs when our sockets are open and the page does not know of us yet. */
  async function negotiate(offerer: 'node' | 'page', before: () => Promise<void>): Promise<void> {
    if (offerer === 'page') {
      await node.pc.setRemoteDescription({ type: 'offer', sdp: await theirs() });
    }
    const own = onlyReachableAt(await node.describe());
    us = described(own);
    await before();
    await tab.evaluate(inPage.apply, [offerer === 'node' ? 'offer' : 'answer', own]);
    if (offerer === 'node') {
      await node.pc.setRemoteDescription({ type: 'answer', sdp: await theirs() });
    }
  }

  /** The page's description with one address, as ours has, so that nobody but an attacker could change the pair. */
  const theirs = async (): Promise<string> => onlyReachableAt(await tab.evaluate(inPage.describe, undefined));

  const selected = (): unknown => {
    const pair = node.pc.sctp!.transport.iceTransport.getSelectedCandidatePair();
    return [pair?.local.port, pair?.remote.address, pair?.remote.port];
  };

  test.each(['node', 'page'] as const)(
    'S-29: ClientHellos from elsewhere, before and during set-up by the %s: it opens',
    async (offerer) => {
      const valid = await validClientHellos(INVALID_RECORDS.length);
      const packets = INVALID_RECORDS.flatMap((invalid, i) => [valid[i]!, invalid]);
      const own = node.pc.createDataChannel('chat');
      if (offerer === 'page') await tab.evaluate(inPage.open, ['theirs', undefined]); // so that it has something to offer
      await negotiate(offerer, async () => {
        attacker.spray(packets, [us], 100);
        for (const packet of packets) await attacker.send(packet, us);
      });
      await opened(own);
      expect(await echoed(own, 'hello')).toBe('hello');
      await attacker.sprayed(10);
      expect(await echoed(own, 'and again')).toBe('and again');
      expect(node.pc.connectionState).toBe('connected');
      expect(attacker.replies.dtls).toBe(0);
      expect(attacker.receivedBytes).toBeLessThanOrEqual(attacker.sentBytes);
    },
  );

  test('S-20: checks without the password, from elsewhere: no answer, the pair stays, the call goes on', async () => {
    const channel = node.pc.createDataChannel('chat');
    await negotiate('node', async () => {});
    await opened(channel);
    await echoed(channel, 'hello');
    const before = selected();
    const theirs = /a=ice-ufrag:(\S+)/.exec(node.pc.remoteDescription!.sdp)![1];
    for (let i = 0; i < 100; i++) {
      await attacker.send(nominatingCheck(`${us.ufrag}:${theirs}`), us);
      await attacker.send(nominatingCheck(`${us.ufrag}:${theirs}`, 'x'.repeat(22)), us);
      await attacker.send(nominatingCheck(`${us.ufrag}:nobody`, us.password), us);
    }
    for (let i = 0; i < 3; i++) await echoed(channel, 'still there');
    expect(selected()).toEqual(before);
    expect(attacker.receivedBytes).toBe(0);
  });
});
