import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Notice, Segmented } from './components/controls.tsx';
import { Icon, Logo } from './components/icon.tsx';
import { Toasts } from './components/toasts.tsx';
import type { ToastBoard } from './components/toasts.tsx';
import { formatTime } from './logic/format.ts';
import { formatRoute, parseRoute } from './logic/route.ts';
import type { Route } from './logic/route.ts';
import { RecommendView, useRankers } from './recommend/recommend-view.tsx';
import { useLiveState } from './state/live-feed.ts';
import type { LiveFeed, LiveState } from './state/live-feed.ts';
import { chooseTheme, themeChoice } from './state/theme.ts';
import { ModelView } from './views/model-view.tsx';
import { OverviewView } from './views/overview-view.tsx';
import { TryView } from './views/try-view.tsx';

interface AppProps {
  readonly feed: LiveFeed;
  readonly toasts: ToastBoard;
}

export function App({ feed, toasts }: AppProps): JSX.Element {
  const route = useRoute();
  const live = useLiveState(feed);
  const rankers = useRankers();
  useTitle(route, live);
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => focusMain(event)}>
        Skip to content
      </a>
      <Header route={route} live={live} rankers={rankers} />
      <main id="main" tabIndex={-1} class={live.connection.state === 'lost' ? 'stale' : ''}>
        <LostNotice live={live} />
        <View route={route} live={live} feed={feed} toasts={toasts} />
      </main>
      <Toasts board={toasts} />
    </>
  );
}

function View({
  route,
  live,
  feed,
  toasts,
}: AppProps & { readonly route: Route; readonly live: LiveState }): JSX.Element {
  const { overview } = live;
  if (overview === undefined) return live.connection.state === 'lost' ? <Unreachable /> : <Waiting />;
  if (route.view === 'try') return <TryView overview={overview} model={route.model} version={route.version} />;
  if (route.view === 'recommend') return <RecommendView ranker={route.ranker} />;
  if (route.view === 'model')
    return (
      <ModelView
        overview={overview}
        history={live.history}
        model={route.model}
        version={route.version}
        feed={feed}
        toasts={toasts}
      />
    );
  return <OverviewView overview={overview} history={live.history} feed={feed} toasts={toasts} />;
}

function LostNotice({ live: { connection, overview } }: { readonly live: LiveState }): JSX.Element | null {
  if (connection.state !== 'lost' || overview === undefined) return null;
  return (
    <div class="lost">
      <Notice kind="warning" title="The server does not answer.">
        These are the figures of {formatTime(overview.atMs)}. The page tries again every few seconds and goes on by
        itself.
      </Notice>
    </div>
  );
}

function Waiting(): JSX.Element {
  return (
    <div class="page waiting" aria-busy="true">
      <span class="spinner" aria-hidden="true" /> Waiting for the first figures…
    </div>
  );
}

function Unreachable(): JSX.Element {
  return (
    <div class="page">
      <Notice kind="error" title="The server cannot be reached.">
        The page tries again every few seconds and goes on by itself.
      </Notice>
    </div>
  );
}

interface HeaderProps {
  readonly route: Route;
  readonly live: LiveState;
  readonly rankers: readonly string[];
}

function Header({ route, live, rankers }: HeaderProps): JSX.Element {
  const [ranker] = route.view === 'recommend' ? [route.ranker] : rankers;
  const tryRoute =
    route.view === 'model'
      ? ({ view: 'try', model: route.model, version: route.version } as const)
      : ({ view: 'try', model: '', version: '' } as const);
  const current = (active: boolean): 'page' | undefined => (active ? 'page' : undefined);
  return (
    <header class="top">
      <div class="top-inner">
        <a class="brand" href="#/" aria-label="Rangefinder, overview">
          <Logo />
          <span>Rangefinder</span>
        </a>
        <nav aria-label="Views">
          <a href="#/" aria-current={current(route.view === 'overview' || route.view === 'model')}>
            <Icon name="overview" />
            <span>Models</span>
          </a>
          <a href={formatRoute(tryRoute)} aria-current={current(route.view === 'try')}>
            <Icon name="flask" />
            <span>Try it</span>
          </a>
          {ranker === undefined ? null : (
            <a href={formatRoute({ view: 'recommend', ranker })} aria-current={current(route.view === 'recommend')}>
              <Icon name="ranked" />
              <span>Recommend</span>
            </a>
          )}
        </nav>
        <div class="top-end">
          <ConnectionPill live={live} />
          <ThemeSwitch />
        </div>
      </div>
    </header>
  );
}

function ConnectionPill({ live: { connection } }: { readonly live: LiveState }): JSX.Element {
  const words = { connecting: 'Connecting', live: 'Live', lost: 'Reconnecting' }[connection.state];
  return (
    <span
      class={`connection connection-${connection.state}`}
      role="status"
      title={connection.state === 'lost' ? 'The figures below are the last ones received.' : undefined}
    >
      <span class="pill-dot" aria-hidden="true" />
      <span>{words}</span>
    </span>
  );
}

function ThemeSwitch(): JSX.Element {
  const [choice, setChoice] = useState(themeChoice);
  return (
    <Segmented
      label="Colours"
      iconsOnly
      value={choice}
      options={[
        { value: 'system', label: 'As the system', icon: 'system' },
        { value: 'light', label: 'Light', icon: 'sun' },
        { value: 'dark', label: 'Dark', icon: 'moon' },
      ]}
      onChange={(value) => {
        chooseTheme(value);
        setChoice(value);
      }}
    />
  );
}

function useRoute(): Route {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  useEffect(() => {
    const update = (): void => {
      setRoute(parseRoute(location.hash));
      scrollTo(0, 0);
    };
    addEventListener('hashchange', update);
    return () => removeEventListener('hashchange', update);
  }, []);
  return route;
}

const VIEW_TITLES = { overview: '', model: '', try: 'Try it · ', recommend: 'Recommend · ' };

function useTitle(route: Route, live: LiveState): void {
  const name = live.overview?.server.name ?? 'Rangefinder';
  const place = route.view === 'model' ? `${route.model} · ` : VIEW_TITLES[route.view];
  useEffect(() => {
    document.title = `${place}${name}`;
  }, [place, name]);
}

/** The address after # is the view's, so the skip link moves the focus by hand. */
function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
