import { afterEach, expect, test, vi } from 'vitest';
import type { CarrierListener } from './carrier.js';
import { openWebSocket } from './websocket-carrier.js';

afterEach(() => vi.unstubAllGlobals());

test('where WebSockets are forbidden, the carrier fails as a broken one does, after it was returned', async () => {
  vi.stubGlobal(
    'WebSocket',
    class {
      constructor() {
        throw new DOMException('blocked', 'SecurityError');
      }
    },
  );
  let returned = false;
  const failed = new Promise<string>((resolve) => {
    const listener: CarrierListener = {
      answered() {},
      frame() {},
      failed(why) {
        expect(returned).toBe(true);
        resolve(why);
      },
    };
    const opening = { type: 'resume', protocol: 1, connection: 'c', resumeKey: 'k', received: 0 } as const;
    openWebSocket(new URL('http://localhost/'), opening, listener).close();
    returned = true;
  });
  expect(await failed).toContain('blocked');
});
