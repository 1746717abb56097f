import type { IceEvent, IceRequest, RequestId } from './events.js';

/** Who numbers requests and passes them to the driver. */
export interface Requester {
  nextRequest(): RequestId;
  emit(event: IceEvent): void;
}

interface OpenRequest<Purpose> {
  readonly request: RequestId;
  readonly purpose: Purpose;
}

/** Requests to the driver that are not answered yet, each with what its answer is for. Few at any time, and mostly none. */
export class OpenRequests<Purpose> {
  private requests: readonly OpenRequest<Purpose>[] = NONE;

  constructor(private readonly requester: Requester) {}

  get isEmpty(): boolean {
    return this.requests.length === 0;
  }

  get open(): readonly Purpose[] {
    return this.requests.map(({ purpose }) => purpose);
  }

  ask(purpose: Purpose, event: (request: RequestId) => IceRequest): void {
    const request = this.requester.nextRequest();
    this.requests = [...this.requests, { request, purpose }];
    this.requester.emit(event(request));
  }

  /** What `request` was for, once. */
  take(request: RequestId): Purpose | undefined {
    const taken = this.requests.find((open) => open.request === request);
    if (taken) this.requests = this.requests.filter((open) => open !== taken);
    return taken?.purpose;
  }

  /** Gives up those for which `isGivenUp` holds, and returns what they were for. */
  takeWhere(isGivenUp: (purpose: Purpose) => boolean): Purpose[] {
    const given = this.requests.filter(({ purpose }) => isGivenUp(purpose));
    this.requests = this.requests.filter((open) => !given.includes(open));
    return given.map(({ purpose }) => purpose);
  }

  clear(): void {
    this.requests = NONE;
  }
}

const NONE: readonly never[] = [];
