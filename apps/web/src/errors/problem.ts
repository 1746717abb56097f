import type { Dictionary } from '../i18n/index.js';
import type { Browser } from '../media/browser.js';
import type { Device, MediaProblem } from '../media/problem.js';

/** What a button under a problem does. */
export type ProblemAction = 'retry' | 'join-without' | 'open-secure' | 'start-new' | 'reload' | 'dismiss';

/** A problem as it is told to a person: what happened, why it may be, what to do, and a button that does it. */
export interface Problem {
  readonly sentence: string;
  readonly why: string;
  /** What to do by hand where no button can, one step each. */
  readonly steps?: { readonly title: string; readonly list: readonly string[] };
  readonly action?: { readonly label: string; readonly does: ProblemAction };
  /** For the fold: a code, an id that the server's log has, and the words of whoever refused. */
  readonly details?: { readonly code: string; readonly id?: string | undefined; readonly text: string };
}

/** What is wrong with camera and microphone, in the words of `words`; undefined when nothing is. */
export function mediaProblem(
  words: Dictionary,
  browser: Browser,
  camera: MediaProblem | undefined,
  microphone: MediaProblem | undefined,
): Problem | undefined {
  const problem = camera ?? microphone;
  if (!problem) return undefined;
  const both = camera !== undefined && microphone !== undefined && camera.type === microphone.type;
  const which = both ? 'both' : camera ? 'camera' : 'microphone';
  return { ...describe(words, browser, problem, which), details: { code: `media/${problem.type}`, text: problem.detail } };
}

function describe(words: Dictionary, browser: Browser, problem: MediaProblem, which: Device | 'both'): Problem {
  const { problems } = words;
  const retry = { label: problems.tryAgain, does: 'retry' } as const;
  const device = which === 'both' ? problems.device : problems[which];
  switch (problem.type) {
    case 'refused': {
      const sentences = { both: problems.bothRefused, camera: problems.cameraRefused, microphone: problems.microphoneRefused };
      const { permission } = words;
      return {
        sentence: sentences[which],
        why: problems.refusedWhy,
        steps: { title: permission.title(permission[browser.name]), list: permission[browser.guide] },
        action: retry,
      };
    }
    case 'system-refused':
      return { sentence: problems.systemRefused, why: problems.systemRefusedWhy, action: retry };
    case 'dismissed':
      return { sentence: problems.dismissed, why: problems.dismissedWhy, action: retry };
    case 'in-use':
      return { sentence: problems.inUse(device), why: problems.inUseWhy, action: retry };
    case 'missing': {
      const sentences = { both: problems.noDevices, camera: problems.noCamera, microphone: problems.noMicrophone };
      return { sentence: sentences[which], why: problems.noDevicesWhy, action: { label: problems.checkAgain, does: 'retry' } };
    }
    case 'insecure':
      return {
        sentence: problems.insecure,
        why: problems.insecureWhy,
        action: { label: problems.openSecure, does: 'open-secure' },
      };
    case 'failed':
      return { sentence: problems.failed(device), why: problems.failedWhy, action: retry };
  }
}

/** What an error on the way into a hall, or in it, means to a person. */
export function problemOfError(words: Dictionary, error: unknown): Problem {
  const { code, text, id } = detailsOf(error);
  return { ...describeCode(words, code), details: { code, id, text } };
}

/** What a code means to a person: the codes of the server (`ERROR_CODES` of @maru/signaling) and of the SDK. */
function describeCode(words: Dictionary, code: string): Problem {
  const { problems } = words;
  const retry = { label: problems.tryAgain, does: 'retry' } as const;
  const startNew = { label: problems.startNew, does: 'start-new' } as const;
  switch (code) {
    case 'session/full':
      return { sentence: problems.sessionFull, why: problems.sessionFullWhy, action: retry };
    case 'session/ended':
      return { sentence: problems.sessionGone, why: problems.sessionGoneWhy, action: startNew };
    case 'session/not-found':
      return { sentence: problems.noSuchHall, why: problems.noSuchHallWhy, action: startNew };
    case 'media/worker-full':
    case 'media/worker-overloaded':
    case 'media/session-full':
    case 'media/draining':
      return { sentence: problems.mediaBusy, why: problems.mediaBusyWhy, action: retry };
    case 'token/expired':
      return { sentence: problems.tokenExpired, why: problems.tokenExpiredWhy, action: retry };
    case 'token/already-used':
      return { sentence: problems.alreadyUsed, why: problems.alreadyUsedWhy, action: retry };
    case 'signaling/unreachable':
    case 'signaling/grace-expired':
    case 'server/restarting':
    case 'request/unavailable':
      return { sentence: problems.unreachable, why: problems.unreachableWhy, action: retry };
    case 'request/too-many':
    case 'session/limit':
    case 'connection/flood':
      return { sentence: problems.tooMany, why: problems.tooManyWhy, action: retry };
    case 'protocol/unsupported-version':
      return { sentence: problems.unknown, why: problems.unknownWhy, action: { label: problems.reload, does: 'reload' } };
    case 'app/unknown':
      return { sentence: problems.unknown, why: problems.unknownWhy, action: retry };
    default:
      return { sentence: problems.refused, why: problems.refusedWhy2, action: retry };
  }
}

function detailsOf(error: unknown): { code: string; text: string; id: string | undefined } {
  if (!(error instanceof Error)) return { code: 'app/unknown', text: String(error), id: undefined };
  return {
    code: 'code' in error && typeof error.code === 'string' ? error.code : 'app/unknown',
    text: error.message,
    id: 'requestId' in error && typeof error.requestId === 'string' ? error.requestId : undefined,
  };
}
