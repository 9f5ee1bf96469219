// Who shipped and who received: the parties of an event, and one name for each of them.
import { Gs1Error, parse, valueOf } from '../gs1/index.ts';

/** A source or destination of an event by its type. */
type PartyWord = 'owning_party' | 'possessing_party' | 'location';
type Side = Partial<Record<PartyWord, string>>;

/** Who gives and who takes in an event; URIs as captured. */
export interface EventParties {
  source: Side;
  destination: Side;
}

const WORDS: readonly PartyWord[] = ['owning_party', 'possessing_party', 'location'];

function sideOf(list: unknown, member: string): Side {
  const side: Side = {};
  for (const entry of Array.isArray(list) ? (list as unknown[]) : []) {
    if (typeof entry !== 'object' || entry === null) continue;
    const { type, [member]: uri } = entry as Record<string, unknown>;
    const word = WORDS.find((one) => typeof type === 'string' && type.endsWith(one));
    if (word && typeof uri === 'string') side[word] ??= uri;
  }
  return side;
}

/** The parties of an EPCIS 2.0 event in JSON: sourceList and destinationList, CBV 2.0 section 7.4. */
export const partiesOf = (event: { sourceList?: unknown; destinationList?: unknown }): EventParties => ({
  source: sideOf(event.sourceList, 'source'),
  destination: sideOf(event.destinationList, 'destination'),
});

const LOCATION = /^urn:epc:id:[sp]gln:|\/41[47]\//;

/** GLN of a party or place as URN or Digital Link; undefined for other identifiers. */
function glnOf(uri: string): string | undefined {
  if (!LOCATION.test(uri)) return undefined;
  try {
    const id = parse(uri);
    return valueOf(id, '417') ?? valueOf(id, '414');
  } catch (error) {
    if (error instanceof Gs1Error) return undefined;
    throw error;
  }
}

/** Tells parties apart: a place belongs to the party that was named with it, or that has its GLN, else to itself. */
export class Parties {
  readonly #partyOfPlace = new Map<string, string>();
  readonly #shown = new Map<string, { uri: string; isPlace: boolean }>();
  readonly #keys = new Map<string, string>();

  #key(uri: string): string {
    let key = this.#keys.get(uri);
    if (key === undefined) this.#keys.set(uri, (key = glnOf(uri) ?? uri));
    return key;
  }

  /** Remembers a party as such; its URI is the name that is shown. */
  party(uri: string): string {
    const key = this.#key(uri);
    if (this.#shown.get(key)?.isPlace !== false) this.#shown.set(key, { uri, isPlace: false });
    return key;
  }

  /** `place` is one of `party`, by master data or because an event names both. */
  owns(party: string, place: string): void {
    const [owner, key] = [this.party(party), this.#key(place)];
    if (owner !== key) this.#partyOfPlace.set(key, owner);
  }

  /** The party that a place belongs to. */
  ofPlace(uri: string): string {
    const key = this.#key(uri);
    const party = this.#partyOfPlace.get(key);
    if (party !== undefined) return party;
    if (!this.#shown.has(key)) this.#shown.set(key, { uri, isPlace: true });
    return key;
  }

  /** The party of one side of an event; undefined where it names nobody. */
  ofSide({ owning_party: owner, possessing_party: holder, location }: Side): string | undefined {
    const party = owner ?? holder;
    if (party !== undefined) return this.party(party);
    return location === undefined ? undefined : this.ofPlace(location);
  }

  shown(key: string): { uri: string; isPlace: boolean } {
    return this.#shown.get(key) ?? { uri: key, isPlace: false };
  }
}

/** Learns from every event which places are whose. */
export function learn(parties: Parties, events: Iterable<EventParties>): void {
  for (const { source, destination } of events) {
    for (const side of [source, destination]) {
      const party = side.owning_party ?? side.possessing_party;
      if (party !== undefined && side.location !== undefined) parties.owns(party, side.location);
    }
  }
}
