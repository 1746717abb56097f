/** Fifteen times a second is as smooth as a ring needs, and costs a phone little. */
const EVERY_MS = 66;

const listeners = new Set<() => void>();
let frame = 0;
let lastAt = 0;

/** Calls `listener` some fifteen times a second while the page is drawn at all, until the returned function is called. */
export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) frame = requestAnimationFrame(tick);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) cancelAnimationFrame(frame);
  };
}

function tick(at: number): void {
  frame = requestAnimationFrame(tick);
  if (at - lastAt < EVERY_MS) return;
  lastAt = at;
  for (const listener of listeners) listener();
}
