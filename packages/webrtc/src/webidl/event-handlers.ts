/** An event handler IDL attribute, as HTML defines it: a function, or nothing. */
export type EventHandler<EventType extends Event = Event> = ((event: EventType) => unknown) | null;

interface Registration {
  callback: object;
}

type Handlers = Map<string, Registration>;
const handlersOf = new WeakMap<EventTarget, Handlers>();

/**
 * Gives `target` its `on…` attributes (HTML, "event handler IDL attributes"). The listener takes its place in line when
 * a function is first set, and keeps it while functions replace each other.
 */
export function defineEventHandlers(target: { readonly prototype: EventTarget }, types: readonly string[]): void {
  for (const type of types) {
    const name = `on${type}`;
    // An accessor of an object literal gets its name from its key, as Web IDL wants it.
    const accessor = {
      get [name](): unknown {
        return registration(asTarget(this, target), type)?.callback ?? null;
      },
      set [name](value: unknown) {
        setHandler(asTarget(this, target), type, value);
      },
    };
    Object.defineProperty(target.prototype, name, Object.getOwnPropertyDescriptor(accessor, name)!);
  }
}

function asTarget(value: unknown, target: { readonly prototype: EventTarget }): EventTarget {
  if (!Object.prototype.isPrototypeOf.call(target.prototype, value as object)) throw new TypeError('Illegal invocation');
  return value as EventTarget;
}

function registration(target: EventTarget, type: string): Registration | undefined {
  return handlersOf.get(target)?.get(type);
}

function setHandler(target: EventTarget, type: string, value: unknown): void {
  const callback = typeof value === 'function' || (typeof value === 'object' && value !== null) ? value : undefined;
  const present = registration(target, type);
  if (present && callback) present.callback = callback;
  else if (present) forget(target, type, present);
  else if (callback) remember(target, type, callback);
}

function remember(target: EventTarget, type: string, callback: object): void {
  const handlers = handlersOf.get(target) ?? new Map<string, Registration>();
  handlersOf.set(target, handlers);
  const entry: Registration & { handleEvent(event: Event): void } = {
    callback,
    handleEvent(event) {
      if (typeof this.callback !== 'function') return;
      const answer: unknown = this.callback.call(target, event);
      if (answer === false) event.preventDefault();
    },
  };
  handlers.set(type, entry);
  target.addEventListener(type, entry as unknown as EventListener);
}

function forget(target: EventTarget, type: string, entry: Registration): void {
  handlersOf.get(target)?.delete(type);
  target.removeEventListener(type, entry as unknown as EventListener);
}

type EventListener = Parameters<EventTarget['addEventListener']>[1];
