import type { ReactiveController, ReactiveControllerHost } from 'lit';

/** Something whose readers want to know that it changed. It tells them so, never what: they read it again. */
export class Store {
  private readonly listeners = new Set<() => void>();

  /** Calls `listener` after each change, until the returned function is called. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => {
      this.listeners.delete(listener);
    };
  }

  protected changed(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

/** Re-renders an element whenever a store changes, for as long as the element is in the page. */
export class Watch implements ReactiveController {
  private unsubscribe: (() => void) | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly store: Store,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.unsubscribe = this.store.subscribe(() => this.host.requestUpdate());
  }

  hostDisconnected(): void {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
  }
}
