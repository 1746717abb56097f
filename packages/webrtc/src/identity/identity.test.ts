import { afterEach, describe, expect, test } from 'vitest';
import { RTCError, RTCIdentityAssertion, RTCPeerConnection } from '../index.js';
import { type RTCIdentityProvider, registerIdentityProvider } from './identity-provider.js';

const DOMAIN = 'idp.example';

/** A provider that vouches for whoever the hint names, and signs with nothing. */
const trusting: RTCIdentityProvider = {
  generateAssertion: async (contents, _origin, { usernameHint, protocol = 'default' }) => ({
    idp: { domain: DOMAIN, protocol },
    assertion: JSON.stringify({ contents, identity: usernameHint }),
  }),
  validateAssertion: async (assertion) => JSON.parse(assertion),
};

const undo: (() => void)[] = [];
afterEach(() => {
  for (const one of undo.splice(0)) one();
});

function register(provider: RTCIdentityProvider): void {
  undo.push(registerIdentityProvider(DOMAIN, provider));
}

function open(configuration = {}): RTCPeerConnection {
  const connection = new RTCPeerConnection(configuration);
  undo.push(() => connection.close());
  return connection;
}

/** An offer of data by somebody whom the provider names. */
async function offerOf(name: string) {
  const connection = open();
  connection.createDataChannel('');
  connection.setIdentityProvider(DOMAIN, { usernameHint: name });
  return connection.createOffer();
}

describe('an identity', () => {
  test('is in offers, and the other side learns it', async () => {
    register(trusting);
    const offer = await offerOf(`alice@${DOMAIN}`);
    expect(offer.sdp).toMatch(/^a=identity:[A-Za-z0-9+/=]+\r$/m);
    const other = open();
    const proved = other.peerIdentity;
    await other.setRemoteDescription(offer);
    expect(await proved).toMatchObject({ idp: DOMAIN, name: `alice@${DOMAIN}` });
    expect(await other.peerIdentity).toBeInstanceOf(RTCIdentityAssertion);
  });

  test('that is expected is waited for, and nobody else is let in', async () => {
    register(trusting);
    const target = { peerIdentity: `bob@${DOMAIN}` };
    await open(target).setRemoteDescription(await offerOf(`bob@${DOMAIN}`));
    await expect(open(target).setRemoteDescription(await offerOf(`alice@${DOMAIN}`))).rejects.toMatchObject({
      name: 'OperationError',
    });
  });

  test('that is expected and not told is refused', async () => {
    const silent = open();
    silent.createDataChannel('');
    const other = open({ peerIdentity: `bob@${DOMAIN}` });
    await expect(other.setRemoteDescription(await silent.createOffer())).rejects.toMatchObject({ name: 'OperationError' });
    await expect(other.peerIdentity).rejects.toMatchObject({ name: 'OperationError' });
  });

  test('of another domain is not for this provider to vouch', async () => {
    register(trusting);
    const other = open({ peerIdentity: 'bob@elsewhere.example' });
    await expect(other.setRemoteDescription(await offerOf('bob@elsewhere.example'))).rejects.toMatchObject({
      name: 'OperationError',
    });
  });

  test('covers the fingerprints of its description and no others', async () => {
    register(trusting);
    const [mine, stolen] = [await offerOf(`alice@${DOMAIN}`), await offerOf(`mallory@${DOMAIN}`)];
    const line = /^a=identity:.*\r$/m.exec(mine.sdp!)![0];
    const forged = stolen.sdp!.replace(/^a=identity:.*\r$/m, line);
    const other = open({ peerIdentity: `alice@${DOMAIN}` });
    await expect(other.setRemoteDescription({ type: 'offer', sdp: forged })).rejects.toMatchObject({ name: 'OperationError' });
  });

  test('that cannot be validated fails its promise alone where nobody in particular is expected', async () => {
    register({ ...trusting, validateAssertion: () => Promise.reject(Object.assign(new Error(), { idpErrorInfo: 'down' })) });
    const other = open();
    const first = other.peerIdentity;
    await other.setRemoteDescription(await offerOf(`alice@${DOMAIN}`));
    await expect(first).rejects.toMatchObject({ errorDetail: 'idp-execution-failure' });
    expect(other.idpErrorInfo).toBe('down');
    expect(other.peerIdentity).not.toBe(first);
  });
});

describe('a provider', () => {
  test('that nobody registered cannot be loaded', async () => {
    const connection = open();
    connection.setIdentityProvider('unknown.example');
    await expect(connection.getIdentityAssertion()).rejects.toMatchObject({ errorDetail: 'idp-load-failure' });
    await expect(connection.createOffer()).rejects.toMatchObject({ name: 'OperationError' });
  });

  test('may ask for a login, and is asked again after it', async () => {
    let isLoggedIn = false;
    const login = Object.assign(new RTCError({ errorDetail: 'idp-need-login' }), { idpLoginUrl: 'https://idp.example/login' });
    register({
      ...trusting,
      generateAssertion: (...args) => (isLoggedIn ? trusting.generateAssertion(...args) : Promise.reject(login)),
    });
    const connection = open();
    connection.setIdentityProvider(DOMAIN, { usernameHint: `alice@${DOMAIN}` });
    await expect(connection.getIdentityAssertion()).rejects.toMatchObject({ errorDetail: 'idp-need-login' });
    expect(connection.idpLoginUrl).toBe('https://idp.example/login');
    isLoggedIn = true;
    await expect(connection.getIdentityAssertion()).resolves.toMatch(/^[A-Za-z0-9+/]/);
  });

  test.each(['', 'a/b', 'a b', 'user@host', 'host?query'])('is named by a domain, which "%s" is not', (domain) => {
    expect(() => open().setIdentityProvider(domain)).toThrow(expect.objectContaining({ name: 'SyntaxError' }));
  });

  test('has a protocol without slashes', () => {
    expect(() => open().setIdentityProvider(DOMAIN, { protocol: '../x' })).toThrow(
      expect.objectContaining({ name: 'SyntaxError' }),
    );
  });
});

test('the expected peer cannot be changed', () => {
  const connection = open({ peerIdentity: 'bob@idp.example' });
  expect(connection.getConfiguration().peerIdentity).toBe('bob@idp.example');
  connection.setConfiguration({});
  expect(connection.getConfiguration().peerIdentity).toBe('bob@idp.example');
  expect(() => connection.setConfiguration({ peerIdentity: 'alice@idp.example' })).toThrow(
    expect.objectContaining({ name: 'InvalidModificationError' }),
  );
});
