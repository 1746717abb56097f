import type { ClientMessage } from '@maru/signaling';
import type { TransportName } from '../call.js';
import { browserEnvironment, type Environment } from '../environment/environment.js';
import { MaruError } from '../errors.js';
import { SignalingCore, type SignalingEnd, type SignalingEvent } from '../signaling/signaling-core.js';
import { SignalingDriver } from '../signaling/signaling-driver.js';
import { VERSION } from '../version.js';
import { Conversation } from './conversation.js';
import { type IceOffer, IceServerRenewal } from './ice-server-renewal.js';
import type { JoinOptions, SessionOptions } from './options.js';
import { randomId } from './random-id.js';

const ALL_TRANSPORTS: readonly TransportName[] = ['websocket', 'sse', 'polling'];

/** A seat in a session of a Maru server: signaling, everybody's media, files and figures. */
export class Session extends Conversation {
  private readonly options: SessionOptions;
  private driver: SignalingDriver | undefined;
  private stopWatching: (() => void) | undefined;
  private transport: TransportName | undefined;
  private readonly renewal: IceServerRenewal;
  private joining: { resolve(): void; reject(error: MaruError): void } | undefined;

  constructor(options: SessionOptions, environment: Environment = browserEnvironment()) {
    const { iceTransportPolicy, files, videoCodecs } = options;
    super({ environment, iceTransportPolicy, files, videoCodecs });
    this.options = options;
    this.renewal = new IceServerRenewal(
      environment.clock,
      () => this.request({ type: 'get-ice-servers' }),
      (servers) => this.setIceServers(servers),
    );
    if (options.transports?.length === 0) throw new MaruError('sdk/invalid-argument', 'transports must name at least one');
  }

  /** Takes the seat that the token stands for. Rejects with the server's code when it says no; the call is then closed. */
  async join(options: JoinOptions = {}): Promise<void> {
    if (this.state !== 'new') throw new MaruError('sdk/invalid-state', `join needs a new session; this one is ${this.state}`);
    this.enter('joining');
    const token = await this.fetchToken();
    if (this.closeReason) throw new MaruError('sdk/invalid-state', 'left while joining');
    this.stopWatching = this.environment.watch({
      networkChanged: () => {
        this.driver?.networkChanged();
        this.networkChanged();
      },
      wentOffline: () => this.driver?.wentOffline(),
      woke: () => this.driver?.wake(),
      leaving: () => void this.leave(),
    });
    await new Promise<void>((resolve, reject) => {
      this.joining = { resolve, reject };
      this.driver = this.signalingDriver(token, options);
      this.driver.start();
    });
  }

  async leave(): Promise<void> {
    this.driver?.leave();
    this.close({ type: 'left' });
  }

  protected post(message: ClientMessage): boolean {
    return this.driver?.post(message) ?? false;
  }

  protected override lineDoubted(): void {
    this.driver?.networkChanged();
  }

  protected released(): void {
    this.stopWatching?.();
    this.renewal.stop();
    this.driver?.leave();
    const { joining, closeReason } = this;
    this.joining = undefined;
    const code = closeReason && 'code' in closeReason ? closeReason.code : 'sdk/invalid-state';
    joining?.reject(new MaruError(code, (closeReason && 'detail' in closeReason && closeReason.detail) || 'left while joining'));
  }

  private async fetchToken(): Promise<string> {
    const { token } = this.options;
    if (typeof token === 'string') return token;
    try {
      return await token();
    } catch (error) {
      this.close({ type: 'refused', code: error instanceof MaruError ? error.code : 'sdk/no-token', detail: String(error) });
      throw error;
    }
  }

  private signalingDriver(token: string, { presence }: JoinOptions): SignalingDriver {
    const { environment, options } = this;
    const core = new SignalingCore({
      transports: options.transports ?? ALL_TRANSPORTS,
      token,
      attempt: randomId(environment.random, 32),
      presence: presence && { ...presence },
      client: { name: '@maru/client', version: VERSION },
      random: environment.random,
    });
    const serverUrl = new URL(options.url ?? '/', globalThis.location?.href);
    return new SignalingDriver(
      core,
      environment.clock,
      environment.carriersTo(serverUrl),
      (event) => this.signalingEvent(event),
      (direction, content, transport) => this.inspector.wire(direction, content, transport),
    );
  }

  /** What the transports do, for the inspector. */
  private noteSignaling(event: SignalingEvent): void {
    const { inspector } = this;
    switch (event.type) {
      case 'welcomed':
      case 'resumed': {
        const { transport } = event;
        const key = this.transport === undefined || this.transport === transport ? 'signaling-opened' : 'signaling-switched';
        this.transport = transport;
        return inspector.note('browser-event', 'signaling open', { transport }, { key, params: { transport } });
      }
      case 'interrupted': {
        const { transport, why } = event;
        return inspector.note(
          'browser-event',
          'signaling lost',
          { transport, why },
          { key: 'signaling-lost', params: { transport, why } },
        );
      }
      case 'retrying': {
        const { transport, attempt, retryInMs } = event;
        const params = { transport, attempt, retryInMs };
        return inspector.note('browser-event', 'signaling retry', params, { key: 'signaling-retrying', params });
      }
      case 'message':
      case 'unknown-message':
      case 'ended':
        return; // messages are noted as they travel, the end by the state of the call
    }
  }

  private signalingEvent(event: SignalingEvent): void {
    this.noteSignaling(event);
    switch (event.type) {
      case 'welcomed': {
        const { session, self, connections } = event.welcome;
        this.offered(event.welcome);
        this.seated({ sessionId: session.id, self, connections, media: session.media });
        this.joining?.resolve();
        this.joining = undefined;
        return;
      }
      case 'resumed':
        this.offered(event.resumed);
        return this.enter('joined');
      case 'interrupted':
        return this.enter('reconnecting');
      case 'retrying':
        return this.emit('reconnecting', event);
      case 'message':
        return this.receive(event.message);
      case 'unknown-message':
        return;
      case 'ended':
        return this.ended(event.end);
    }
  }

  /** STUN and TURN servers of the server; those that the page named go before them. */
  private offered(offer: IceOffer): void {
    const { iceServers } = this.options;
    if (iceServers) this.setIceServers(iceServers);
    else this.renewal.offered(offer);
  }

  private ended({ type, code, detail }: SignalingEnd): void {
    this.close({ type, code, detail });
  }
}
