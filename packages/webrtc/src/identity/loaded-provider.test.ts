import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { freshSerialNumber, nodeCrypto, signingKeyOf } from '@maru/node';
import { writeCertificate } from '@maru/protocol/dtls';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { RTCPeerConnection } from '../index.js';
import { identityProvider } from './identity-provider.js';
import { type LoadIdentityProviderOptions, loadIdentityProvider } from './loaded-provider.js';

const PATH = '/.well-known/idp-proxy/default';
/** A process starts in a tenth of a second; on a busy machine it may be many. */
const PATIENCE_MS = 60_000;

/** Vouches for whoever the hint names, and knows it again; its server is asked, as those of real providers are. */
const HONEST = `
  const domain = 'DOMAIN';
  rtcIdentityProvider.register({
    async generateAssertion(contents, origin, { usernameHint }) {
      const signed = await (await fetch('/sign', { method: 'POST', body: JSON.stringify({ contents, identity: usernameHint }) })).json();
      return { idp: { domain }, assertion: JSON.stringify(signed) };
    },
    async validateAssertion(assertion) {
      const answer = await fetch('https://' + domain + '/sign', { method: 'POST', body: assertion });
      if (!answer.ok) throw new Error('not ours');
      return answer.json();
    },
  });`;

/** Registers what gives the text that \`probe\` makes as its error. */
const probing = (probe: string): string => `
  rtcIdentityProvider.register({
    async generateAssertion() {
      throw { idpErrorInfo: String(await (async () => { ${probe} })()) };
    },
  });`;

let server: Server;
let ca: string;
let domain: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let asked: string[] = [];
const undo: (() => void)[] = [];

beforeAll(async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const key = signingKeyOf(privateKey);
  const now = Date.now();
  const template = {
    serialNumber: freshSerialNumber(),
    subject: { commonName: 'localhost' },
    notBeforeMs: now - 86_400_000,
    notAfterMs: now + 86_400_000,
    publicKeyDer: key.publicKeyDer,
    dnsNames: ['localhost'],
  };
  const der = Buffer.from(writeCertificate(template, { key }, nodeCrypto));
  ca = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  server = createServer({ key: pem, cert: ca }, (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  domain = `localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => {
  for (const one of undo.splice(0)) one();
  asked = [];
});

/** The server gives `script`, and says again what was posted. */
function serving(script: string): void {
  answer = (request, response) => {
    if (request.method !== 'POST') return void response.end(script.replaceAll('DOMAIN', domain));
    request.pipe(response);
  };
}

function load(options: LoadIdentityProviderOptions = {}): void {
  undo.push(loadIdentityProvider(domain, { ca, timeoutMs: PATIENCE_MS, ...options }));
}

function open(configuration = {}): RTCPeerConnection {
  const connection = new RTCPeerConnection(configuration);
  undo.push(() => connection.close());
  return connection;
}

async function offerOf(name: string) {
  const connection = open();
  connection.createDataChannel('');
  connection.setIdentityProvider(domain, { usernameHint: name });
  return connection.createOffer();
}

/** How an assertion fails. */
async function failure(): Promise<Record<string, unknown>> {
  const connection = open();
  connection.setIdentityProvider(domain);
  const error = await connection.getIdentityAssertion().then(
    () => expect.unreachable('there was an assertion'),
    (reason: unknown) => reason as Record<string, unknown>,
  );
  const { errorDetail, httpRequestStatusCode } = error;
  return { errorDetail, httpRequestStatusCode, info: connection.idpErrorInfo, login: connection.idpLoginUrl };
}

/** What `probe` finds out inside. */
async function inside(probe: string): Promise<unknown> {
  serving(probing(probe));
  load();
  return (await failure())['info'];
}

describe('a provider that is loaded', { timeout: 2 * PATIENCE_MS }, () => {
  test('vouches for us, and for the other side', async () => {
    serving(HONEST);
    load();
    const offer = await offerOf('alice@localhost');
    const other = open({ peerIdentity: 'alice@localhost' });
    await other.setRemoteDescription(offer);
    expect(await other.peerIdentity).toMatchObject({ idp: domain, name: 'alice@localhost' });
    expect(asked).toEqual([`GET ${PATH}`, 'POST /sign', `GET ${PATH}`, 'POST /sign']);
  });

  test('does not let anybody in for somebody else', async () => {
    serving(HONEST);
    load();
    const offer = await offerOf('alice@localhost');
    await expect(open({ peerIdentity: 'bob@localhost' }).setRemoteDescription(offer)).rejects.toMatchObject({
      name: 'OperationError',
    });
  });

  test('is loaded only from domains that this program named: an assertion alone has nothing fetched', async () => {
    serving(HONEST);
    const forget = loadIdentityProvider(domain, { ca, timeoutMs: PATIENCE_MS });
    const offer = await offerOf('alice@localhost');
    forget();
    asked = [];
    const other = open({ peerIdentity: 'alice@localhost' });
    await expect(other.setRemoteDescription(offer)).rejects.toMatchObject({ errorDetail: 'idp-load-failure' });
    expect(asked).toEqual([]);
    expect(identityProvider(domain, 'other')).toBeUndefined();
  });

  test('is not loaded where somebody of another domain is expected', async () => {
    serving(HONEST);
    load();
    const offer = await offerOf('alice@localhost');
    asked = [];
    await expect(open({ peerIdentity: 'alice@elsewhere.example' }).setRemoteDescription(offer)).rejects.toMatchObject({
      name: 'OperationError',
    });
    expect(asked).toEqual([]);
  });

  test('may be elsewhere on its origin, and nowhere else', async () => {
    answer = (request, response) => {
      if (request.url === PATH) response.writeHead(302, { location: '/idp.js' }).end();
      else response.end(probing('return "found"'));
    };
    load();
    expect(await failure()).toMatchObject({ info: 'found' });
    answer = (_, response) => response.writeHead(302, { location: 'https://127.0.0.1:1/idp.js' }).end();
    expect(await failure()).toMatchObject({ errorDetail: 'idp-load-failure', info: null });
    answer = (_, response) => response.writeHead(302, { location: PATH }).end();
    expect(await failure()).toMatchObject({ errorDetail: 'idp-load-failure' });
  });

  test('that is not there says with which status', async () => {
    answer = (_, response) => response.writeHead(404).end();
    load();
    expect(await failure()).toMatchObject({ errorDetail: 'idp-load-failure', httpRequestStatusCode: 404 });
  });

  test('is refused if it is larger than a mebibyte', async () => {
    serving(`${HONEST}//${'x'.repeat(1 << 20)}`);
    load();
    expect(await failure()).toMatchObject({ errorDetail: 'idp-load-failure' });
  });

  test('has to be who it should be', async () => {
    serving(HONEST);
    undo.push(loadIdentityProvider(domain, { timeoutMs: PATIENCE_MS }));
    expect(await failure()).toMatchObject({ errorDetail: 'idp-tls-failure' });
  });

  test.each(['this is no script', 'throw new Error()', '1 + 1', 'rtcIdentityProvider.register({})'])(
    'cannot be used if its script is "%s"',
    async (script) => {
      serving(script);
      load();
      expect(await failure()).toMatchObject({ errorDetail: 'idp-bad-script-failure' });
    },
  );

  test('may ask for a login', async () => {
    serving(`rtcIdentityProvider.register({
      async generateAssertion() {
        throw Object.assign(new RTCError({ errorDetail: 'idp-need-login' }), { idpLoginUrl: 'https://DOMAIN/login' });
      },
    });`);
    load();
    expect(await failure()).toMatchObject({ errorDetail: 'idp-need-login', login: `https://${domain}/login` });
  });

  test.each([
    ['for ever', 'for (;;);'],
    ['for an answer that never comes', 'await fetch("/never")'],
  ])('that works %s is killed', async (_, probe) => {
    serving(probing(probe));
    const giveScript = answer;
    answer = (request, response) => (request.url === PATH ? giveScript(request, response) : undefined);
    load({ timeoutMs: 3_000 });
    expect(await failure()).toMatchObject({ errorDetail: 'idp-timeout' });
  });

  test('that waits for nothing has failed, and so has one that eats memory', async () => {
    serving(probing('await new Promise(() => {})'));
    load();
    expect(await failure()).toMatchObject({ errorDetail: 'idp-execution-failure' });
    serving(probing('const all = []; for (;;) all.push(new Array(1e6).fill(0.5))'));
    expect(await failure()).toMatchObject({ errorDetail: 'idp-execution-failure' });
  });
});

