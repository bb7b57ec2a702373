import type { JSX } from 'preact';
import { batchReason } from '../logic/batch-reasons.ts';
import { formatTime, formatUs, formatWhole } from '../logic/format.ts';
import { fetchBatches } from '../state/api-client.ts';
import { useResource } from '../state/resource.ts';
import { Notice } from './controls.tsx';

const SHOWN = 40;
const EVERY_MS = 2000;

/** Each of the last batches, with why it was cut when it was. */
export function RecentBatches({ model, version }: { readonly model: string; readonly version: string }): JSX.Element {
  const { value, error } = useResource(() => fetchBatches(model, version), [model, version], EVERY_MS);
  return (
    <section class="panel batches" aria-labelledby="batches-heading">
      <div class="pad-head">
        <h2 id="batches-heading">Recent batches</h2>
        <p class="panel-note">Newest first, and why each was cut.</p>
      </div>
      {error === undefined ? null : <Notice kind="error">{error}</Notice>}
      {value === undefined ? null : value.length === 0 ? (
        <p class="empty-note">No batch ran since the load.</p>
      ) : (
        <div class="table-scroll" tabIndex={0} role="region" aria-labelledby="batches-heading">
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col" class="right">
                  Rows
                </th>
                <th scope="col" class="right">
                  Requests
                </th>
                <th scope="col">Why cut</th>
                <th scope="col" class="right">
                  Waited
                </th>
                <th scope="col" class="right">
                  Compute
                </th>
              </tr>
            </thead>
            <tbody>
              {value.slice(0, SHOWN).map((batch, i) => (
                <tr key={`${batch.wallMs}/${i}`} class={batch.outcome === 'succeeded' ? '' : 'row-bad'}>
                  <td class="num muted">{formatTime(batch.wallMs)}</td>
                  <td class="num right strong">{formatWhole(batch.rows)}</td>
                  <td class="num right">{formatWhole(batch.requests)}</td>
                  <td>
                    {batch.outcome === 'succeeded' ? null : <span class="tag tag-bad">{batch.outcome}</span>}
                    {batchReason(batch.cut)}
                  </td>
                  <td class="num right">{formatUs(batch.oldestWaitedUs)}</td>
                  <td class="num right">{formatUs(batch.computeUs)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
