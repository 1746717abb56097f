export type { Carrier, CarrierListener, OpenCarrier } from '../signaling/carrier.js';
export { type MakeWebSocket, openWebSocket } from '../signaling/websocket-carrier.js';
export type { Environment, EnvironmentListener } from './environment.js';