describe('inside', { timeout: 2 * PATIENCE_MS }, () => {
  test('there is the language and nothing of Node.js', async () => {
    const names = ['process', 'require', 'module', 'Buffer', 'setTimeout', 'WebSocket'];
    expect(await inside(`return [${names.map((name) => `typeof ${name}`)}]`)).toBe(names.map(() => 'undefined').join());
    expect(await inside('return Object.keys(globalThis).sort()')).toBe('RTCError,fetch,rtcIdentityProvider,self');
  });

  test('text cannot become code, neither here nor by what an import throws of the other realm', async () => {
    const made = (maker: string): string => `try { return ${maker}('return 1')() } catch (error) { return error.name }`;
    expect(await inside(made('Function'))).toBe('EvalError');
    expect(await inside(`return import('node:fs').catch((error) => { ${made('error.constructor.constructor')} })`)).toBe(
      'EvalError',
    );
  });

  test('other origins, other methods and more than eight requests are refused', async () => {
    const tried = (url: string, init = '{}'): string => `fetch('${url}', ${init}).then(() => 'answered', () => 'refused')`;
    expect(await inside(`return ${tried('https://127.0.0.1:1/')}`)).toBe('refused');
    expect(await inside(`return ${tried('http://localhost/')}`)).toBe('refused');
    expect(await inside(`return ${tried('/', '{ method: "CONNECT" }')}`)).toBe('refused');
    const results = await inside(`return Promise.all([...Array(10)].map(() => ${tried('/')}))`);
    expect(
      String(results)
        .split(',')
        .filter((one) => one === 'answered'),
    ).toHaveLength(8);
  });

  test('whom a request is for is ours to say', async () => {
    let host: string | undefined;
    serving(probing('return (await fetch("/mine", { headers: { host: "evil.example", "x-mine": "1" } })).status'));
    const giveScript = answer;
    answer = (request, response) => {
      if (request.url === PATH) return giveScript(request, response);
      host = request.headers.host;
      response.writeHead(request.headers['x-mine'] === '1' ? 204 : 400).end();
    };
    load();
    expect(await failure()).toMatchObject({ info: '204' });
    expect(host).toBe(domain);
  });
});

test.each(['', 'a/b', 'user@host', 'host?query'])('"%s" is no domain to load from', (name) => {
  expect(() => loadIdentityProvider(name)).toThrow(TypeError);
});

test.each(['a/b', '..', 'a\\b'])('"%s" is no protocol', (protocol) => {
  expect(() => loadIdentityProvider('idp.example', { protocol })).toThrow(TypeError);
});
