import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, type BrowserName, launch } from './browser.js';
import { flows, RECORD_PEER_CONNECTIONS } from './media.js';

// The ground that all tests here stand on: both browsers start, have fake devices, and see what they send themselves.
describe.each<BrowserName>(['chromium', 'firefox'])('%s', (name) => {
  let page: Server;
  let browser: Browser;

  beforeAll(async () => {
    page = createServer((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<button data-testid="b">b</button>'),
    );
    await new Promise<void>((listening) => page.listen(0, '127.0.0.1', listening));
    browser = await launch(name, { prelude: RECORD_PEER_CONNECTIONS });
  });

  afterAll(async () => {
    await browser.close();
    page.close();
  });

  test('two peer connections in one page exchange sound and moving pictures', async () => {
    const tab = await browser.newTab();
    await tab.goto(`http://localhost:${(page.address() as AddressInfo).port}/`);
    await tab.click('b');
    await tab.evaluate(async () => {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
      const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
      a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate ?? undefined);
      b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate ?? undefined);
      for (const track of stream.getTracks()) a.addTrack(track, stream);
      b.ontrack = ({ streams }) => {
        const video = document.createElement('video');
        video.srcObject = streams[0] ?? null;
        void video.play();
        document.body.append(video);
      };
      await a.setLocalDescription();
      await b.setRemoteDescription(a.localDescription!);
      await b.setLocalDescription();
      await a.setRemoteDescription(b.localDescription!);
    }, undefined);
    await flows(tab, { videos: 1, audios: 1 });
    expect(tab.complaints).toEqual([]);
    await tab.close();
  });
});
