import type { JSX } from 'preact';
import { Button } from '../components/controls.tsx';
import { useResource } from '../state/resource.ts';
import { fetchCards, fetchHistory } from './rank-client.ts';
import type { ContextSlider, Presentation, RankQuestion } from './rank-types.ts';

interface QuestionPanelProps {
  readonly presentation: Presentation;
  readonly question: RankQuestion;
  readonly repeats: boolean;
  readonly onQuestion: (question: RankQuestion) => void;
  readonly onRepeats: (repeats: boolean) => void;
}

const HISTORY_SHOWN = 8;

/** Who asks, in which context, and how varied the page shall be. */
export function QuestionPanel(props: QuestionPanelProps): JSX.Element {
  const { presentation, question, repeats, onQuestion, onRepeats } = props;
  return (
    <aside class="question" aria-label="What is asked">
      <section class="panel pad question-part">
        <UserPicker {...props} />
        <History presentation={presentation} user={question.user} />
      </section>
      <section class="panel pad question-part">
        <h2>Context</h2>
        {presentation.context.map((slider) => (
          <Slider
            key={slider.name}
            slider={slider}
            value={question.context[slider.name] ?? slider.value}
            onValue={(value) => onQuestion({ ...question, context: { ...question.context, [slider.name]: value } })}
          />
        ))}
        <h2>Page</h2>
        <Slider
          slider={DIVERSITY}
          value={question.diversity}
          onValue={(diversity) => onQuestion({ ...question, diversity })}
        />
        <label class="check">
          <input type="checkbox" checked={repeats} onChange={(event) => onRepeats(event.currentTarget.checked)} />
          Ask again every second
        </label>
      </section>
    </aside>
  );
}

const DIVERSITY: ContextSlider = {
  name: 'diversity',
  label: 'Diversity',
  min: 0,
  max: 1,
  step: 0.05,
  value: 0,
  words: [
    { from: 0, word: 'relevance alone' },
    { from: 0.05, word: 'a little' },
    { from: 0.4, word: 'varied' },
    { from: 0.75, word: 'as different as can be' },
  ],
};

function UserPicker({ presentation: { users }, question, onQuestion }: QuestionPanelProps): JSX.Element {
  const place = users.findIndex(({ id }) => id === question.user);
  const choose = (index: number): void => {
    const user = users[(index + users.length) % users.length];
    if (user !== undefined) onQuestion({ ...question, user: user.id });
  };
  return (
    <div class="user-picker">
      <label class="field grow">
        User
        <select
          value={question.user}
          onChange={(event) => onQuestion({ ...question, user: event.currentTarget.value })}
        >
          {users.map(({ id, label }) => (
            <option key={id} value={id}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <Button
        icon="dice"
        title="Somebody else"
        onClick={() => choose(place + 1 + Math.floor(Math.random() * (users.length - 1)))}
      />
    </div>
  );
}

function History({ presentation, user }: { readonly presentation: Presentation; readonly user: string }): JSX.Element {
  const { value, error } = useResource(async () => {
    const ids = (await fetchHistory(presentation, user)).toReversed();
    return { count: ids.length, cards: await fetchCards(presentation, ids.slice(0, HISTORY_SHOWN)) };
  }, [presentation, user]);
  return (
    <div class="history" aria-busy={value === undefined && error === undefined}>
      <h3>
        History <span class="count num">{value === undefined ? '' : value.count}</span>
      </h3>
      {error === undefined ? null : <p class="bad">{error}</p>}
      <ol>
        {value?.cards.map(({ title, details }) => (
          <li key={title}>
            <span class="history-title">{title}</span>
            <span class="muted">{details.slice(0, 2).join(' · ')}</span>
          </li>
        ))}
      </ol>
    </div>
  );
}

interface SliderProps {
  readonly slider: ContextSlider;
  readonly value: number;
  readonly onValue: (value: number) => void;
}

function Slider({ slider, value, onValue }: SliderProps): JSX.Element {
  const word = slider.words.findLast(({ from }) => value >= from)?.word;
  return (
    <label class="field context-slider">
      <span class="slider-head">
        <span>{slider.label}</span>
        <span class="num">
          {word === undefined ? null : <span class="muted">{word}</span>} {value}
        </span>
      </span>
      <input
        type="range"
        min={slider.min}
        max={slider.max}
        step={slider.step}
        value={value}
        onInput={(event) => onValue(Number(event.currentTarget.value))}
      />
    </label>
  );
}
