// Columns that the tables have in common.
import { sql } from 'drizzle-orm';
import { bigint, customType } from 'drizzle-orm/pg-core';

/**
 * Kinds of src/gs1/key.ts, and E1 for typed.ts. What a driver mangles into text never passes: of its first characters
 * only '1' is a kind (31, a party's GLN), and that has one length.
 */
const KEY_KINDS = '16,17,18,19,20,32,48,49,64,65,80,81,96,97,112,128,129,225,240';
export const keyCheck = (column: string) =>
  sql.raw(
    `octet_length(${column}) between 2 and 1024 and get_byte(${column}, 0) in (${KEY_KINDS}) and (get_byte(${column}, 0) <> 49 or octet_length(${column}) = 7)`,
  );

export const bytea = customType<{ data: Uint8Array; driverData: Uint8Array }>({ dataType: () => 'bytea' });
export const milliseconds = (name: string) => bigint(name, { mode: 'number' });
export const sequenceNumber = (name: string) => bigint(name, { mode: 'number' });
