/** Why the scheduler cut a batch, in words for people; the codes are those of its explanations. */
const REASONS: Readonly<Record<string, string>> = {
  full: 'Reached the batch limit',
  preferred_size: 'Reached a preferred size',
  queue_delay: 'Queue delay ran out',
  no_delay: 'An instance was free, nothing to wait for',
  deadline: 'A deadline was near',
  unbatchable_next: 'The next request has another shape',
  draining: 'The model is draining',
  unbatched: 'This model does not batch',
};

export function batchReason(cut: string): string {
  return REASONS[cut] ?? cut.replaceAll('_', ' ');
}
