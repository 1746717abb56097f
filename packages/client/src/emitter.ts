/** Takes a listener off again. Calling it twice is harmless. */
export type Off = () => void;

/** Something that tells what happened, by name, with one typed object each. */
export interface Observable<Events> {
  /** Listens to one event until the function returned is called. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Off;
  /** Listens to the next event of that name only. */
  once<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Off;
}

/** Typed listeners, called in the order in which they came. A listener that throws does not keep the others from hearing. */
export class Emitter<Events> implements Observable<Events> {
  private readonly listeners = new Map<keyof Events, Set<(event: never) => void>>();

  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Off {
    let set = this.listeners.get(name);
    if (!set) this.listeners.set(name, (set = new Set()));
    const entry = (event: Events[Name]): void => listener(event); // its own identity: the same function may listen twice
    set.add(entry);
    return () => set.delete(entry);
  }

  once<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): Off {
    const off = this.on(name, (event) => {
      off();
      listener(event);
    });
    return off;
  }

  /** Tells every listener; errors of listeners are the page's own and are reported as such, after all have heard. */
  protected emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) {
      try {
        (listener as (event: Events[Name]) => void)(event);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** Forgets every listener. */
  protected removeAllListeners(): void {
    this.listeners.clear();
  }
}
