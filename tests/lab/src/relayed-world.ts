import { Call } from './call.js';
import { Lab, type LabLink, type LabNat, SERVER } from './lab.js';
import { LabCertificate, startTurnServer, TURN_USER } from './turn-server.js';

export const STUN = { urls: `stun:${SERVER.first}` };
export const TURN_UDP = { urls: `turn:${SERVER.first}`, ...TURN_USER };
export const TURN_TCP = { urls: `turn:${SERVER.first}?transport=tcp`, ...TURN_USER };
export const TURN_DTLS = { urls: `turns:${SERVER.first}:5349?transport=udp`, ...TURN_USER };
export const TURN_TLS = { urls: `turns:${SERVER.first}:5349`, ...TURN_USER };
/** What most calls are told of. */
export const ALL = { iceServers: [STUN, TURN_UDP, TURN_TCP, TURN_TLS] };

/** Two hosts behind NATs and coturn between them, anew for each call; all of them know its certificate. */
export class RelayedWorld {
  lab: Lab | undefined;
  private readonly certificate = new LabCertificate();
  private killTurnServer: (() => Promise<void>) | undefined;

  /** A call between hosts behind such NATs. */
  async call(a: LabNat, b: LabNat, configuration: object = ALL, link?: LabLink): Promise<Call> {
    this.lab = await Lab.up({ a, b, ...(link && { link }) });
    this.killTurnServer = await startTurnServer(this.lab, this.certificate);
    return Call.connect(this.lab, configuration, { env: this.certificate.env });
  }

  /** A call between two hosts on one cable that hide their addresses, without any server. */
  callOnCable(): Promise<Call> {
    this.lab = Lab.lan();
    return Call.connect(this.lab, {}, { hidesAddresses: true });
  }

  /** coturn dies as in a crash, and comes back. */
  async restartTurnServer(): Promise<void> {
    await this.killTurnServer?.();
    this.killTurnServer = await startTurnServer(this.lab!, this.certificate);
  }

  /** After each call. */
  down(): void {
    this.lab?.down();
    this.lab = undefined;
  }

  /** After the last. */
  remove(): void {
    this.certificate.remove();
  }
}
