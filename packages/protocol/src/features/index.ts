export {
  feastOnlineRequest,
  feastPushRequest,
  type FeastOnlineRequest,
  type FeastPushRequest,
} from './feast-request.ts';
export { encodeFeastOnlineResponse, type FeastColumn, type FeastOnlineResponse } from './feast-response.ts';
export { feastTimestampMs } from './feast-timestamp.ts';
