/**
 * Carries an answer from the tab in which its link was opened to the tab that waits for it. Both are pages of one origin;
 * pages that are files have no such way, and the person copies the code.
 */
const CHANNEL = 'maru-direct-answer';
/** How long a waiting tab may take to say that it has the answer: long beside what it needs, short for a person. */
const ACK_TIMEOUT_MS = 1_500;

interface Delivery {
  readonly type: 'answer' | 'taken';
  readonly code: string;
}

/** Offers the answer to the other tabs of this page; says whether one of them took it. */
export function deliverAnswer(code: string): Promise<boolean> {
  if (!canDeliver()) return Promise.resolve(false);
  const channel = new BroadcastChannel(CHANNEL);
  return new Promise((resolve) => {
    const finish = (taken: boolean) => {
      clearTimeout(timer);
      channel.close();
      resolve(taken);
    };
    const timer = setTimeout(() => finish(false), ACK_TIMEOUT_MS);
    channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (isDelivery(data) && data.type === 'taken' && data.code === code) finish(true);
    };
    channel.postMessage({ type: 'answer', code } satisfies Delivery);
  });
}

/** Listens for answers from other tabs until the function returned is called. `take` says whether it was of use. */
export function receiveAnswers(take: (code: string) => boolean): () => void {
  if (!canDeliver()) return () => {};
  const channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<unknown>) => {
    if (isDelivery(data) && data.type === 'answer' && take(data.code))
      channel.postMessage({ type: 'taken', code: data.code } satisfies Delivery);
  };
  return () => channel.close();
}

function canDeliver(): boolean {
  return typeof BroadcastChannel === 'function' && location.protocol !== 'file:';
}

function isDelivery(data: unknown): data is Delivery {
  if (typeof data !== 'object' || data === null || !('type' in data) || !('code' in data)) return false;
  return (data.type === 'answer' || data.type === 'taken') && typeof data.code === 'string';
}
