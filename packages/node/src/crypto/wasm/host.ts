/** What is used of the WebAssembly JavaScript interface. */
interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/** Absent where code may not be generated (`node --jitless`). */
export const { WebAssembly: webAssembly } = globalThis as unknown as { readonly WebAssembly?: WebAssemblyInterface };
