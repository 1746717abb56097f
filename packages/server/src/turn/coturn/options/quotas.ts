import type { CoturnDraft } from '../draft.js';
import { always, type CoturnOption, changed, kept, malformed, notNeeded, unsupported } from '../option.js';

const number = (
  names: readonly string[],
  here: string,
  remark: string,
  take: (value: number, draft: CoturnDraft) => ReturnType<CoturnOption['apply']>,
): CoturnOption => ({
  names,
  here,
  remark,
  apply: (value, draft) => (/^\d{1,12}$/.test(value) ? take(Number(value), draft) : malformed(`"${value}" is no number.`)),
});

const seconds = (value: number, name: string): number | string =>
  value < 60 || value > 86_400 ? `${name} must be from 60 to 86400 seconds here, not ${value}.` : value;

/** How much anybody may take, and for how long. */
export const QUOTAS: readonly CoturnOption[] = [
  number(['user-quota', 'q'], '`quotas.allocationsPerUser`', 'coturn has none unless set; here it is 12.', (value, draft) => {
    if (value === 0)
      return changed('0 means no quota there. It stays at 12 here.', 'Set quotas.allocationsPerUser if your users hold more.');
    draft.quotas.allocationsPerUser = value;
    return kept('Is `quotas.allocationsPerUser`.');
  }),
  number(['total-quota', 'Q'], '`quotas.allocations`', 'A tenth of them is kept for users who have none yet.', (value, draft) => {
    if (value === 0)
      return changed('0 means no quota there. It stays at 10000 here.', 'Set quotas.allocations if you need more.');
    draft.quotas.allocations = value;
    return kept('Is `quotas.allocations`.');
  }),
  number(
    ['max-bps', 's'],
    '`quotas.bitsPerSecondPerAllocation`',
    'coturn counts bytes, we count bits: times 8.',
    (value, draft) => {
      draft.quotas.bitsPerSecondPerAllocation = value * 8;
      return kept(`Is \`quotas.bitsPerSecondPerAllocation\`: ${value} bytes are ${value * 8} bits.`);
    },
  ),
  number(
    ['bps-capacity', 'B'],
    '`quotas.bitsPerSecondPerUser`',
    'There is no bound for all users together: bound each user, and allocations.',
    (value) =>
      value === 0
        ? notNeeded('0 means no bound, as it is here.')
        : unsupported('There is no bound for all users together.', 'Set quotas.bitsPerSecondPerUser and quotas.allocations.'),
  ),
  number(['max-allocate-lifetime'], '`lifetimes.maxSeconds`', '', (value, draft) => {
    const sound = seconds(value, 'A lifetime');
    if (typeof sound === 'string') return malformed(sound);
    draft.lifetimes.maxSeconds = sound;
    if (sound < 600) draft.lifetimes.defaultSeconds = sound;
    return kept('Is `lifetimes.maxSeconds`.');
  }),
  {
    names: ['stale-nonce'],
    here: '`lifetimes.nonceSeconds`',
    remark: 'Nonces always age here: 3600 seconds unless set. They are an HMAC, and cost no memory.',
    apply(value, draft) {
      const sound = seconds(Number(value || 600), 'The life of a nonce');
      if (!/^\d{0,6}$/.test(value)) return malformed(`"${value}" is no number.`);
      if (value === '0') return notNeeded('Nonces always age here: 3600 seconds unless set.');
      if (typeof sound === 'string') return malformed(sound);
      draft.lifetimes.nonceSeconds = sound;
      return kept('Is `lifetimes.nonceSeconds`.');
    },
  },
  always(
    ['channel-lifetime', 'permission-lifetime'],
    '',
    notNeeded('Channels live 600 s and permissions 300 s, as RFC 8656 says and clients count on.'),
  ),
  always(['max-allocate-timeout'], '', notNeeded('A connection must authenticate within 30 s.')),
  always(
    [
      'unauthorized-ratelimit',
      'unauthorized-ratelimit-requests',
      'unauthorized-ratelimit-window',
      '401-req-limit',
      '401-window',
      'ratelimit-401',
    ],
    '',
    notNeeded('Answers to whoever has not authenticated are bounded for each source by themselves.'),
  ),
];
