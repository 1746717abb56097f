export {
  type Dictionary,
  nullable,
  optional,
  required,
  toDictionary,
  toEnum,
  toInteger,
  toSequence,
  UNSIGNED_LONG,
} from './convert.js';
export { defineEventHandlers, type EventHandler } from './event-handlers.js';
export { defineInterface, INTERNAL } from './interface.js';
