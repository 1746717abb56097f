import { flagOf } from '../line.js';
import { always, type CoturnOption, changed, kept, malformed, notNeeded, unsupported } from '../option.js';

const file = (names: readonly string[], part: 'certFile' | 'keyFile', here: string, remark: string): CoturnOption => ({
  names,
  here,
  remark,
  apply(value, draft) {
    if (value === '') return malformed('The name of the file is missing.');
    draft[part] = value;
    if (!value.startsWith('/'))
      return changed(
        `Is ${here}; coturn looks for it in several folders, here it is below the one that maru runs in.`,
        'Write the whole path.',
      );
    return kept(`Is ${here}; read again when it changes.`);
  },
});

/** TLS and DTLS. */
export const TLS: readonly CoturnOption[] = [
  file(
    ['cert'],
    'certFile',
    '`tls.cert`',
    'With the chain. Read again by itself when it changes. Without one, the server makes its own.',
  ),
  file(['pkey'], 'keyFile', '`tls.key`', ''),
  {
    ...always(
      ['pkey-pwd'],
      '',
      unsupported(
        'Keys with a passphrase are not read.',
        'openssl pkey -in key.pem -out plain.pem, readable for the server alone.',
      ),
    ),
    isSecret: true,
  },
  always(
    [
      'cipher-list',
      'ec-curve-name',
      'dh-file',
      'dh566',
      'dh1066',
      'dh2066',
      'no-tlsv1',
      'no-tlsv1_1',
      'no-sslv2',
      'no-sslv3',
      'tlsv1',
      'tlsv1_1',
    ],
    '',
    notNeeded('TLS 1.2 and 1.3 and DTLS 1.2, with forward secrecy and nothing older.'),
  ),
  {
    names: ['no-tlsv1_2'],
    here: '',
    remark: 'TLS 1.2 stays: DTLS has nothing newer that browsers speak.',
    apply: (value) =>
      flagOf(value) === true ? unsupported('TLS 1.2 stays on.', 'Leave the line away.') : notNeeded('TLS 1.2 is on.'),
  },
  always(
    ['CA-file'],
    '',
    unsupported('Clients are not asked for certificates: browsers have none for TURN.', 'Leave the line away.'),
  ),
  always(
    ['acme-redirect'],
    '',
    unsupported(
      'HTTP is not answered at the ports of TURN.',
      'Let the ACME client use port 80, or a DNS challenge; the certificate is read again when it changes.',
    ),
  ),
];
