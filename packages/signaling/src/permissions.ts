import type { Role } from './session.js';

/** Who acts: a connection in its role, or the application's server with its API key. */
export type Actor = Role | 'application';

/** On whose things: the actor's own, or those of somebody else in the same session. Nobody reaches into another session. */
export type Whose = 'own' | 'other';

const RECEIVERS = ['subscriber', 'publisher', 'moderator'] as const;
const PUBLISHERS = ['publisher', 'moderator'] as const;

/**
 * Who may do what, and on whose things. REST and signaling both decide by this table, and nothing else decides.
 * The application's key reaches every session of its server; a connection reaches its own session alone.
 */
export const PERMISSIONS = {
  'create-session': { own: ['application'], other: [] },
  'read-session': { own: ['application'], other: [] },
  'close-session': { own: ['application'], other: [] },
  'create-connection': { own: ['application'], other: [] },
  'read-connections': { own: ['application'], other: [] },
  'update-role': { own: [], other: ['application'] },
  'update-presence': { own: RECEIVERS, other: [] },
  disconnect: { own: [], other: ['moderator', 'application'] },
  leave: { own: RECEIVERS, other: [] },
  publish: { own: PUBLISHERS, other: [] },
  'update-stream': { own: PUBLISHERS, other: [] },
  unpublish: { own: PUBLISHERS, other: ['moderator', 'application'] },
  'request-mute': { own: [], other: ['moderator'] },
  'update-subscription': { own: [], other: RECEIVERS },
  signal: { own: [], other: RECEIVERS },
  'exchange-media': { own: RECEIVERS, other: [] },
  'send-media': { own: PUBLISHERS, other: [] },
  'read-media': { own: RECEIVERS, other: ['application'] },
  'get-ice-servers': { own: RECEIVERS, other: [] },
  'issue-ice-servers': { own: ['application'], other: [] },
  'send-message': { own: [], other: [...RECEIVERS, 'application'] },
} as const satisfies Record<string, Record<Whose, readonly Actor[]>>;

export type Action = keyof typeof PERMISSIONS;

/** Whether `actor` may do `action` on `whose` things. */
export function isAllowed(actor: Actor, action: Action, whose: Whose): boolean {
  const actors: readonly Actor[] = PERMISSIONS[action][whose];
  return actors.includes(actor);
}
