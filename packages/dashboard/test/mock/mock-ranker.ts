/** A ranker of twelve invented films, with the feature rows that tell the page how to show them. */
const FILMS = [
  ['The Quiet Harbour', 1998, 'Drama', 'Ada Winter', 7.9],
  ['Night Train to Nowhere', 2003, 'Thriller', 'Max Holm', 7.2],
  ['Seven Small Kingdoms', 2007, 'Adventure', 'Ines Roca', 6.8],
  ['A Very Long Title That Does Not Fit Beside Anything Else On A Narrow Page', 1987, 'Comedy', 'Jo Park', 6.1],
  ['Glass Mountain', 1979, 'Western', 'Ada Winter', 8.3],
  ['The Lamplighter', 2009, 'Horror', 'Rui Sato', 5.9],
  ['Paper Tigers', 1994, 'Comedy', 'Lena Voss', 7],
  ['Under the Second Moon', 2001, 'Science Fiction', 'Max Holm', 7.7],
  ['The Orchard Keepers', 1968, 'Drama', 'Sam Okoro', 8],
  ['Tin Whistle', 1999, 'Musical', 'Ines Roca', 6.4],
  ['Cold Front', 2005, 'Action', 'Rui Sato', 6.6],
  ['Letters from the Reef', 2008, 'Documentary', 'Sam Okoro', 7.4],
] as const;

const PRESENTATION = {
  title: 'Films for tonight',
  note: 'Twelve films that nobody made, for viewers that nobody met.',
  users: Array.from({ length: 5 }, (_, i) => ({ id: `u${i + 1}`, label: `Viewer ${i + 1} · Drama, Comedy` })),
  context: [
    {
      name: 'hour',
      label: 'Hour of the day',
      min: 0,
      max: 23,
      step: 1,
      value: 20,
      words: [
        { from: 0, word: 'night' },
        { from: 6, word: 'day' },
        { from: 18, word: 'evening' },
      ],
    },
    { name: 'family', label: 'Children watch along', min: 0, max: 1, step: 0.1, value: 0, words: [] },
  ],
  history: 'viewer:films',
  item: { entity: 'film', title: 'card:title', details: ['card:year', 'card:genre', 'card:director', 'card:rating'] },
  userEntity: 'viewer',
  diversity: 0.2,
};

export interface MockQuestion {
  readonly user: string;
  readonly context: Readonly<Record<string, number>>;
  readonly rerank: { readonly mmr_lambda: number };
}

/** The route's answer, or undefined where there is no such route. */
export function rankerRoute(path: string, body: unknown, degraded: boolean): unknown {
  if (path === '/v1/rankers') return { rankers: ['films'] };
  if (path === '/v1/rankers/films/rank') return rankAnswer(body as MockQuestion, degraded);
  if (path === '/get-online-features')
    return onlineFeatures(
      body as { readonly features: readonly string[]; readonly entities: Record<string, string[]> },
    );
  return undefined;
}

function rankAnswer({ user, context, rerank }: MockQuestion, degraded: boolean): unknown {
  const score = (index: number): number =>
    0.5 + 0.45 * Math.sin(index * 2.1 + user.length + (context['hour'] ?? 0) / 3 + (1 - rerank.mmr_lambda) * 2);
  const items = FILMS.map((_, index) => ({ id: String(index + 1), score: score(index) })).sort(
    (a, b) => b.score - a.score,
  );
  const stage = (name: string, before: number, out: number, us: number) => ({
    stage: name,
    in: before,
    out,
    duration_us: us,
    budget_us: 30_000,
    cost_us: us,
    dropped: {},
  });
  const stages = [
    stage('user', 1, 1, 310),
    stage('sources', 0, 520, 890),
    stage('filters', 520, 498, 120),
    stage('heavy_features', 498, 498, 640),
    stage('heavy', 498, 498, 2900 + 60 * (context['hour'] ?? 0)),
    stage('rerank', 498, 12, 260),
  ];
  return {
    ranker: 'films',
    user,
    items: items.map(({ id, score: value }, position) => ({
      id,
      score: value,
      scored_by: 'heavy',
      explanation: {
        sources: position % 3 === 0 ? ['taste', 'popular'] : ['taste'],
        source_score: 0.7 - position / 50,
        light_score: null,
        outputs: { probability: value },
        heavy_score: value,
        features: {},
        adjustments: position === 2 ? [{ kind: 'mmr', detail: 'unlike the two above it' }] : [],
      },
    })),
    degradations: degraded ? [{ kind: 'source_failed', stage: 'sources', reason: 'source popular: UNAVAILABLE' }] : [],
    counts: { candidates: 520 },
    explanation: { stages, total_us: 5300, deadline_us: 200_000, cost_us: 5100, features: [] },
  };
}

function onlineFeatures({
  features,
  entities,
}: {
  features: readonly string[];
  entities: Record<string, string[]>;
}): unknown {
  const [entity = '', ids = []] = Object.entries(entities)[0] ?? [];
  const columns = features.map((feature) => ids.map((id) => featureValue(feature, id)));
  return {
    metadata: { feature_names: [entity, ...features.map((feature) => feature.split(':')[1])] },
    results: [ids, ...columns].map((values) => ({
      values,
      statuses: values.map((value) => (value === null ? 'NOT_FOUND' : 'PRESENT')),
      event_timestamps: values.map(() => '2026-01-01T00:00:00Z'),
    })),
  };
}

function featureValue(feature: string, id: string): unknown {
  if (feature === 'recommend_page:document') return JSON.stringify(PRESENTATION);
  if (feature === 'viewer:films') return [1, 5, 9, 4].slice(Number(id.slice(1)) % 3);
  const film = FILMS[Number(id) - 1];
  const column = ['card:title', 'card:year', 'card:genre', 'card:director', 'card:rating'].indexOf(feature);
  return film?.[column] ?? null;
}
