import { ERROR_CODES } from '@maru/signaling';
import { describe, expect, test } from 'vitest';
import { HallError } from '../halls/api.js';
import { en } from '../i18n/en.js';
import { ko } from '../i18n/ko.js';
import { browserOf } from '../media/browser.js';
import type { MediaProblemType } from '../media/problem.js';
import { mediaProblem, problemOfError } from './problem.js';

const browser = browserOf('Firefox/153.0');

test('every code of the server gives a sentence, a reason and a button, and no sentence has a code in it', () => {
  for (const words of [en, ko]) {
    for (const code of Object.keys(ERROR_CODES)) {
      const problem = problemOfError(words, new HallError(code, 'as the server said', 'r-1'));
      expect(problem.action, code).toBeDefined();
      expect(problem.sentence + problem.why).not.toContain('/');
      expect(problem.details).toEqual({ code, id: 'r-1', text: 'as the server said' });
    }
  }
});

test('an error of no known kind is still told', () => {
  expect(problemOfError(en, new TypeError('x is undefined'))).toMatchObject({
    sentence: en.problems.unknown,
    details: { code: 'app/unknown', text: 'x is undefined' },
  });
  expect(problemOfError(en, 'boom').details?.text).toBe('boom');
});

describe('camera and microphone', () => {
  const problem = (type: MediaProblemType) => ({ type, detail: 'NotAllowedError: no' });

  test('nothing wrong says nothing', () => {
    expect(mediaProblem(en, browser, undefined, undefined)).toBeUndefined();
  });

  test('a refusal explains how this very browser gives permission back', () => {
    const told = mediaProblem(en, browser, problem('refused'), problem('refused'));
    expect(told?.sentence).toBe(en.problems.bothRefused);
    expect(told?.steps).toEqual({ title: 'In Firefox', list: en.permission.firefoxDesktop });
  });

  test('one missing device is named, two are told in one sentence', () => {
    expect(mediaProblem(en, browser, problem('missing'), undefined)?.sentence).toBe(en.problems.noCamera);
    expect(mediaProblem(en, browser, undefined, problem('missing'))?.sentence).toBe(en.problems.noMicrophone);
    expect(mediaProblem(en, browser, problem('missing'), problem('missing'))?.sentence).toBe(en.problems.noDevices);
  });

  test('an insecure page offers the secure one', () => {
    expect(mediaProblem(en, browser, problem('insecure'), problem('insecure'))?.action?.does).toBe('open-secure');
  });
});
