import { MIN_SECRET_CHARS } from '../../config/turn-config.js';
import { always, type CoturnOption, changed, kept, malformed, notNeeded, unsafe, unsupported } from '../option.js';

const DATABASE = unsupported(
  'Users and secrets are not read from a database.',
  'Print them with turnadmin -l (users) and turnadmin -S (secrets), and write them to `credentials.users` and `credentials.secrets`.',
);

/** Who may have an allocation. */
export const CREDENTIALS: readonly CoturnOption[] = [
  {
    names: ['realm', 'r'],
    here: '`realm`',
    remark: '',
    apply(value, draft) {
      if (value === '' || value.length > 127) return malformed('A realm has 1 to 127 characters.');
      draft.rest.realm = value;
      return kept('Is `realm`.');
    },
  },
  {
    names: ['static-auth-secret'],
    here: '`credentials.secrets`',
    remark:
      'Several lines are several secrets: the first signs, all verify. A secret can be retired at a time: `{"secret": …, "until": …}`.',
    isSecret: true,
    apply(value, draft) {
      if (value === '') return malformed('The secret is empty.');
      draft.secrets.push(value);
      if (value.length >= MIN_SECRET_CHARS) return kept('Is in `credentials.secrets`; applications go on signing with it.');
      return unsafe(
        `It is in \`credentials.secrets\`, but has ${value.length} characters: whoever holds one credential can find it by trying.`,
        'Put a new one before it (openssl rand -base64 32), give it to your applications, and then take this one away.',
      );
    },
  },
  always(
    ['use-auth-secret'],
    '',
    notNeeded('Time-limited credentials are on as soon as there is a secret, beside static users if you like.'),
  ),
  always(['lt-cred-mech', 'a'], '', notNeeded('Long-term credentials are always asked for, with MD5 and SHA-256.')),
  {
    names: ['no-auth', 'z'],
    here: '',
    remark: 'There is no anonymous relay: it would be an open proxy. Give clients time-limited credentials.',
    apply(_, draft) {
      draft.isAnonymous = true;
      return unsafe(
        'An anonymous relay is an open proxy, and is not offered.',
        'Give clients time-limited credentials: GET /v1/ice-servers, or any TURN REST service.',
      );
    },
  },
  {
    names: ['user', 'u'],
    here: '`credentials.users`',
    remark: '`{"username": "ada", "password": …}`, or `"key"` for what begins with 0x.',
    isSecret: true,
    apply(value, draft) {
      const at = value.indexOf(':');
      const username = value.slice(0, at);
      const password = value.slice(at + 1);
      if (at < 1 || password === '') return malformed('A user is written as name:password.');
      if (draft.users.some((user) => user.username === username))
        return malformed('This name stands in a line before; coturn takes the last one.');
      if (!/^0x/i.test(password)) {
        draft.users.push({ username, password });
        return changed(
          'Is in `credentials.users`.',
          'A key (turnadmin -k) in the place of the password keeps the password out of the file.',
        );
      }
      if (!/^0x(?:[0-9a-f]{32}|[0-9a-f]{64})$/i.test(password)) return malformed('A key is 0x and 32 or 64 hexadecimal digits.');
      draft.users.push({ username, key: password.slice(2).toLowerCase() });
      return kept('Is in `credentials.users`; the key holds as long as the realm stays.');
    },
  },
  {
    names: ['rest-api-separator', 'C'],
    here: '`credentials.separator`',
    remark: '',
    apply(value, draft) {
      if (value.length !== 1) return malformed('A separator is one character.');
      draft.credentials.separator = value;
      return kept('Is `credentials.separator`.');
    },
  },
  always(['oauth'], '`credentials.tokenKeys`', {
    verdict: 'unsupported',
    why: 'Access tokens (RFC 7635) are on as soon as there is a key, and keys are not read from a database.',
    todo: 'Write the keys (turnadmin -O with -L lists them) to `credentials.tokenKeys`: {"id", "key", "algorithm"}.',
  }),
  {
    names: ['server-name'],
    here: '`credentials.tokenServerName`',
    remark: 'The name in access tokens; the realm if absent.',
    apply(value, draft) {
      if (value === '') return malformed('The name is empty.');
      draft.credentials.tokenServerName = value;
      return kept('Is `credentials.tokenServerName`.');
    },
  },
  always(
    [
      'userdb',
      'db',
      'b',
      'psql-userdb',
      'sql-userdb',
      'e',
      'mysql-userdb',
      'M',
      'mongo-userdb',
      'J',
      'redis-userdb',
      'N',
      'secret-key-file',
    ],
    '`credentials`',
    DATABASE,
  ),
  always(
    ['redis-statsdb', 'O'],
    '`admin`',
    unsupported(
      'Statistics are not written to Redis.',
      'Prometheus reads /metrics of the admin port; programs read its JSON API.',
    ),
  ),
  always(['check-origin-consistency'], '', notNeeded('ORIGIN was never standardised, and is ignored.')),
  always(['no-auth-pings', 'no-dynamic-ip-list', 'no-dynamic-realms'], '', notNeeded('There is no database to ask.')),
];

/** Options of this group carry what must never be printed. */
export const DATABASE_OPTIONS: ReadonlySet<string> = new Set([
  'psql-userdb',
  'sql-userdb',
  'mysql-userdb',
  'mongo-userdb',
  'redis-userdb',
  'redis-statsdb',
]);
