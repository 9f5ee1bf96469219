import { describe, expect, it } from 'vitest';
import { prefixesOf } from '../../src/store/company-prefix.ts';
import { link } from '../../src/trace/link.ts';
import { objectEvent } from '../capture/events.ts';

const URN = 'urn:epc:id:sgtin:0614141.107346.1';
const LINK = 'https://id.gs1.org/01/10614141073464/21/2';
const factOf = (epcList: string[]) =>
  link(objectEvent(1, { epcList, readPoint: { id: 'https://id.gs1.org/414/9521234500008' } }), {
    sequence: 1,
    recordTime: 0,
    hash: '',
    refused: false,
  });

describe('company prefixes of events', () => {
  it.each([
    ['a URN', [[URN]]],
    ['a URN behind the link of an item of the same product', [[LINK, URN]]],
    ['a URN behind an event of links of the same product', [[LINK], [URN]]],
    ['two products of two companies', [[URN, 'urn:epc:id:sgtin:952123.1234567.1']], '952123'],
  ])('are told by %s', (_, lists, other?: string) => {
    const found = prefixesOf(lists.map(factOf));
    found.delete('');
    expect([...found].sort()).toEqual(['0614141', ...(other === undefined ? [] : [other])]);
  });
});
