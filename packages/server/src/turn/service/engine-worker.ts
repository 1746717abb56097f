// The program of a thread that relays: one engine, told what to do and saying what happens.
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '@maru/node/clock';
import { systemRandom } from '@maru/node/random';
import { assert } from '@maru/protocol/core';
import type { TurnServerEvent, TurnServerSettings } from '@maru/protocol/turn/server';
import { SILENT } from '../../log/log.js';
import type { TurnConfig } from '../config/turn-config.js';
import { turnSettings } from '../operation/turn-settings.js';
import { turnCertificate } from './certificate.js';
import type { EngineBirth, EngineOrder, EngineReport } from './engine-messages.js';
import { stateOf, TurnEngine } from './turn-engine.js';

const birth = workerData as EngineBirth; // what WorkerEngines gave
assert(parentPort, 'this program runs in a thread');
const port = parentPort;
const say = (report: EngineReport): void => port.postMessage(report);

function settingsOf(config: TurnConfig, ownAddresses: readonly string[]): TurnServerSettings {
  const wallClock = { unixSeconds: () => Math.floor(Date.now() / 1_000) };
  return turnSettings(config, { wallClock, ownAddresses, secret: birth.secret });
}

/** Refusals that are told of each second: whoever sends nonsense must not fill the other thread's queue. All are counted. */
const REFUSALS_PER_SECOND = 50;
let refusals = { second: 0, count: 0 };

function tell(event: TurnServerEvent): void {
  if (event.type === 'refused') {
    const second = Math.floor(systemClock.now() / 1_000);
    if (second !== refusals.second) refusals = { second, count: 0 };
    refusals.count += 1;
    if (refusals.count > REFUSALS_PER_SECOND) return;
  }
  say({ type: 'event', event });
}

function obey(engine: TurnEngine, order: EngineOrder): void {
  const { server } = engine;
  switch (order.type) {
    case 'reconfigure':
      engine.reconfigure(settingsOf(order.config, order.ownAddresses));
      return say({ type: 'answer', ask: order.ask, value: true });
    case 'look':
      return say({ type: 'answer', ask: order.ask, value: stateOf(engine, systemClock.now()) });
    case 'end':
      return say({ type: 'answer', ask: order.ask, value: engine.input((now) => server.end(now, order.id)) });
    case 'revoke':
      return say({ type: 'answer', ask: order.ask, value: engine.input((now) => server.revoke(now, order.group)) });
    case 'certificate':
      return engine.setCertificate(turnCertificate(order.files));
    case 'drain':
      return engine.input(() => (order.isDraining ? server.startDraining() : server.stopDraining()));
    case 'restore-usage':
      return engine.input((now) => server.restoreUsage(now, order.group, order.bytes));
    case 'reset-usage':
      return server.resetUsage();
    case 'close':
      engine.close();
      port.close();
  }
}

try {
  const { config, listeners, certificate, ownAddresses, index, count } = birth;
  const engine = await TurnEngine.open(
    {
      settings: settingsOf(config, ownAddresses),
      listeners,
      certificate: certificate && turnCertificate(certificate),
      sharing: { index, count },
      driver: 'native',
    },
    { clock: systemClock, random: systemRandom, log: SILENT, onEvent: tell },
  );
  port.on('message', (order: EngineOrder) => obey(engine, order));
  say({ type: 'opened' });
} catch (error) {
  say({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
}
