import { useEffect, useState } from 'preact/hooks';

export type ThemeChoice = 'system' | 'light' | 'dark';

const STORAGE_KEY = 'rangefinder-theme';
const CHANGED = 'rangefinder-theme-changed';
const darkQuery = (): MediaQueryList => matchMedia('(prefers-color-scheme: dark)');

export function themeChoice(): ThemeChoice {
  const chosen = document.documentElement.dataset['theme'];
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === 'system') {
    delete document.documentElement.dataset['theme'];
    localStorage.removeItem(STORAGE_KEY);
  } else {
    document.documentElement.dataset['theme'] = choice;
    localStorage.setItem(STORAGE_KEY, choice);
  }
  dispatchEvent(new Event(CHANGED));
}

function effectiveTheme(): 'light' | 'dark' {
  const choice = themeChoice();
  return choice === 'system' ? (darkQuery().matches ? 'dark' : 'light') : choice;
}

/** The theme that is shown; canvases are drawn again when it changes. */
export function useTheme(): 'light' | 'dark' {
  const [theme, setTheme] = useState(effectiveTheme);
  useEffect(() => {
    const update = (): void => setTheme(effectiveTheme());
    const query = darkQuery();
    addEventListener(CHANGED, update);
    query.addEventListener('change', update);
    return () => {
      removeEventListener(CHANGED, update);
      query.removeEventListener('change', update);
    };
  }, []);
  return theme;
}
