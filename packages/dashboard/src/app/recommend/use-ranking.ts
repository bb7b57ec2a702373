import { useEffect, useRef, useState } from 'preact/hooks';
import { errorMessage } from '../state/api-client.ts';
import { fetchCards, rank } from './rank-client.ts';
import type { ItemCard, Presentation, RankAnswer, RankQuestion, StageFigures } from './rank-types.ts';

export interface Ranking {
  readonly answer: RankAnswer | undefined;
  /** By item id. */
  readonly cards: ReadonlyMap<string, ItemCard>;
  /** Positions of the answer before, by item id. */
  readonly before: ReadonlyMap<string, number>;
  readonly error: string | undefined;
  readonly roundTripMs: number;
  /** Stages of the last answers, the newest last. */
  readonly latencies: readonly (readonly StageFigures[])[];
}

const LATENCIES_MAX = 48;
const REPEAT_MS = 1000;
const NONE: Ranking = {
  answer: undefined,
  cards: new Map(),
  before: new Map(),
  error: undefined,
  roundTripMs: 0,
  latencies: [],
};

/** Asks anew when the question changes, and every second when told to. One request is under way at a time; the newest wins. */
export function useRanking(
  ranker: string,
  presentation: Presentation | undefined,
  question: RankQuestion | undefined,
  repeats: boolean,
): Ranking {
  const [ranking, setRanking] = useState(NONE);
  const cards = useRef(new Map<string, ItemCard>());
  const key = JSON.stringify(question);
  const askedUser = useRef('');
  useEffect(() => {
    if (question === undefined) return undefined;
    const control = new AbortController();
    let timer: number | undefined;
    const ask = async (): Promise<void> => {
      const startedMs = performance.now();
      try {
        const answer = await rank(ranker, question, control.signal);
        const roundTripMs = performance.now() - startedMs;
        await loadCards(cards.current, presentation, answer);
        if (control.signal.aborted) return;
        const sameUser = askedUser.current === question.user;
        askedUser.current = question.user;
        setRanking((last) => followed(last, answer, cards.current, roundTripMs, sameUser));
      } catch (error) {
        if (control.signal.aborted) return;
        setRanking((last) => ({ ...last, error: errorMessage(error) }));
      }
      if (repeats && !control.signal.aborted) timer = setTimeout(() => void ask(), REPEAT_MS);
    };
    void ask();
    return () => {
      control.abort();
      clearTimeout(timer);
    };
  }, [ranker, presentation, key, repeats]);
  return ranking;
}

function followed(
  last: Ranking,
  answer: RankAnswer,
  cards: ReadonlyMap<string, ItemCard>,
  roundTripMs: number,
  sameUser: boolean,
): Ranking {
  const positions = new Map(last.answer?.items.map(({ id }, index) => [id, index]));
  const same = sameOrder(last.answer, answer);
  return {
    answer,
    cards,
    // Marks of what moved stay until something moves again.
    before: sameUser ? (same ? last.before : positions) : new Map(),
    error: undefined,
    roundTripMs,
    latencies: [...last.latencies, answer.explanation?.stages ?? []].slice(-LATENCIES_MAX),
  };
}

function sameOrder(a: RankAnswer | undefined, b: RankAnswer): boolean {
  return a?.items.length === b.items.length && a.items.every(({ id }, index) => id === b.items[index]?.id);
}

async function loadCards(
  cards: Map<string, ItemCard>,
  presentation: Presentation | undefined,
  { items }: RankAnswer,
): Promise<void> {
  const missing = items.map(({ id }) => id).filter((id) => !cards.has(id));
  if (presentation === undefined || missing.length === 0) return;
  const found = await fetchCards(presentation, missing);
  missing.forEach((id, index) => cards.set(id, found[index]!));
}
