export { describeEngineContract } from './engine-contract.ts';
export { checkIdentity, inputOf, isError, isSettled, randomBytes, requestFor, turns } from './engine-requests.ts';
export {
  DEFAULT_ENGINE_OPTIONS,
  type EngineSubject,
  loadRequest,
  type SlowModel,
  withModel,
} from './engine-subject.ts';
