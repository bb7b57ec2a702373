/**
 * Fields that Triton has and this version does not act on. Refusing one that changes what a model answers is the point;
 * one that only tunes another runtime is accepted and reported, so that existing repositories load unchanged.
 * Source: `model_config.proto` of Triton's common repository.
 */
export interface TritonField {
  readonly verdict: 'refused' | 'ignored';
  readonly reason: string;
  /** The field asks for something by being there, even when nothing is in it: a message of protobuf, not a map. */
  readonly presenceCounts: boolean;
}

const refused = (reason: string): TritonField => ({ verdict: 'refused', reason, presenceCounts: false });
const refusedMessage = (reason: string): TritonField => ({ verdict: 'refused', reason, presenceCounts: true });
const ignored = (reason: string): TritonField => ({ verdict: 'ignored', reason, presenceCounts: false });

const tensorRtOnly = 'it concerns TensorRT models only';

/** By field names from the top, list indexes left out. */
export const TRITON_FIELDS: ReadonlyMap<string, TritonField> = new Map([
  ['runtime', ignored('backends are part of the server')],
  ['sequence_batching', refusedMessage('stateful models take their state as inputs and outputs')],
  ['ensemble_scheduling', refusedMessage('call the models one by one')],
  ['batch_input', refused('models that take ragged inputs use allow_ragged_batch with padding')],
  ['batch_output', refused('outputs of padded batches use output.unpad')],
  ['cc_model_filenames', refused('use default_model_filename')],
  ['model_operations', refused('custom operator libraries are not loaded')],
  ['model_repository_agents', refused('there are no repository agents')],
  ['metric_tags', ignored('metrics carry the labels model and version')],
  ['model_metrics', ignored('histogram buckets are set for the whole server')],
  ['input.format', ignored('it says nothing that dims do not')],
  ['input.reshape', refusedMessage('declare dims as the model itself has them')],
  ['input.is_shape_tensor', refused(tensorRtOnly)],
  ['input.is_non_linear_format_io', refused(tensorRtOnly)],
  ['output.reshape', refusedMessage('declare dims as the model itself has them')],
  ['output.is_shape_tensor', refused(tensorRtOnly)],
  ['output.is_non_linear_format_io', refused(tensorRtOnly)],
  ['instance_group.rate_limiter', ignored('instances are not rate limited')],
  ['instance_group.secondary_devices', refused(tensorRtOnly)],
  ['instance_group.profile', refused(tensorRtOnly)],
  ['instance_group.passive', refused('every instance takes requests')],
  ['instance_group.host_policy', ignored('there are no host policies')],
  ['optimization.priority', ignored(tensorRtOnly)],
  ['optimization.cuda', ignored(tensorRtOnly)],
  ['optimization.input_pinned_memory', ignored('the engine manages its own buffers')],
  ['optimization.output_pinned_memory', ignored('the engine manages its own buffers')],
  ['optimization.gather_kernel_buffer_threshold', ignored(tensorRtOnly)],
  ['optimization.eager_batching', ignored(tensorRtOnly)],
]);
