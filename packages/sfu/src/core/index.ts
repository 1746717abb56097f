export type { MediaKind } from './media-kind.js';
