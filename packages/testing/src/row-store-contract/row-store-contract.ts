import { describe } from 'node:test';
import type { RowStore } from '@rangefinder/features';
import { registerKeyCases } from './key-cases.ts';
import { registerLoadCases } from './load-cases.ts';
import { registerRowCases } from './row-cases.ts';
import { registerTroubleCases } from './trouble-cases.ts';

/** A store under test, and how to put it into the states that the suite needs. */
export interface RowStoreSubject {
  readonly name: string;
  /** A store that holds nothing of any other case. The suite closes it. */
  open(): Promise<RowStore>;
  /** Takes away what `open` made, once the whole suite is over. */
  cleanUp?(): Promise<void>;
  /** The wall clock that the store goes by, in ms; Date.now() unless a fake is used. */
  nowMs?(): number;
  /** Resolves once the store has passed `expireMs` and had its chance to forget. Left out where that takes too long. */
  untilPast?(store: RowStore, expireMs: number): Promise<void>;
  /** A store whose reads are not answered within 20 ms. Left out where reads are synchronous. */
  openSlow?(): Promise<RowStore>;
  /** A store that cannot be reached. Left out where there is no such thing. */
  openUnreachable?(): Promise<RowStore>;
}

/** Registers, with node:test, every case that an implementation of the RowStore port must pass. */
export function describeRowStoreContract(subject: RowStoreSubject): void {
  describe(`row store contract: ${subject.name}`, () => {
    registerRowCases(subject);
    registerKeyCases(subject);
    registerLoadCases(subject);
    registerTroubleCases(subject);
  });
}
