/**
 * What a provider's script finds beside the language itself: where to register, requests to its own origin, and RTCError to ask for
 * a login with. Nothing but text goes in and out, so that no object of Node.js is ever in its hands; and what is called from outside
 * runs none of the script's code: that is left to the realm's microtasks, which have a time limit.
 */
const REALM = `(() => {
  'use strict';
  const { parse, stringify } = JSON;
  const [messages, waiting] = [[], new Map()];
  let [provider, requests] = [undefined, 0];
  const say = (message) => messages.push(stringify(message));
  const text = (value) => (value === undefined || value === null ? undefined : String(value));
  class RTCError extends Error {
    constructor({ errorDetail } = {}, message = '') {
      super(message);
      this.errorDetail = errorDetail;
    }
  }
  const fail = (error) => {
    const { errorDetail, idpErrorInfo, errorInfo, idpLoginUrl, loginUrl } = Object(error);
    say({ type: 'failed', errorDetail: text(errorDetail), idpErrorInfo: text(idpErrorInfo ?? errorInfo), idpLoginUrl: text(idpLoginUrl ?? loginUrl) });
  };
  const response = ({ status, body }) => ({
    status,
    ok: status >= 200 && status < 300,
    text: async () => body,
    json: async () => parse(body),
  });
  const fetch = (url, { method = 'GET', headers = {}, body } = {}) =>
    new Promise((resolve, reject) => {
      requests += 1;
      waiting.set(requests, { resolve, reject });
      say({ type: 'fetch', id: requests, url: String(url), method: String(method), headers: { ...headers }, body: text(body) });
    });
  Object.assign(globalThis, { self: globalThis, RTCError, fetch, rtcIdentityProvider: { register: (one) => void (provider = one) } });
  return {
    ask(question) {
      const { method, args } = parse(question);
      const asked = Promise.resolve().then(() => {
        if (typeof provider?.[method] !== 'function') return say({ type: 'bad-script' });
        return Promise.resolve(provider[method](...args)).then((result) => say({ type: 'done', result: result ?? null }));
      });
      asked.catch(fail);
    },
    answer(given) {
      const { id, status, body, error } = parse(given);
      const request = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) request?.resolve(response({ status, body }));
      else request?.reject(new TypeError(error));
    },
    take: () => messages.shift(),
    isStuck: () => waiting.size === 0,
  };
})()`;

/**
 * The program of the process that runs a provider's script: takes lines of JSON (the script and the question, then answers to requests), gives
 * lines of JSON (requests, and how it ended). Should nobody be there any more to kill it, it ends with its input, and each turn of the
 * script with its time. It is given to `node --eval`, so that the process may read no file at all.
 */
export const PROVIDER_PROGRAM = `'use strict';
const vm = require('node:vm');
const { stdin, stdout } = process;
const realm = vm.createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false }, microtaskMode: 'afterEvaluate' });
const inside = vm.runInContext(${JSON.stringify(REALM)}, realm);
for (const name of ['process', 'fetch', 'WebSocket', 'navigator', 'performance']) delete globalThis[name];
let isOver = false;
function give(line) {
  stdout.write(line + '\\n');
}
function end(line) {
  isOver = true;
  give(line);
}
/** Lets the script's microtasks run, and says what came of it. */
function drain() {
  if (isOver) return;
  try {
    vm.runInContext('0', realm, { timeout });
  } catch {
    return end('{"type":"failed"}');
  }
  for (let line = inside.take(); typeof line === 'string'; line = inside.take()) {
    give(line);
    if (!line.startsWith('{"type":"fetch"')) isOver = true;
  }
  if (!isOver && inside.isStuck()) end('{"type":"failed"}');
}
function begin(line) {
  const { script, question, timeoutMs } = JSON.parse(line);
  timeout = timeoutMs;
  try {
    vm.runInContext(script, realm, { timeout });
  } catch {
    return end('{"type":"bad-script"}');
  }
  inside.ask(question);
}
let [text, hasBegun, timeout] = ['', false, 1];
stdin.setEncoding('utf8');
stdin.on('data', (more) => {
  text += more;
  for (let at = text.indexOf('\\n'); at >= 0; at = text.indexOf('\\n')) {
    const line = text.slice(0, at);
    text = text.slice(at + 1);
    if (hasBegun) inside.answer(line);
    else begin(line);
    hasBegun = true;
    drain();
  }
});
`;
