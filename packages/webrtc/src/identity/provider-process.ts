import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { OriginRequests, OriginResponse } from './origin-requests.js';
import { PROVIDER_PROGRAM } from './provider-program.js';

/** Of what a script says in one line: a request, or how it ended. */
const MAX_LINE_CHARACTERS = 1 << 20;
const MAX_REQUESTS = 8;
const MAX_HEAP_MB = 64;

/** How a script ended. */
export type ProviderOutcome =
  | { readonly type: 'done'; readonly result: unknown }
  /** It threw, or its promise was rejected, or nothing could settle it any more. */
  | { readonly type: 'failed'; readonly errorDetail?: string; readonly idpErrorInfo?: string; readonly idpLoginUrl?: string }
  /** It cannot be run, or registers nothing that could be asked. */
  | { readonly type: 'bad-script' };

interface FetchMessage {
  readonly type: 'fetch';
  readonly id: number;
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Node.js 20 calls it experimental; from 23.5 on it is not. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';

/**
 * A process without permissions (no files, processes, threads or addons; no network either from Node.js 25 on), without an
 * environment and with little memory, in which a provider's script answers one question. See decision 0016.
 */
export class ProviderProcess {
  private readonly child: ChildProcessByStdio<Writable, Readable, null>;
  private readonly outcome: Promise<ProviderOutcome>;
  private text = '';
  private requests = 0;
  private settle!: (outcome: ProviderOutcome) => void;

  constructor(
    private readonly origin: OriginRequests,
    signal: AbortSignal,
  ) {
    const limits = [`--max-old-space-size=${MAX_HEAP_MB}`, '--disallow-code-generation-from-strings', '--no-warnings'];
    this.child = spawn(process.execPath, [PERMISSION, ...limits, '--eval', PROVIDER_PROGRAM], {
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    this.outcome = new Promise((resolve, reject) => {
      this.settle = resolve;
      this.child.on('error', reject);
      this.child.on('close', () => resolve({ type: 'failed' }));
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    this.child.stdin.on('error', () => {}); // it has ended, which `close` tells
    this.child.stdout.setEncoding('utf8').on('data', (more: string) => this.take(more));
  }

  /** Runs `script` and calls `method` of what it registers. The process ends with it, however that is. */
  async ask(script: string, method: string, args: readonly unknown[], timeoutMs: number): Promise<ProviderOutcome> {
    try {
      this.give({ script, question: JSON.stringify({ method, args }), timeoutMs });
      return await this.outcome;
    } finally {
      this.child.kill('SIGKILL');
    }
  }

  private give(message: object): void {
    this.child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  private take(more: string): void {
    this.text += more;
    if (this.text.length > MAX_LINE_CHARACTERS) return this.settle({ type: 'failed' });
    for (let end = this.text.indexOf('\n'); end >= 0; end = this.text.indexOf('\n')) {
      const message = readMessage(this.text.slice(0, end));
      this.text = this.text.slice(end + 1);
      if (message?.type === 'fetch') void this.fetch(message);
      else this.settle(message ?? { type: 'failed' });
    }
  }

  private async fetch({ id, ...wanted }: FetchMessage): Promise<void> {
    this.requests += 1;
    const answer: OriginResponse | { error: string } =
      this.requests > MAX_REQUESTS
        ? { error: 'too many requests' }
        : await this.origin.send(wanted).catch(() => ({ error: 'the request failed' }));
    this.give({ id, ...answer });
  }
}

/** What the process said; undefined for anything but what its program says, since what it runs is not to be trusted. */
function readMessage(line: string): ProviderOutcome | FetchMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return undefined;
  const texts: Partial<Record<string, string>> = textsOf(value);
  switch (value.type) {
    case 'done':
      return { type: 'done', result: 'result' in value ? value.result : undefined };
    case 'bad-script':
      return { type: 'bad-script' };
    case 'failed': {
      const { errorDetail, idpErrorInfo, idpLoginUrl } = texts;
      return {
        type: 'failed',
        ...(errorDetail !== undefined && { errorDetail }),
        ...(idpErrorInfo !== undefined && { idpErrorInfo }),
        ...(idpLoginUrl !== undefined && { idpLoginUrl }),
      };
    }
    case 'fetch': {
      const { url, method, body } = texts;
      if (!('id' in value) || typeof value.id !== 'number' || url === undefined || method === undefined) return undefined;
      const headers = 'headers' in value ? textsOf(value.headers) : {};
      return { type: 'fetch', id: value.id, url, method, headers, ...(body !== undefined && { body }) };
    }
    default:
      return undefined;
  }
}

function textsOf(value: unknown): Record<string, string> {
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(members.filter((member): member is [string, string] => typeof member[1] === 'string'));
}
