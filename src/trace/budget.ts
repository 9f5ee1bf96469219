// What one question may cost, and how far it has come.

/** Limits of one question. An answer that reaches one is `truncated` and says which by `truncatedBy`. */
export interface Budget {
  /** Things in the answer. */
  nodes: number;
  /** Pairs that the full answer spells out; its nodes stay complete. */
  edges: number;
  /** Events loaded. */
  events: number;
  /** Identifiers of the loaded events, each as often as an event names it: up to 400 bytes of memory each, where things stand alike far fewer. */
  identifiers: number;
  milliseconds: number;
  /** What is loaded by then is worked on so much longer; a question that takes more is refused (`too_large`). */
  workMilliseconds: number;
}

export type Limit = 'nodes' | 'edges' | 'events' | 'identifiers' | 'time';

export const BUDGET: Readonly<Budget> = {
  nodes: 500_000,
  edges: 500_000,
  events: 500_000,
  identifiers: 1_500_000,
  milliseconds: 120_000,
  workMilliseconds: 60_000,
};

/** What has been loaded, and reached of the answer. */
export interface Progress {
  events: number;
  identifiers: number;
  nodes: number;
}

/** How a question is asked, beside what it asks. */
export interface Asking {
  budget?: Partial<Budget>;
  /** Nothing more is loaded once it is aborted: the answer rejects with its reason. */
  signal?: AbortSignal;
  /** Told after each call to Facts. */
  progress?: (progress: Progress) => void;
}
