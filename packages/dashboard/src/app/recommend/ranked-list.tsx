import type { JSX } from 'preact';
import { Icon } from '../components/icon.tsx';
import type { ItemExplanation, RankedItem } from './rank-types.ts';
import type { Ranking } from './use-ranking.ts';

const KIND_WORDS: Readonly<Record<string, string>> = {
  boost: 'Boosted',
  pin: 'Pinned',
  diversity: 'Moved for variety',
  mmr: 'Chosen for difference',
  diversity_relaxed: 'Variety relaxed',
};

export function RankedList({ answer, cards, before }: Ranking): JSX.Element | null {
  if (answer === undefined) return null;
  const best = Math.max(1e-9, ...answer.items.map(({ score }) => score ?? 0));
  return (
    <ol class="panel ranked-items">
      {answer.items.map((item, position) => {
        const card = cards.get(item.id);
        return (
          <li key={item.id} class="ranked-item" data-item={item.id}>
            <details>
              <summary>
                <span class="ranked-position num">{position + 1}</span>
                <Movement from={before.size === 0 ? position : before.get(item.id)} to={position} />
                <span class="ranked-title">
                  <strong>{card?.title ?? item.id}</strong>
                  <span class="sub">
                    {card?.details.map((detail) => (
                      <span key={detail}>{detail}</span>
                    ))}
                  </span>
                </span>
                <Sources explanation={item.explanation} />
                <ScoreBar item={item} best={best} />
                <Icon name="chevron" />
              </summary>
              <Explanation item={item} />
            </details>
          </li>
        );
      })}
    </ol>
  );
}

/** Up, down, new, or nothing. */
function Movement({ from, to }: { readonly from: number | undefined; readonly to: number }): JSX.Element {
  if (from === undefined) return <span class="moved moved-new">new</span>;
  const by = from - to;
  if (by === 0) return <span class="moved" />;
  const words = `${by > 0 ? 'up' : 'down'} ${Math.abs(by)}`;
  return (
    <span class={`moved num ${by > 0 ? 'moved-up' : 'moved-down'}`} title={words} aria-label={words}>
      {by > 0 ? '▲' : '▼'} {Math.abs(by)}
    </span>
  );
}

function Sources({ explanation }: { readonly explanation: ItemExplanation | null | undefined }): JSX.Element {
  const moved = explanation?.adjustments.length ?? 0;
  return (
    <span class="ranked-chips">
      {explanation?.sources.map((source) => (
        <span key={source} class="chip">
          {source}
        </span>
      ))}
      {moved === 0 ? null : (
        <span class="chip chip-moved" title={explanation?.adjustments.map(({ detail }) => detail).join('\n')}>
          re-ranked
        </span>
      )}
    </span>
  );
}

function ScoreBar({ item, best }: { readonly item: RankedItem; readonly best: number }): JSX.Element {
  const { score } = item;
  return (
    <span class="ranked-score num">
      <span class="score-track" aria-hidden="true">
        <span style={{ width: `${Math.max(0, Math.min(100, (100 * (score ?? 0)) / best))}%` }} />
      </span>
      {scoreText(score)}
    </span>
  );
}

function scoreText(score: number | null): string {
  return score === null ? '–' : score.toFixed(3);
}

function Explanation({ item }: { readonly item: RankedItem }): JSX.Element {
  const { explanation } = item;
  if (explanation === null || explanation === undefined)
    return <p class="ranked-why muted">Nothing is known of how this came about.</p>;
  const figures: readonly (readonly [string, number | null])[] = [
    ['Source score', explanation.source_score],
    ['Light score', explanation.light_score],
    ...Object.entries(explanation.outputs),
    ['Heavy score', explanation.heavy_score],
    ['Final score', item.score],
  ];
  return (
    <div class="ranked-why">
      <dl class="why-figures num">
        {figures
          .filter(([, value]) => value !== null)
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{scoreText(value)}</dd>
            </div>
          ))}
      </dl>
      <ul class="why-notes">
        <li>
          From {explanation.sources.join(', ') || 'the request'}; scored by the {item.scored_by} ranker.
        </li>
        {explanation.adjustments.map(({ kind, detail }) => (
          <li key={kind + detail}>
            <strong>{KIND_WORDS[kind] ?? kind}.</strong> {detail}
          </li>
        ))}
      </ul>
    </div>
  );
}
