import type { AllocationSnapshot, GroupUsage, TurnServerEvent, TurnStatistics } from '@maru/protocol/turn/server';
import type { TlsFiles } from '../../tls/authority.js';
import type { TurnConfig } from '../config/turn-config.js';
import type { EngineListener } from './turn-engine.js';

/** What a thread of the relay is born with. Plain data. */
export interface EngineBirth {
  readonly index: number;
  readonly count: number;
  readonly config: TurnConfig;
  readonly listeners: readonly EngineListener[];
  readonly certificate: TlsFiles | undefined;
  readonly ownAddresses: readonly string[];
  readonly secret: Uint8Array;
}

/** What is true of one engine; instants are of its own clock, which shows `now`. */
export interface EngineState {
  readonly allocations: readonly AllocationSnapshot[];
  readonly statistics: TurnStatistics;
  readonly users: readonly GroupUsage[];
  readonly lost: { readonly datagrams: number; readonly streamMessages: number };
  readonly now: number;
}

/** What a thread is told. Those with an `ask` are answered. */
export type EngineOrder =
  | { readonly type: 'reconfigure'; readonly ask: number; readonly config: TurnConfig; readonly ownAddresses: readonly string[] }
  | { readonly type: 'look'; readonly ask: number }
  | { readonly type: 'end'; readonly ask: number; readonly id: number }
  | { readonly type: 'revoke'; readonly ask: number; readonly group: string }
  | { readonly type: 'certificate'; readonly files: TlsFiles }
  | { readonly type: 'drain'; readonly isDraining: boolean }
  | { readonly type: 'reset-usage' }
  | { readonly type: 'restore-usage'; readonly group: string; readonly bytes: number }
  | { readonly type: 'close' };

/** What a thread says. */
export type EngineReport =
  | { readonly type: 'opened' }
  | { readonly type: 'failed'; readonly message: string }
  | { readonly type: 'answer'; readonly ask: number; readonly value: EngineState | boolean | number }
  | { readonly type: 'event'; readonly event: TurnServerEvent };
