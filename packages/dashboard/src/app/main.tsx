import { render } from 'preact';
import { App } from './app.tsx';
import { ToastBoard } from './components/toasts.tsx';
import { LiveFeed } from './state/live-feed.ts';

const feed = new LiveFeed();
feed.start();
render(<App feed={feed} toasts={new ToastBoard()} />, document.getElementById('app')!);
