import { attributeValue, type Fingerprint, parseFingerprint, type SessionTree } from '@maru/protocol/sdp';
import { RTCError, type RTCErrorDetailType } from '../rtc-error.js';
import { optional, toDictionary, toDomString } from '../webidl/convert.js';
import { RTCIdentityAssertion } from './identity-assertion.js';
import { identityProvider, type RTCIdentityProvider, type RTCIdentityProviderOptions } from './identity-provider.js';

/** Scripts of Node.js have no origin, which serialises so (HTML, "ASCII serialization of an origin"). */
const ORIGIN = 'null';

interface ChosenProvider {
  readonly domain: string;
  readonly protocol: string;
  readonly options: RTCIdentityProviderOptions;
}

/** What `a=identity` carries (RFC 8827 §7.4.2), once its base64 is undone. */
interface SignedAssertion {
  readonly idp: { readonly domain: string; readonly protocol: string };
  readonly assertion: string;
}

/** Who we are to the other side, and who it is to us (W3C webrtc-identity; RFC 8827 §7). */
export class PeerIdentity {
  idpLoginUrl: string | null = null;
  idpErrorInfo: string | null = null;
  private provider: ChosenProvider | undefined;
  private assertion: Promise<string> | undefined;
  private outcome = new Outcome();
  /** Nobody else may be there. */
  private target: string | undefined;

  constructor(target: string | undefined) {
    this.target = target;
  }

  get promise(): Promise<RTCIdentityAssertion> {
    return this.outcome.promise;
  }

  get hasProvider(): boolean {
    return this.provider !== undefined;
  }

  /** W3C webrtc-identity §8, `setIdentityProvider`. */
  setProvider(provider: unknown, options: unknown): void {
    const domain = toDomString(provider);
    const dictionary = toDictionary(options, 'RTCIdentityProviderOptions');
    const peerIdentity = optional(dictionary['peerIdentity'], toDomString) ?? this.target;
    const protocol = optional(dictionary['protocol'], toDomString) ?? 'default';
    const usernameHint = optional(dictionary['usernameHint'], toDomString);
    if (!isAuthority(domain)) throw new DOMException(`"${domain}" is no domain`, 'SyntaxError');
    if (/[/\\]/.test(protocol)) throw new DOMException(`"${protocol}" is no protocol of identity providers`, 'SyntaxError');
    const chosen = {
      protocol,
      ...(usernameHint !== undefined && { usernameHint }),
      ...(peerIdentity !== undefined && { peerIdentity }),
    };
    this.provider = { domain, protocol, options: chosen };
    this.assertion = undefined;
  }

  /** The assertion for descriptions: the one that was made for this provider already, or a new one. */
  async request(fingerprints: readonly Fingerprint[]): Promise<string> {
    const { provider } = this;
    if (!provider) throw new DOMException('No identity provider was set', 'InvalidStateError');
    const asked = this.assertion ?? this.generate(provider, fingerprints);
    this.assertion = asked;
    try {
      return await asked;
    } catch (error) {
      if (this.assertion === asked) this.assertion = undefined;
      throw error;
    }
  }

  private async generate(provider: ChosenProvider, fingerprints: readonly Fingerprint[]): Promise<string> {
    const contents = JSON.stringify({ fingerprint: fingerprints.map(({ algorithm, value }) => ({ algorithm, digest: value })) });
    const { domain, protocol, options } = provider;
    const result = await this.ask(domain, protocol, (idp) => idp.generateAssertion(contents, ORIGIN, options));
    const signed = toSigned(result);
    if (!signed) throw failed('The identity provider has given no assertion');
    return Buffer.from(JSON.stringify(signed)).toString('base64');
  }

  /** Asks a provider; its failures become ours (W3C webrtc-identity §9.5, "IdP Error Handling"). */
  private async ask<Result>(
    domain: string,
    protocol: string,
    question: (provider: RTCIdentityProvider) => Promise<Result>,
  ): Promise<Result> {
    const provider = identityProvider(domain, protocol);
    if (!provider) throw idpError('idp-load-failure', `No identity provider is registered or allowed for ${domain}`);
    try {
      return await question(provider);
    } catch (error) {
      const { idpErrorInfo, idpLoginUrl, errorInfo, loginUrl } = toDetails(error);
      this.idpErrorInfo = idpErrorInfo ?? errorInfo ?? null;
      this.idpLoginUrl = idpLoginUrl ?? loginUrl ?? null;
      if (error instanceof RTCError) throw error;
      throw idpError('idp-execution-failure', `The identity provider ${domain} has failed`);
    }
  }

