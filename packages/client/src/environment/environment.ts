import type { Clock, RandomSource } from '@maru/protocol/core';
import adapter from 'webrtc-adapter';
import type { OpenCarrier } from '../signaling/carrier.js';
import { carriersTo } from '../signaling/open-carrier.js';

/** Everything of the browser that the SDK takes as given; tests give their own. */
export interface Environment {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly isPhone: boolean;
  readonly userAgent: string;
  createConnection(configuration: RTCConfiguration): RTCPeerConnection;
  /** Without tracks. */
  createStream(): MediaStream;
  /** What pictures can be sent and received in; undefined where that is not told. */
  videoCodecs(direction: 'sending' | 'receiving'): readonly RTCRtpCodec[] | undefined;
  carriersTo(serverUrl: URL): OpenCarrier;
  /** Wall time, milliseconds since 1970. */
  wallTime(): number;
  /** Tells of the network and the page's life until the function returned is called. */
  watch(listener: EnvironmentListener): () => void;
}

export interface EnvironmentListener {
  /** There is a network again, or another one. */
  networkChanged(): void;
  wentOffline(): void;
  /** The page is looked at again. */
  woke(): void;
  /** The page is going away for good. */
  leaving(): void;
}

const clock: Clock = {
  now: () => performance.now(),
  schedule(at, task) {
    const delayMs = Math.min(Math.max(0, Math.ceil(at - performance.now())), 2 ** 31 - 1);
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

const random: RandomSource = {
  fill: (target) => void crypto.getRandomValues(target as Uint8Array<ArrayBuffer>),
  uint32: () => crypto.getRandomValues(new Uint32Array(1))[0]!,
};

/** What browsers have beyond the DOM types: the Network Information API, in Chromium. */
interface NetworkInformation extends EventTarget {
  readonly type?: string;
}

/** The browser that this runs in. webrtc-adapter has evened out its differences by the time this is used. */
export function browserEnvironment(): Environment {
  return {
    clock,
    random,
    isPhone: isPhone(),
    userAgent: `${navigator.userAgent} (${adapter.browserDetails.browser} ${adapter.browserDetails.version ?? '?'})`,
    createConnection: (configuration) => new RTCPeerConnection(configuration),
    createStream: () => new MediaStream(),
    videoCodecs: (direction) => (direction === 'sending' ? RTCRtpSender : RTCRtpReceiver).getCapabilities?.('video')?.codecs,
    carriersTo,
    wallTime: () => Date.now(),
    watch,
  };
}

function isPhone(): boolean {
  const { userAgentData } = navigator as Navigator & { userAgentData?: { readonly mobile: boolean } };
  return userAgentData?.mobile ?? /Android|iPhone|iPad|Mobile/.test(navigator.userAgent);
}

function watch(listener: EnvironmentListener): () => void {
  const { connection } = navigator as Navigator & { connection?: NetworkInformation };
  let type = connection?.type;
  const stop = new AbortController();
  const { signal } = stop;
  addEventListener('online', () => listener.networkChanged(), { signal });
  addEventListener('offline', () => listener.wentOffline(), { signal });
  addEventListener('pageshow', () => listener.woke(), { signal });
  addEventListener('pagehide', (event) => !event.persisted && listener.leaving(), { signal });
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && listener.woke(), { signal });
  connection?.addEventListener(
    'change',
    () => {
      // it also reports changed estimates of speed: only another kind of network is another network
      const changed = connection.type !== type;
      type = connection.type;
      if (changed && navigator.onLine) listener.networkChanged();
    },
    { signal },
  );
  return () => stop.abort();
}
