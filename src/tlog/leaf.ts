import { hash as digestOf } from 'node:crypto';

/**
 * One entry of a tenant's log: what was accepted, refused or declared an error, as docs/log.md describes. The tenant is
 * no part of it: a log is one tenant's, and the checkpoint that signs it names whose.
 */
export interface LeafEntry {
  /** From 1; the leaf's index in the Merkle tree is one less. */
  sequence: number;
  /** Milliseconds since 1970. */
  recordTime: number;
  kind: LeafKind;
  eventID: string;
  /** CBV event hash, `ni:///sha-256;…?ver=CBV2.0`. */
  hash: string;
  /** SHA-256 of an error declaration, in hex; empty for the other kinds. */
  declaration: string;
  captureID: string;
}

/** `refused`: its eventID stood for other content already. */
export type LeafKind = 'event' | 'declaration' | 'refused';

/** First line of every leaf; another form of leaf gets another number. */
export const LEAF_VERSION = 'tagtrail-leaf/1';

/** RFC 6962 section 2.1: a leaf's hash begins with 0, a node's with 1, so that neither can pass for the other. */
const LEAF_PREFIX = '\0';

/** The values that are texts. */
const WRITTEN = ['kind', 'eventID', 'hash', 'declaration', 'captureID'] as const satisfies (keyof LeafEntry)[];

/** What of a leaf is known before its place in the log: its last five lines. */
export function leafTail({ kind, eventID, hash, declaration, captureID }: Omit<LeafEntry, 'sequence' | 'recordTime'>) {
  return `${kind}\n${eventID}\n${hash}\n${declaration}\n${captureID}\n`;
}

/**
 * The text whose UTF-8 bytes are the leaf: seven values behind the version, each ended by a line feed. Throws for a
 * value that holds one, since two entries could then be the same text.
 */
export function leafText(entry: LeafEntry): string {
  for (const name of WRITTEN)
    if (entry[name].includes('\n')) throw new Error('A value of a leaf has a line feed in it.');
  return `${LEAF_VERSION}\n${entry.sequence}\n${entry.recordTime}\n${leafTail(entry)}`;
}

/** SHA-256(00 ‖ leaf), as RFC 6962 hashes a leaf; 32 bytes in hex. */
export const leafHash = (entry: LeafEntry): string => digestOf('sha256', LEAF_PREFIX + leafText(entry), 'hex');
