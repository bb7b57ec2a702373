import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Notice } from '../components/controls.tsx';
import { useResource } from '../state/resource.ts';
import { QuestionPanel } from './question-panel.tsx';
import { fetchPresentation, fetchRankers } from './rank-client.ts';
import type { Presentation, RankQuestion } from './rank-types.ts';
import { RankedList } from './ranked-list.tsx';
import { StageBar } from './stage-bar.tsx';
import { useRanking } from './use-ranking.ts';

const PAGE_SIZE = 20;

/** The server's rankers, asked for once. */
export function useRankers(): readonly string[] {
  const [rankers, setRankers] = useState<readonly string[]>([]);
  useEffect(() => {
    void fetchRankers().then(setRankers);
  }, []);
  return rankers;
}

export function RecommendView({ ranker }: { readonly ranker: string }): JSX.Element {
  const { value: found } = useResource(async () => ({ presentation: await fetchPresentation(ranker) }), [ranker]);
  if (found === undefined)
    return (
      <div class="page waiting" aria-busy="true">
        <span class="spinner" aria-hidden="true" /> Asking how this ranker wants to be shown…
      </div>
    );
  const presentation = found.presentation ?? plainPresentation(ranker);
  return <Recommender key={ranker} ranker={ranker} presentation={presentation} />;
}

/** A ranker of which nothing is known can still be asked, by the ids of its users. */
function plainPresentation(ranker: string): Presentation {
  return {
    title: ranker,
    note: 'No presentation lies in the feature store, so items are shown by their ids.',
    users: [],
    context: [],
    history: '',
    item: { entity: '', title: '', details: [] },
    userEntity: '',
    diversity: 0,
  };
}

interface RecommenderProps {
  readonly ranker: string;
  readonly presentation: Presentation;
}

function Recommender({ ranker, presentation }: RecommenderProps): JSX.Element {
  const [question, setQuestion] = useState<RankQuestion>(() => ({
    user: presentation.users[0]?.id ?? '',
    context: Object.fromEntries(presentation.context.map(({ name, value }) => [name, value])),
    diversity: presentation.diversity,
    size: PAGE_SIZE,
  }));
  const [repeats, setRepeats] = useState(false);
  const hasItems = presentation.item.title !== '';
  const ranking = useRanking(
    ranker,
    hasItems ? presentation : undefined,
    question.user === '' ? undefined : question,
    repeats,
  );
  const { answer, error, latencies, roundTripMs } = ranking;
  return (
    <div class="page">
      <div class="heading">
        <div>
          <h1>{presentation.title}</h1>
          <p class="sub">
            <span>{presentation.note}</span>
          </p>
        </div>
        {hasItems ? null : (
          <label class="picker">
            <span>User</span>
            <input
              value={question.user}
              onChange={(event) => setQuestion({ ...question, user: event.currentTarget.value.trim() })}
            />
          </label>
        )}
      </div>
      <div class={hasItems ? 'recommend' : ''}>
        {hasItems ? (
          <QuestionPanel
            presentation={presentation}
            question={question}
            repeats={repeats}
            onQuestion={setQuestion}
            onRepeats={setRepeats}
          />
        ) : null}
        <div class="answer">
          {error === undefined ? null : (
            <Notice kind="error" title="There is no answer.">
              {error}
            </Notice>
          )}
          {answer?.explanation === undefined || answer.explanation === null ? null : (
            <StageBar explanation={answer.explanation} roundTripMs={roundTripMs} latencies={latencies} />
          )}
          {answer === undefined || answer.degradations.length === 0 ? null : (
            <Notice kind="warning" title="This is less than the whole funnel’s answer.">
              {answer.degradations.map(({ kind, reason }) => `${kind.replaceAll('_', ' ')}: ${reason}`).join('\n')}
            </Notice>
          )}
          <RankedList {...ranking} />
        </div>
      </div>
    </div>
  );
}
