export { besideADownload, changingRates } from './bandwidth.js';
export { blackout } from './blackout.js';
export { callOver } from './quality.js';
export { rebinding } from './rebinding.js';
export { connectOver, transferOver } from './setup.js';
