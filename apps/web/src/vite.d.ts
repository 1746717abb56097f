/** What the build puts in place of these words. */
interface ImportMetaEnv {
  /** Served by the development server, not built. */
  readonly DEV: boolean;
}

interface ImportMeta {
  readonly env: ImportMetaEnv;
}
