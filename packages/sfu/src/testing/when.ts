const LOOKS_MS = 20;

/** Comes back as soon as `holds`, in real time; throws where it does not within `patienceMs`. */
export async function when(holds: () => boolean | Promise<boolean>, patienceMs = 20_000): Promise<void> {
  const until = performance.now() + patienceMs;
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`not within ${patienceMs} ms`);
    await new Promise((next) => setTimeout(next, LOOKS_MS));
  }
}
