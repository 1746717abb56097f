export { SctpAssociation } from './association.js';
export type { SchedulerKind, SctpConfig, SendOptions, SendOutcome } from './config.js';
export type { AckSample, CongestionController, CongestionControllerFactory } from './congestion/controller.js';
export type { SctpClosed, SctpCloseReason, SctpEvent, SctpFeatures, SctpOutputs } from './events.js';
export type { AssociationState } from './state.js';
export type { SctpSnapshot, SctpStats } from './stats.js';
