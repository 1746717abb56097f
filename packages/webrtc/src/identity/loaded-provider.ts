import { RTCError, type RTCErrorDetailType } from '../rtc-error.js';
import {
  type RTCIdentityAssertionResult,
  type RTCIdentityProvider,
  type RTCIdentityProviderOptions,
  type RTCIdentityValidationResult,
  registerIdentityProvider,
} from './identity-provider.js';
import { OriginRequests } from './origin-requests.js';
import { ProviderProcess } from './provider-process.js';

const DEFAULT_TIMEOUT_MS = 10_000;
/** Processes of all providers at one time, and questions that wait for one: other sides ask as often as they describe themselves. */
const [MAX_AT_WORK, MAX_WAITING] = [4, 32];

export interface LoadIdentityProviderOptions {
  /** The last part of the URL; what stands behind a `?` in it is the provider's own business. */
  readonly protocol?: string;
  /** For all that a question takes once it is its turn (four are at work at a time): loading, running, and the provider's own requests. */
  readonly timeoutMs?: number;
  /** Authorities to trust beside those that Node.js knows, in PEM. */
  readonly ca?: string;
}

/**
 * Has the provider of `domain` loaded from where W3C webrtc-identity says, `https://<domain>/.well-known/idp-proxy/<protocol>`,
 * whenever it is asked: by `setIdentityProvider`, or by an assertion of the other side. Domains that nobody named here are never
 * asked. Its script runs in a process of its own without permissions, answers one question and is killed; it has the language,
 * `rtcIdentityProvider.register`, and `fetch` to its own origin. Returns what takes it back. Why so: decision 0016.
 */
export function loadIdentityProvider(domain: string, options: LoadIdentityProviderOptions = {}): () => void {
  const { protocol = 'default' } = options;
  if (!isDomain(domain)) throw new TypeError(`"${domain}" is no domain`);
  if (/[/\\]|^\.\.?$/.test(protocol)) throw new TypeError(`"${protocol}" is no protocol of identity providers`);
  return registerIdentityProvider(domain, new LoadedProvider(domain, protocol, options), protocol);
}

function isDomain(text: string): boolean {
  return !/[/?#@\\]/.test(text) && URL.canParse(`https://${text}`) && new URL(`https://${text}`).pathname === '/';
}

/** A provider whose script is loaded anew for each question, as its servers may have changed it. */
class LoadedProvider implements RTCIdentityProvider {
  private readonly timeoutMs: number;

  constructor(
    private readonly domain: string,
    private readonly protocol: string,
    private readonly options: LoadIdentityProviderOptions,
  ) {
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  async generateAssertion(
    contents: string,
    origin: string,
    options: RTCIdentityProviderOptions,
  ): Promise<RTCIdentityAssertionResult> {
    // Whoever asks looks at what came: it is the provider's word, whatever its type says.
    return (await this.ask('generateAssertion', [contents, origin, options])) as RTCIdentityAssertionResult;
  }

  async validateAssertion(assertion: string, origin: string): Promise<RTCIdentityValidationResult> {
    return (await this.ask('validateAssertion', [assertion, origin])) as RTCIdentityValidationResult;
  }

  private async ask(method: string, args: readonly unknown[]): Promise<unknown> {
    const release = await takeTurn();
    const ended = new AbortController();
    const timer = setTimeout(() => ended.abort(idpError('idp-timeout', `${this.domain} took too long`)), this.timeoutMs);
    try {
      const origin = new OriginRequests(this.domain, ended.signal, this.options.ca);
      const script = await this.load(origin);
      const outcome = await new ProviderProcess(origin, ended.signal).ask(script, method, args, this.timeoutMs);
      if (outcome.type === 'done') return outcome.result;
      if (outcome.type === 'bad-script') throw idpError('idp-bad-script-failure', `The script of ${this.domain} cannot be used`);
      throw failureOf(this.domain, outcome);
    } catch (error) {
      throw ended.signal.aborted ? ended.signal.reason : error;
    } finally {
      clearTimeout(timer);
      ended.abort();
      release();
    }
  }

  private async load(origin: OriginRequests): Promise<string> {
    const path = `/.well-known/idp-proxy/${this.protocol}`;
    const { status, body } = await origin.text(path).catch((error: unknown) => {
      throw isOfTls(error)
        ? idpError('idp-tls-failure', `${this.domain} is not who it should be`)
        : idpError('idp-load-failure', `${this.domain} gives no script`);
    });
    if (status === 200) return body;
    throw new RTCError({ errorDetail: 'idp-load-failure', httpRequestStatusCode: status }, `${this.domain} answers ${status}`);
  }
}

/** What scripts may say of their failures; the rest is one of execution. */
const SAID: readonly RTCErrorDetailType[] = ['idp-need-login', 'idp-token-expired', 'idp-token-invalid'];

function failureOf(
  domain: string,
  { errorDetail, ...details }: { errorDetail?: string; idpErrorInfo?: string; idpLoginUrl?: string },
): RTCError {
  const said = SAID.find((one) => one === errorDetail) ?? 'idp-execution-failure';
  return Object.assign(idpError(said, `The identity provider ${domain} has failed`), details);
}

function idpError(errorDetail: RTCErrorDetailType, message: string): RTCError {
  return new RTCError({ errorDetail }, message);
}

/** Errors of node:tls have codes of OpenSSL or of their own; those of sockets begin with E. */
function isOfTls(error: unknown): boolean {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  return /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|EPROTO)/.test(code);
}

let atWork = 0;
const waiting: (() => void)[] = [];

/** Waits until few enough are at work; resolves with what ends the turn. */
async function takeTurn(): Promise<() => void> {
  if (atWork >= MAX_AT_WORK) {
    if (waiting.length >= MAX_WAITING) throw idpError('idp-load-failure', 'Too many identities are looked at already');
    await new Promise<void>((resolve) => waiting.push(resolve)); // whose turn it takes over
  } else atWork += 1;
  return () => {
    const next = waiting.shift();
    if (next) next();
    else atWork -= 1;
  };
}
