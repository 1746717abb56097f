/** Which input a problem is about. */
export type Device = 'camera' | 'microphone';

/** Why a camera or microphone is not there, by who can do something about it. */
export type MediaProblemType =
  /** The person, or a rule they once made, said no to this page. */
  | 'refused'
  /** The operating system keeps the device from the browser. */
  | 'system-refused'
  /** The browser's question was closed without an answer. */
  | 'dismissed'
  /** Another program has the device. */
  | 'in-use'
  /** No such device is plugged in. */
  | 'missing'
  /** The page is not a secure context, so the browser shows no devices at all. */
  | 'insecure'
  /** It was there and did not start, or went away. */
  | 'failed';

export interface MediaProblem {
  readonly type: MediaProblemType;
  /** The browser's own words, for the details. */
  readonly detail: string;
}

/** What `getUserMedia` rejected with (W3C mediacapture-streams, "getUserMedia"), as a problem. */
export function problemOf(error: unknown): MediaProblem {
  const name = error instanceof Error ? error.name : '';
  const message = error instanceof Error ? error.message : String(error);
  return { type: typeOf(name, message), detail: name ? `${name}: ${message}` : message };
}

function typeOf(name: string, message: string): MediaProblemType {
  switch (name) {
    case 'NotAllowedError':
      // Chromium tells these apart in the message alone; other browsers say neither.
      if (/dismissed/i.test(message)) return 'dismissed';
      return /system/i.test(message) ? 'system-refused' : 'refused';
    case 'SecurityError':
      return 'refused';
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'AbortError':
      return /start|alloc|in use|busy/i.test(message) || name === 'NotReadableError' ? 'in-use' : 'failed';
    default:
      return 'failed';
  }
}

export const INSECURE: MediaProblem = { type: 'insecure', detail: 'navigator.mediaDevices is missing: not a secure context' };
