import { ConfigError } from '../../config/config-error.js';
import { readTurnConfig } from '../config/read-turn-config.js';
import type { TurnConfigFile } from '../config/turn-config-file.js';
import { CoturnDraft } from './draft.js';
import { coturnLines } from './line.js';
import type { CoturnOption, Outcome, Verdict } from './option.js';
import { CREDENTIALS, DATABASE_OPTIONS } from './options/credentials.js';
import { LISTENING } from './options/listening.js';
import { OPERATION } from './options/operation.js';
import { QUOTAS } from './options/quotas.js';
import { RELAYING } from './options/relaying.js';
import { TLS } from './options/tls.js';

/** Every option of turnserver.conf that is known here, in the order of the document. */
export const COTURN_OPTIONS: readonly (readonly [group: string, options: readonly CoturnOption[]])[] = [
  ['Where clients come in', LISTENING],
  ['Relays, and whom they reach', RELAYING],
  ['Who may have a relay', CREDENTIALS],
  ['How much, and for how long', QUOTAS],
  ['TLS', TLS],
  ['Running and watching it', OPERATION],
];

/** One line of the file, and what became of it. */
export interface CoturnFinding extends Outcome {
  readonly line: number;
  /** The line, its secrets blotted out. */
  readonly text: string;
}

/** What is true of the whole file. */
export interface CoturnNote {
  readonly verdict: Extract<Verdict, 'changed' | 'unsafe' | 'malformed'>;
  readonly why: string;
  readonly todo: string;
}

export interface CoturnImport {
  readonly config: TurnConfigFile;
  readonly findings: readonly CoturnFinding[];
  readonly notes: readonly CoturnNote[];
}

/** Whether somebody must decide something before the new server does what the old one did. */
export const needsDecision = ({ verdict }: { readonly verdict: Verdict }): boolean =>
  verdict === 'unsafe' || verdict === 'unsupported' || verdict === 'malformed' || verdict === 'unknown';

const OPTION_BY_NAME = new Map(
  COTURN_OPTIONS.flatMap(([, options]) => options).flatMap((option) => option.names.map((name) => [name, option])),
);

/** Reads a turnserver.conf: what is understood becomes a configuration, and every line gets a finding. Never throws. */
export function importCoturn(text: string): CoturnImport {
  const draft = new CoturnDraft();
  const findings: CoturnFinding[] = [];
  for (const { number, name, value } of coturnLines(text)) {
    const option = OPTION_BY_NAME.get(name);
    const isSecret = option?.isSecret === true || DATABASE_OPTIONS.has(name) || !option;
    const written = value === '' ? name : `${name}=${isSecret ? blot(name, value) : value}`;
    findings.push({ line: number, text: written.slice(0, 200), ...(option?.apply(value, draft) ?? UNKNOWN) });
  }
  const config = draft.toConfigFile();
  return { config, findings, notes: notesOf(draft, config) };
}

const UNKNOWN: Outcome = {
  verdict: 'unknown',
  why: 'No option of this name is known.',
  todo: 'Look for it in docs/coturn.md; if coturn itself ignores it, so may you.',
};

/** The name of a user is no secret; all else is. */
const blot = (name: string, value: string): string =>
  (name === 'user' || name === 'u') && value.includes(':') ? `${value.split(':')[0]}:…` : '…';

/** What no single line says. */
function notesOf(draft: CoturnDraft, config: TurnConfigFile): CoturnNote[] {
  const notes: CoturnNote[] = [
    {
      verdict: 'changed',
      why: 'coturn lets clients reach private networks unless it is told not to; here private, link-local, metadata and own addresses are denied.',
      todo: 'If clients must reach a private network, name it in policy.allow.',
    },
  ];
  if (draft.secrets.length === 0 && draft.users.length === 0) {
    notes.push({
      verdict: draft.isAnonymous ? 'unsafe' : 'changed',
      why: 'The file names neither a secret nor a user. A secret is made at the first start.',
      todo: 'Give it to your applications (maru turn says where it is), or write credentials.secrets or credentials.users.',
    });
  }
  if (!config.tls && config.listeners?.some((listener) => /^d?tls:/.test(listener))) {
    notes.push({
      verdict: 'changed',
      why: 'The file names no certificate, so that coturn has no TLS. Here TLS and DTLS use a certificate of the server itself.',
      todo: 'Set tls.cert and tls.key to one that browsers know, or remove these listeners.',
    });
  }
  const problem = problemOf(config);
  if (problem !== undefined) notes.push({ verdict: 'malformed', why: problem, todo: 'Correct it in the new configuration.' });
  return notes;
}

/** Why the new configuration as a whole would be refused. */
function problemOf(config: TurnConfigFile): string | undefined {
  try {
    readTurnConfig(config, () => '');
    return undefined;
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}
