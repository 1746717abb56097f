// What an attacker sends, for whichever suite has a place for one.
export { INVALID_RECORDS, validClientHellos } from './client-hellos.js';
export { nominatingCheck, unaskedSuccess } from './stun-checks.js';
