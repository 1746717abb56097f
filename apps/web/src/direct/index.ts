export { Direct } from './direct.js';
