export { type FlowPoint, FlowRecord, POINT_MS } from './flow-record.js';
export { MediaFlow, type MediaFlowOptions } from './media-flow.js';
export { ModelFlow } from './model-flow.js';
export { WindowFlow } from './window-flow.js';
