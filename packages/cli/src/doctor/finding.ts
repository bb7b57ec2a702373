/** One thing that doctor looked at. */
export interface Finding {
  readonly section: 'machine' | 'libraries' | 'execution providers' | 'server';
  readonly name: string;
  /** `note`: nothing is wrong, something could be had. */
  readonly status: 'ok' | 'note' | 'problem';
  /** What was found, for people. */
  readonly summary: string;
  /** What to do; empty where nothing needs to be done. */
  readonly advice: string;
  /** The same in numbers, for --json. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}
