import { flagOf } from '../line.js';
import { always, type CoturnOption, notNeeded, unsafe, unsupported } from '../option.js';

/** How the process runs, and how one watches it. */
export const OPERATION: readonly CoturnOption[] = [
  always(['fingerprint', 'f'], '', notNeeded('Answers carry FINGERPRINT where the question does.')),
  always(
    ['verbose', 'v', 'Verbose', 'V'],
    '`--log-level debug`',
    notNeeded('The log says what matters at its usual level; --log-level debug says more.'),
  ),
  always(
    [
      'log-file',
      'l',
      'no-stdout-log',
      'syslog',
      'syslog-facility',
      'simple-log',
      'new-log-timestamp',
      'new-log-timestamp-format',
      'log-binding',
      'log-max-size',
      'log-min-size',
    ],
    'standard error',
    notNeeded('The log is JSON lines on standard error: systemd, Docker and others keep it.'),
  ),
  always(
    ['daemon', 'o', 'pidfile'],
    'systemd',
    notNeeded('The program stays in the foreground; systemd, Docker and others keep it running.'),
  ),
  always(
    ['proc-user', 'proc-group'],
    'systemd: `User=`',
    unsupported(
      'The program does not change its user.',
      'Run it as the user that it shall be; for ports below 1024: AmbientCapabilities=CAP_NET_BIND_SERVICE.',
    ),
  ),
  always(['no-software-attribute', 'prod', 'software-attribute'], '', notNeeded('SOFTWARE is not sent.')),
  always(['include-reason-string', 'no-reason-string'], '', notNeeded('Errors carry the reason that RFC 8489 names.')),
  always(
    ['respond-http-unsupported'],
    '',
    notNeeded('Whoever speaks HTTP to a TURN port is disconnected; on the one port of maru start, HTTP is answered.'),
  ),
  always(['ne', 'sock-buf-size', 'socket-buffer-size'], '', notNeeded('The server chooses by itself.')),
  {
    names: ['no-cli'],
    here: '',
    remark: 'There is no telnet console.',
    apply: (value) =>
      flagOf(value) === false
        ? unsupported('There is no telnet console.', 'The admin port has a JSON API and a page: `admin`.')
        : notNeeded('There is no telnet console.'),
  },
  ...(['cli-ip', 'cli-port', 'cli-max-output-sessions'] as const).map((name) =>
    always(
      [name],
      '`admin.listen`',
      unsupported('There is no telnet console.', 'The admin port has a JSON API and a page: set `admin.keyFile`.'),
    ),
  ),
  {
    ...always(
      ['cli-password'],
      '`admin.keyFile`',
      unsafe(
        'It is the password of a telnet console, sent in the clear, and is not taken over.',
        'Make a key for the admin port: openssl rand -base64 32, as `admin.keyFile`.',
      ),
    ),
    isSecret: true,
  },
  always(
    ['web-admin', 'web-admin-ip', 'web-admin-port'],
    '`admin`',
    unsupported('The admin page asks for a key, which coturn keeps elsewhere.', 'Set `admin.listen` and `admin.keyFile`.'),
  ),
  always(
    ['web-admin-listen-on-workers'],
    '',
    unsafe('It puts the admin page on the public ports of TURN.', 'The admin page has a port of its own: `admin.listen`.'),
  ),
  always(
    ['prometheus', 'prometheus-port', 'prometheus-address', 'prometheus-path'],
    '`admin`: `/metrics`',
    unsupported(
      'Prometheus reads /metrics of the admin port, with the key as bearer token.',
      'Set `admin.listen` and `admin.keyFile`, and the credentials in the scrape configuration.',
    ),
  ),
  always(
    ['prometheus-username-labels'],
    '',
    unsafe(
      'A label for each user lets users fill the memory of your Prometheus.',
      'Bytes of each user are in the JSON API: GET /api/users.',
    ),
  ),
];
