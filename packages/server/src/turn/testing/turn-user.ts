import { nodeCrypto, nodeNetwork, systemRandom } from '@maru/node';
import { NEVER, SILENT_LOG } from '@maru/protocol/core';
import { TurnClient, type TurnEvent } from '@maru/protocol/turn';

/** A client of the relay over UDP at loopback. */
export class TurnUser {
  private cancelTimer = (): void => {};
  private readonly waiting: ((event: TurnEvent) => void)[] = [];
  private readonly events: TurnEvent[] = [];

  private constructor(
    private readonly client: TurnClient,
    private readonly carrier: { transmit(bytes: Uint8Array): void; flush(): void; close(): void },
  ) {}

  static async open(port: number, username: string, password: string): Promise<TurnUser> {
    const context = { crypto: nodeCrypto, random: systemRandom, log: SILENT_LOG };
    const client = new TurnClient({ username, password, transport: 'datagram', families: 'ipv4' }, context);
    const socket = await nodeNetwork.openDatagram({ address: '127.0.0.1' });
    const path = socket.pathTo('127.0.0.1', port);
    const user = new TurnUser(client, {
      transmit: (bytes) => socket.send(bytes, path),
      flush: () => socket.flush(),
      close: () => socket.close(),
    });
    socket.receiver = {
      datagram: (bytes) => void client.receive(nodeNetwork.clock.now(), bytes),
      settled: () => user.settle(),
    };
    return user;
  }

  /** Asks for an allocation; what came of it. */
  allocate(): Promise<TurnEvent> {
    this.client.start(nodeNetwork.clock.now());
    this.settle();
    return this.next();
  }

  /** Refreshes ahead of time; whether the allocation is still there, or why not. */
  refresh(): Promise<TurnEvent> {
    this.client.verify(nodeNetwork.clock.now());
    this.settle();
    return this.next();
  }

  permit(address: string, port: number): Promise<TurnEvent> {
    this.client.permit(nodeNetwork.clock.now(), { address, port }, false);
    this.settle();
    return this.next();
  }

  close(): void {
    this.client.close(nodeNetwork.clock.now());
    this.settle();
    this.cancelTimer();
    this.carrier.close();
  }

  private next(): Promise<TurnEvent> {
    const known = this.events.shift();
    return known ? Promise.resolve(known) : new Promise((resolve) => this.waiting.push(resolve));
  }

  private settle(): void {
    this.client.drain({
      transmit: (bytes) => this.carrier.transmit(bytes),
      event: (event) => {
        const waiter = this.waiting.shift();
        if (waiter) waiter(event);
        else this.events.push(event);
      },
    });
    this.carrier.flush();
    this.cancelTimer();
    const { deadline } = this.client;
    if (deadline === NEVER) return;
    this.cancelTimer = nodeNetwork.clock.schedule(deadline, () => {
      this.client.advance(nodeNetwork.clock.now());
      this.settle();
    });
  }
}
