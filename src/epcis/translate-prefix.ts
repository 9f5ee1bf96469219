import { parse, toUrn, withGcpLength } from '../gs1/index.ts';
import type { GcpLengthOf } from './translate.ts';

/** `urn:epc:…` of a scheme whose first field is a company prefix. */
const WITH_PREFIX =
  /^urn:epc:(?:id|class|idpat):(?:sgtin|lgtin|sscc|sgln|pgln|grai|giai|gsrn|gsrnp|gdti|sgcn|cpi|ginc|gsin|itip|upui):(\d{6,12})\./;
const PREFIX_OF = /^urn:epc:[a-z]+:[a-z]+:(\d+)\./;
/** Company prefixes that are remembered; a document names few. */
const PREFIXES_MAX = 65_536;

/** Company prefixes seen in URNs, by which the length of a Digital Link's is known (epcis.md section 2). */
export class SeenPrefixes {
  readonly #seen = new Set<string>();
  readonly #lengths = new Set<number>();

  /** Remembers the company prefix of a URN; any other text says nothing. */
  learn(uri: string): void {
    const prefix = WITH_PREFIX.exec(uri)?.[1];
    if (prefix === undefined || this.#seen.size >= PREFIXES_MAX) return;
    this.#seen.add(prefix);
    this.#lengths.add(prefix.length);
  }

  /** The length of a link's company prefix where one that was seen fits; undefined where none does, or two do. */
  readonly lengthOf: GcpLengthOf = (link) => {
    const id = parse(link);
    const fitting = [...this.#lengths].filter((length) => {
      try {
        const prefix = PREFIX_OF.exec(toUrn(withGcpLength(id, length)) ?? '')?.[1];
        return prefix !== undefined && this.#seen.has(prefix);
      } catch {
        return false; // this key has no prefix of that length
      }
    });
    return fitting.length === 1 ? fitting[0] : undefined;
  };
}