  /** Holds a description of the other side against what it asserts; waits only where somebody in particular is expected. */
  async verify(tree: SessionTree): Promise<void> {
    const line = attributeValue(tree, 'identity');
    const { outcome, target } = this;
    if (line === undefined) {
      if (target !== undefined) throw this.fail(outcome, failed(`The other side does not prove to be ${target}`));
      return;
    }
    const verified = this.validate(line, tree).then(
      (identity) => this.establish(outcome, identity),
      (error: unknown) => {
        throw this.fail(outcome, error);
      },
    );
    if (target !== undefined) return verified;
    verified.catch(() => {});
  }

  private establish(outcome: Outcome, identity: RTCIdentityAssertion): void {
    this.target ??= identity.name;
    outcome.resolve(identity);
  }

  /** Without a target a later description may still prove something: there is a promise for it. */
  private fail(outcome: Outcome, error: unknown): unknown {
    outcome.reject(error);
    if (this.target === undefined && this.outcome === outcome) this.outcome = new Outcome();
    return error;
  }

  private async validate(line: string, tree: SessionTree): Promise<RTCIdentityAssertion> {
    const signed = readSigned(line);
    if (!signed) throw failed('a=identity holds no assertion');
    const { domain, protocol } = signed.idp;
    const { target } = this;
    if (target !== undefined && !isAuthoritative(domain, target)) throw failed(`${domain} cannot speak for ${target}`);
    const result: unknown = await this.ask(domain, protocol, (idp) => idp.validateAssertion(signed.assertion, ORIGIN));
    const { identity, contents } = toTexts(result);
    if (identity === undefined || contents === undefined) throw failed('The identity provider has given no identity');
    if (!covers(contents, tree)) throw failed('The identity is not of these fingerprints');
    if (!isAuthoritative(domain, identity)) throw failed(`${domain} cannot speak for ${identity}`);
    if (this.target !== undefined && identity !== this.target) throw failed(`The other side is ${identity}, not ${this.target}`);
    return new RTCIdentityAssertion(domain, identity);
  }
}

/** A promise to be kept once; nobody has to listen. */
class Outcome {
  resolve!: (identity: RTCIdentityAssertion) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<RTCIdentityAssertion>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    this.promise.catch(() => {});
  }
}

/** Each fingerprint of the description must be vouched for (RFC 8827 §7.5). */
function covers(contents: string, tree: SessionTree): boolean {
  const vouched = vouchedFingerprints(contents);
  const lines = [tree, ...tree.media].flatMap(({ attributes }) => attributes.filter(({ name }) => name === 'fingerprint'));
  const claimed = lines.map(({ value }) => parseFingerprint(value ?? ''));
  return claimed.length > 0 && claimed.every((print) => print && vouched.has(`${print.algorithm} ${print.value}`.toLowerCase()));
}

function vouchedFingerprints(contents: string): Set<string> {
  const prints = toDetails(parseJson(contents))['fingerprint'] as unknown;
  const list = Array.isArray(prints) ? prints : [prints];
  return new Set(
    list.map((print) => {
      const { algorithm, digest } = toTexts(print);
      return `${algorithm} ${digest}`.toLowerCase();
    }),
  );
}

/** A provider speaks for the people of its own domain alone (RFC 8827 §7.5.1; third parties are nobody's choice here). */
function isAuthoritative(domain: string, identity: string): boolean {
  const host = domain.replace(/:\d+$/, '').toLowerCase();
  return identity.slice(identity.lastIndexOf('@') + 1).toLowerCase() === host && identity.includes('@');
}

function isAuthority(text: string): boolean {
  const url = URL.canParse(`https://${text}`) ? new URL(`https://${text}`) : undefined;
  return url !== undefined && !/[/?#@\\]/.test(text) && url.pathname === '/';
}

function readSigned(line: string): SignedAssertion | undefined {
  return toSigned(parseJson(Buffer.from(line.split(/\s/)[0] ?? '', 'base64').toString('utf8')));
}

function toSigned(value: unknown): SignedAssertion | undefined {
  if (typeof value !== 'object' || value === null || !('idp' in value)) return undefined;
  const { assertion } = toTexts(value);
  const { domain, protocol = 'default' } = toTexts(value.idp);
  return assertion === undefined || domain === undefined ? undefined : { idp: { domain, protocol }, assertion };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The members of `value` that are text. */
function toTexts(value: unknown): Record<string, string | undefined> {
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(members.filter((member): member is [string, string] => typeof member[1] === 'string'));
}

/** The members that an error carries, its inherited ones too. */
function toDetails(value: unknown): Record<string, string | undefined> {
  return typeof value === 'object' && value !== null ? (value as Record<string, string | undefined>) : {};
}

function failed(message: string): DOMException {
  return new DOMException(message, 'OperationError');
}

function idpError(errorDetail: RTCErrorDetailType, message: string): RTCError {
  return new RTCError({ errorDetail }, message);
}
