import { fromBinary, type DescField, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import { invalidArgument, RangefinderError } from '@rangefinder/base';

/** Deeper than any message of ours; the generated code's own limit is the same. */
const DEPTH_MAX = 100;
const MAP_VALUE = 2;
/** How a field is written. Source: https://protobuf.dev/programming-guides/encoding/ */
const WIRE = Object.freeze({ varint: 0, bytes8: 1, lengthDelimited: 2, startGroup: 3, endGroup: 4, bytes4: 5 });

/** Which fields of a message hold messages, and what those hold. */
type Nesting = ReadonlyMap<number, () => Nesting>;

/**
 * Bytes → messages. Fields are counted before any object is made of them: a few bytes of wire become an object each, so the
 * size of a message says little of the memory and time that it takes.
 */
export class MessageDecoder {
  readonly #fieldsMax: number;
  readonly #nestings = new Map<DescMessage, Nesting>();

  constructor(fieldsMax: number) {
    this.#fieldsMax = fieldsMax;
  }

  /**
   * Throws INVALID_ARGUMENT for what is no such message, PAYLOAD_TOO_LARGE for more fields than the limit, those of nested
   * messages included.
   */
  decode<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
    try {
      this.#check(schema, bytes);
      return fromBinary(schema, bytes, { readUnknownFields: false, recursionLimit: DEPTH_MAX });
    } catch (thrown) {
      if (thrown instanceof RangefinderError) throw thrown;
      const problem = thrown instanceof Error ? thrown.message : String(thrown);
      throw invalidArgument('message', `expected a ${schema.typeName}: ${problem}`);
    }
  }

  /** Counts fields, and sees that each ends within its message: the generated code reads on where a nested one does not. */
  #check(schema: DescMessage, bytes: Uint8Array): void {
    let fields = 0;
    let groups = 0;
    // A stack of our own: where the message ends that is being read, and what its fields hold.
    const open: { readonly end: number; readonly nesting: Nesting }[] = [];
    let message = { end: bytes.length, nesting: this.#nesting(schema) };
    const wire = new WireCursor(bytes);
    for (;;) {
      if (wire.at > message.end) throw overlong();
      while (wire.at === message.end) {
        const outer = open.pop();
        if (outer === undefined) return;
        message = outer;
      }
      const tag = wire.varint();
      if (++fields > this.#fieldsMax) throw tooManyFields(this.#fieldsMax);
      const wireType = tag & 7;
      // Nobody sends groups any more; what is in one is stepped over.
      if (wireType === WIRE.startGroup) groups++;
      else if (wireType === WIRE.endGroup) groups--;
      const isMessage = wireType === WIRE.lengthDelimited && groups === 0;
      const nested = isMessage ? message.nesting.get(tag >>> 3) : undefined;
      if (nested === undefined) {
        wire.skip(wireType);
        continue;
      }
      const end = wire.varint() + wire.at;
      if (end > message.end) throw overlong();
      open.push(message);
      if (open.length > DEPTH_MAX) throw new Error(`nested deeper than ${DEPTH_MAX}`);
      message = { end, nesting: nested() };
    }
  }

  #nesting(schema: DescMessage): Nesting {
    let nesting = this.#nestings.get(schema);
    if (nesting === undefined) {
      nesting = new Map(schema.fields.flatMap((field) => this.#nestingOfField(field)));
      this.#nestings.set(schema, nesting);
    }
    return nesting;
  }

  #nestingOfField(field: DescField): [number, () => Nesting][] {
    const { message } = field;
    const within = message === undefined ? undefined : (): Nesting => this.#nesting(message);
    if (field.fieldKind === 'map') {
      const entry: Nesting = within === undefined ? new Map() : new Map([[MAP_VALUE, within]]);
      return [[field.number, () => entry]];
    }
    return within === undefined ? [] : [[field.number, within]];
  }
}

/** Steps over fields without making anything of them, past the end where they say so. */
class WireCursor {
  at = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The low 32 bits. */
  varint(): number {
    let value = 0;
    for (let shift = 0; this.at < this.#bytes.length; shift += 7) {
      const byte = this.#bytes[this.at++]!;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value >>> 0;
  }

  skip(wireType: number): void {
    if (wireType === WIRE.lengthDelimited) {
      const length = this.varint();
      this.at += length;
    } else if (wireType === WIRE.bytes8) this.at += 8;
    else if (wireType === WIRE.bytes4) this.at += 4;
    else if (wireType === WIRE.varint) this.varint();
  }
}

function tooManyFields(max: number): RangefinderError {
  return new RangefinderError('PAYLOAD_TOO_LARGE', `message: expected at most ${max} fields`, { field: 'message' });
}

function overlong(): Error {
  return new Error('a field is longer than the message that it is in');
}
