import { RangefinderError } from '@rangefinder/base';
import { bytesOf, encodeStringElements, type DataType } from '@rangefinder/tensor';
import type { Place } from '../config/places.ts';
import type { Column, Formula } from '../formula/formula.ts';
import type { ItemPort } from '../ports.ts';
import type { ContextValue } from '../rank-request.ts';
import { readPlace } from '../config/places.ts';
import { idsOf, numbersOf, type CandidateTable } from './candidate-table.ts';
import type { FeatureColumns } from './feature-set.ts';
import { inputLayout, type BoundModel } from './model-binding.ts';
import type { RequestMemory } from './request-memory.ts';
import { fillInput, type FilledInput } from './tensor-filling.ts';
import { wordsOf } from './word-strips.ts';
import {
  broadcast,
  broadcastNumbers,
  broadcastText,
  columnOf,
  ColumnValues,
  numberColumn,
  type Values,
} from './values.ts';

export interface ValueParts {
  readonly user: string;
  readonly context: Readonly<Record<string, ContextValue>>;
  readonly userColumns: FeatureColumns;
  readonly items: ItemPort;
  readonly table: CandidateTable;
  /** Rows of the table that this is about, in order; undefined for all of them. */
  readonly rows: Uint32Array | undefined;
  /** By row of the table. */
  readonly tableColumns: FeatureColumns;
  /** By position in `rows`. */
  readonly rowColumns: FeatureColumns;
  readonly lightScores: Float64Array | undefined;
  /** By position in `rows`. */
  readonly outputs: ReadonlyMap<string, Float64Array>;
  readonly memory: RequestMemory;
}

/** Finds the values that places stand for, for the candidates of one stage of one request. */
export class PlaceValues {
  readonly count: number;
  readonly #parts: ValueParts;

  constructor(parts: ValueParts) {
    this.#parts = parts;
    this.count = parts.rows?.length ?? parts.table.ids.length;
  }

  /** A model's inputs for all candidates. Throws INVALID_ARGUMENT when something does not fit. */
  inputs(model: Pick<BoundModel, 'inputs'>): FilledInput[] {
    return model.inputs.map((input) => {
      const parts = input.places.map((place) => this.of(place, input.spec.dataType));
      const width = parts.reduce((sum, part) => sum + part.width, 0);
      return fillInput(inputLayout(input, width), parts, this.count);
    });
  }

  score(formula: Formula): Float64Array {
    const columns = formula.names.map((name): Column => {
      const place = readPlace(name, name);
      const element = place.kind === 'feature' ? (place.element ?? 0) : 0;
      return columnOf(this.of(place, 'FP64'), element, this.count, name);
    });
    return formula.evaluate(columns, this.count);
  }

  /** `wanted` only matters for ids, which are text or numbers as the model likes. */
  of(place: Place, wanted: DataType): Values {
    const { table, rows, context, user } = this.#parts;
    switch (place.kind) {
      case 'feature':
        return this.#feature(place.feature);
      case 'context':
        return contextValues(place.key, context[place.key]);
      case 'user_id':
        return wanted === 'BYTES' ? broadcastText(user) : broadcastNumbers([idNumber(user)]);
      case 'item_id':
        return wanted === 'BYTES'
          ? {
              dataType: 'BYTES',
              width: 1,
              bytes: encodeStringElements(this.#ids()),
              rowOf: undefined,
              broadcast: false,
            }
          : numberColumn(Float64Array.from(this.#ids(), idNumber));
      case 'embedding':
        return this.#embedding(place.embedding);
      case 'source_score':
        return { ...numberColumn(table.sourceScores), rowOf: rows };
      case 'light_score':
        return { ...numberColumn(this.#parts.lightScores ?? Float64Array.from(table.sourceScores)), rowOf: rows };
      case 'output': {
        const output = this.#parts.outputs.get(place.output);
        if (output === undefined) throw new RangefinderError('INTERNAL', `output ${place.output} was not computed`);
        return numberColumn(output);
      }
    }
  }

  #feature(name: string): Values {
    const { userColumns, tableColumns, rowColumns, rows } = this.#parts;
    const user = userColumns.get(name);
    if (user !== undefined) return broadcast(user.dataType, user.width, user.bytes);
    const own = rowColumns.get(name);
    const column = own ?? tableColumns.get(name);
    if (column === undefined) throw new RangefinderError('INTERNAL', `feature ${name} was not read`);
    return new ColumnValues(column, own === undefined ? rows : undefined);
  }

  #embedding(name: string): Values {
    const { items } = this.#parts;
    const dimensions = items.embeddingDimensions(name);
    if (dimensions === undefined) throw new RangefinderError('UNAVAILABLE', `items have no embeddings called ${name}`);
    const numbers = this.#numbers();
    const gathered = (): Uint8Array => {
      const target = new Float32Array(numbers.length * dimensions);
      items.embeddings(name, numbers, target);
      return bytesOf(target);
    };
    const table = items.embeddingTable?.(name);
    if (table === undefined)
      return { dataType: 'FP32', width: dimensions, bytes: gathered(), rowOf: undefined, broadcast: false };
    return {
      dataType: 'FP32',
      width: dimensions,
      get bytes() {
        return gathered();
      },
      rowOf: undefined,
      broadcast: false,
      strip: { words: wordsOf(bytesOf(table)), strideWords: dimensions, offsetWords: 0, rowOf: numbers },
    };
  }

  #numbers(): Uint32Array {
    const { table, rows, memory } = this.#parts;
    return rows === undefined ? table.numbers : numbersOf(table, rows, memory);
  }

  #ids(): readonly string[] {
    const { table, rows } = this.#parts;
    return rows === undefined ? table.ids : idsOf(table, rows);
  }
}

function contextValues(key: string, value: ContextValue | undefined): Values {
  if (typeof value === 'string') return broadcastText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return broadcastNumbers([Number(value)]);
  if (value === undefined) throw new RangefinderError('INVALID_ARGUMENT', `context.${key}: missing`);
  return broadcastNumbers(value);
}

function idNumber(id: string): number {
  const number = Number(id);
  if (!Number.isSafeInteger(number))
    throw new RangefinderError('INVALID_ARGUMENT', `id ${JSON.stringify(id.slice(0, 64))}: the model wants integers`);
  return number;
}
