import type { IceEvent, IceRequest, RequestId } from './events.js';

/** Who numbers requests and passes them to the driver. */
export interface Requester {
  nextRequest(): RequestId;
  emit(event: IceEvent): void;
}

/** Requests to the driver that are not answered yet, each with what its answer is for. */
export class OpenRequests<Purpose> {
  private readonly purposes = new Map<RequestId, Purpose>();

  constructor(private readonly requester: Requester) {}

  get isEmpty(): boolean {
    return this.purposes.size === 0;
  }

  get open(): readonly Purpose[] {
    return [...this.purposes.values()];
  }

  ask(purpose: Purpose, event: (request: RequestId) => IceRequest): void {
    const request = this.requester.nextRequest();
    this.purposes.set(request, purpose);
    this.requester.emit(event(request));
  }

  /** What `request` was for, once. */
  take(request: RequestId): Purpose | undefined {
    const purpose = this.purposes.get(request);
    this.purposes.delete(request);
    return purpose;
  }

  /** Gives up those for which `isGivenUp` holds, and returns what they were for. */
  takeWhere(isGivenUp: (purpose: Purpose) => boolean): Purpose[] {
    const given = [...this.purposes].filter(([, purpose]) => isGivenUp(purpose));
    for (const [request] of given) this.purposes.delete(request);
    return given.map(([, purpose]) => purpose);
  }

  clear(): void {
    this.purposes.clear();
  }
}
