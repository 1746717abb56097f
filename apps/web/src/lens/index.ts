export { Lens } from './lens.js';
export { UnderTheHood } from './under-the-hood.js';
export { LensViewer } from './viewer.js';
