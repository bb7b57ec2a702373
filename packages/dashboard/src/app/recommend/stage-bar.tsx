import type { JSX } from 'preact';
import { formatMs, formatUs } from '../logic/format.ts';
import type { RankExplanation, StageFigures } from './rank-types.ts';

const STAGE_WORDS: Readonly<Record<string, string>> = {
  user: 'User',
  sources: 'Sources',
  filters: 'Filters',
  light_features: 'Light features',
  light: 'Light rank',
  heavy_features: 'Features',
  heavy: 'Heavy rank',
  rerank: 'Re-rank',
};
const STAGES = Object.keys(STAGE_WORDS);

interface StageBarProps {
  readonly explanation: RankExplanation;
  readonly roundTripMs: number;
  readonly latencies: readonly (readonly StageFigures[])[];
}

/** Where the time of the last answer went, and that of the ones before. */
export function StageBar({ explanation, roundTripMs, latencies }: StageBarProps): JSX.Element {
  const { stages, total_us: totalUs, deadline_us: deadlineUs } = explanation;
  const shown = stages.filter(({ duration_us: us }) => us > 0);
  const sumUs = shown.reduce((sum, { duration_us: us }) => sum + us, 0);
  return (
    <section class="panel pad stage-panel" aria-labelledby="stages-heading">
      <div class="stage-head">
        <h2 id="stages-heading">Latency by stage</h2>
        <p class="sub num">
          <span>
            <strong>{formatUs(totalUs)}</strong> in the server
          </span>
          {deadlineUs === null ? null : <span>deadline {formatUs(deadlineUs)}</span>}
          <span>{formatMs(roundTripMs)} to this page</span>
        </p>
      </div>
      <div class="stage-bar" role="img" aria-label={`Stages: ${shown.map(stageText).join(', ')}`}>
        {shown.map((stage) => (
          <span
            key={stage.stage}
            class={`stage-part stage-${STAGES.indexOf(stage.stage)}`}
            style={{ flexGrow: stage.duration_us / sumUs }}
            title={stageText(stage)}
          />
        ))}
      </div>
      <div class="stage-foot">
        <ul class="stage-legend num">
          {shown.map((stage) => (
            <li key={stage.stage}>
              <span class={`stage-key stage-${STAGES.indexOf(stage.stage)}`} aria-hidden="true" />
              {STAGE_WORDS[stage.stage] ?? stage.stage}
              <span class="muted">{formatUs(stage.duration_us)}</span>
            </li>
          ))}
        </ul>
        <LatencyColumns latencies={latencies} />
      </div>
    </section>
  );
}

function stageText({ stage, duration_us: us, in: before, out }: StageFigures): string {
  return `${STAGE_WORDS[stage] ?? stage} ${formatUs(us)}, ${before} → ${out}`;
}

/** One column an answer, as high as its time against the slowest. */
function LatencyColumns({ latencies }: { readonly latencies: StageBarProps['latencies'] }): JSX.Element {
  const totals = latencies.map((stages) => stages.reduce((sum, { duration_us: us }) => sum + us, 0));
  const highest = Math.max(1, ...totals);
  return (
    <div class="latency-columns" role="img" aria-label={`Times of the last ${latencies.length} answers`}>
      {latencies.map((stages, index) => (
        <span key={index} class="latency-column" title={formatUs(totals[index])}>
          {stages
            .filter(({ duration_us: us }) => us > 0)
            .map(({ stage, duration_us: us }) => (
              <span
                key={stage}
                class={`stage-${STAGES.indexOf(stage)}`}
                style={{ height: `${(100 * us) / highest}%` }}
              />
            ))}
        </span>
      ))}
    </div>
  );
}
