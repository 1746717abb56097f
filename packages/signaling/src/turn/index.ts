export {
  TurnAllocation,
  TurnDrain,
  TurnEndpoint,
  TurnOverview,
  TurnRefusal,
  TurnReload,
  TurnUser,
} from './overview.js';
