/** The engine, or the program behind it, could not do its work. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
}
