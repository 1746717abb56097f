import { describe, expect, test } from 'vitest';
import { browserOf } from './browser.js';
import { problemOf } from './problem.js';

const error = (name: string, message: string) => Object.assign(new Error(message), { name });

describe('what getUserMedia says', () => {
  test.each([
    ['NotAllowedError', 'Permission denied', 'refused'],
    ['NotAllowedError', 'Permission dismissed', 'dismissed'],
    ['NotAllowedError', 'Permission denied by system', 'system-refused'],
    ['NotAllowedError', 'The request is not allowed by the user agent or the platform in the current context.', 'refused'],
    ['NotFoundError', 'Requested device not found', 'missing'],
    ['NotFoundError', 'The object can not be found here.', 'missing'],
    ['NotReadableError', 'Could not start video source', 'in-use'],
    ['NotReadableError', 'Failed to allocate videosource', 'in-use'],
    ['AbortError', 'Starting videoinput failed', 'in-use'],
    ['OverconstrainedError', '', 'missing'],
    ['TypeError', 'x', 'failed'],
  ])('%s "%s" is %s', (name, message, type) => {
    expect(problemOf(error(name, message)).type).toBe(type);
  });
});

describe('which browser gives permission back how', () => {
  test.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
      0,
      'chromiumDesktop',
      'chromium',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0',
      0,
      'chromiumDesktop',
      'edge',
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 0, 'firefoxDesktop', 'firefox'],
    ['Mozilla/5.0 (Android 14; Mobile; rv:153.0) Gecko/153.0 Firefox/153.0', 5, 'firefoxAndroid', 'firefox'],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
      0,
      'safariDesktop',
      'safari',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Safari/605.1.15',
      5,
      'safariIos',
      'safari',
    ],
    [
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36',
      5,
      'chromeAndroid',
      'chromium',
    ],
    [
      'Mozilla/5.0 (Linux; Android 14; SM-S921N) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
      5,
      'chromeAndroid',
      'samsung',
    ],
    ['Something/1.0', 0, 'other', 'thisBrowser'],
  ])('%s (touch points %i) → %s', (userAgent, touchPoints, guide, name) => {
    expect(browserOf(userAgent, touchPoints)).toEqual({ guide, name });
  });
});
