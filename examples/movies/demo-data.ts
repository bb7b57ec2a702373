/** What the demo serves, read from the files beside this one and from the films of `vega-datasets`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpyHeader } from '@rangefinder/tensor';
import { readFilms } from './catalogue.ts';
import type { Film } from './catalogue.ts';
import { itemFeaturesOf, vocabulariesOf } from './item-features.ts';
import type { ItemFeatures, Vocabularies } from './item-features.ts';

/** A simulated viewer, who trained nothing. */
export interface DemoUser {
  /** The two genres that the simulator made this viewer like best. */
  readonly likes: readonly string[];
  readonly aroundYear: number;
  /** Films chosen before the held-out visits, the oldest first. */
  readonly history: readonly number[];
  readonly heldOut: readonly Visit[];
}

export interface Visit {
  readonly hour: number;
  /** How much children watch along, 0…1. */
  readonly family: number;
  /** In random order. */
  readonly shown: readonly number[];
  readonly chosen: readonly number[];
}

export interface DemoData {
  readonly films: readonly Film[];
  readonly vocabularies: Vocabularies;
  readonly features: ItemFeatures;
  readonly users: readonly DemoUser[];
  /** [films, EMBEDDING_WIDTH], unit vectors. */
  readonly embeddings: Float32Array;
}

export const EMBEDDING_WIDTH = 32;

export function readDemoData(): DemoData {
  const films = readFilms();
  const vocabularies = vocabulariesOf(films);
  const embeddings = readEmbeddings();
  if (embeddings.length !== films.length * EMBEDDING_WIDTH)
    throw new Error(`taste.npy: expected ${films.length} vectors of ${EMBEDDING_WIDTH} dimensions`);
  return {
    films,
    vocabularies,
    features: itemFeaturesOf(films, vocabularies),
    users: readUsers(),
    embeddings,
  };
}

function readEmbeddings(): Float32Array {
  const bytes = readFileSync(beside('../rankers/movies/taste.npy'));
  const { dataOffset } = readNpyHeader(bytes, 'taste.npy');
  return new Float32Array(Uint8Array.from(bytes.subarray(dataOffset)).buffer);
}

/** One line a user. */
function readUsers(): readonly DemoUser[] {
  const lines = readFileSync(beside('users.jsonl'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as DemoUser);
}

function beside(name: string): string {
  return join(import.meta.dirname, name);
}
