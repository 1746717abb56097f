export type { MediaKind } from './core/index.js';
