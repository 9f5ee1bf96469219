import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/error.ts';
import { keyBytes, uriOfKey } from '../../src/gs1/index.ts';
import { link } from '../../src/trace/link.ts';

const CAPTURE = { sequence: 7, recordTime: 5, hash: 'ni:///sha-256;00?ver=CBV2.0', refused: false };
const ITEM = 'urn:epc:id:sgtin:9529999.000001.1';
const CLASS = 'urn:epc:idpat:sgtin:9529999.000002.*';

const base = {
  type: 'ObjectEvent',
  action: 'ADD',
  eventTime: '2030-01-01T01:00:00.000+01:00',
  eventTimeZoneOffset: '+01:00',
};
const mentionsOf = (event: object): string[] =>
  link({ ...base, ...event }, CAPTURE).mentions.map(({ role, key, gcpLength, quantity, uom }) =>
    `${role} ${uriOfKey(keyBytes(key), gcpLength)} ${quantity ?? ''}${uom ?? ''}`.trim(),
  );

describe('link', () => {
  it('takes times as instants, words bare, and the hash where no eventID is', () => {
    const event = {
      ...base,
      bizStep: 'https://ref.gs1.org/cbv/BizStep-shipping',
      disposition: 'urn:epcglobal:cbv:disp:in_transit',
    };
    expect(link(event, CAPTURE)).toMatchObject({
      sequence: 7,
      eventID: CAPTURE.hash,
      eventTime: Date.UTC(2030, 0, 1),
      recordTime: 5,
      bizStep: 'shipping',
      disposition: 'in_transit',
    });
  });

  it('gives items and classes the lot of the ILMD, each by its own product', () => {
    const lists = { epcList: [ITEM], quantityList: [{ epcClass: CLASS, quantity: 4, uom: 'KGM' }] };
    expect(mentionsOf({ ...lists, ilmd: { 'cbvmda:lotNumber': 'L1' } })).toEqual([
      `epc ${ITEM}`,
      'lot urn:epc:class:lgtin:9529999.000001.L1',
      `written ${CLASS}`,
      'quantity urn:epc:class:lgtin:9529999.000002.L1 4KGM',
    ]);
    expect(mentionsOf({ ...lists, action: 'OBSERVE', ilmd: { 'cbvmda:lotNumber': 'L1' } })).toEqual([
      `epc ${ITEM}`,
      `quantity ${CLASS} 4KGM`,
    ]);
  });

  it.each([
    [{ 'urn:epcglobal:cbv:mda:lotNumber': 'L1' }, undefined],
    [{ 'urn:epcglobal:cbv:mda#lotNumber': ['L1'] }, undefined],
    [{ 'm:lotNumber': { '@value': 'L1' } }, [{ m: 'urn:epcglobal:cbv:mda:' }]],
    [{ 'cbvmda:lotNumber': ' L1 ' }, undefined],
  ])('reads the lot number spelt %j', (ilmd, context) => {
    const event = { epcList: [ITEM], ilmd, ...(context && { '@context': context }) };
    expect(mentionsOf(event)).toContain('lot urn:epc:class:lgtin:9529999.000001.L1');
  });

  it("does not take another vocabulary's lotNumber for one", () => {
    expect(mentionsOf({ epcList: [ITEM], ilmd: { 'https://example.com/lotNumber': 'L1' } })).toEqual([`epc ${ITEM}`]);
  });

  it.each([
    [{ epcList: ['urn:epc:id:sgtin:9529999.000001'] }, '/epcList/0'],
    [{ quantityList: [{ epcClass: 5 }] }, '/quantityList/0/epcClass'],
    [{ epcList: [ITEM], ilmd: { 'cbvmda:lotNumber': 'longer than twenty characters' } }, '/ilmd'],
    [{ eventTime: 'yesterday' }, '/eventTime'],
  ])('refuses %j and names the place', (event, path) => {
    expect(() => link({ ...base, ...event }, CAPTURE)).toThrow(AppError);
    expect(() => link({ ...base, ...event }, CAPTURE)).toThrow(
      expect.objectContaining({ code: 'invalid', detail: { path } }),
    );
  });
});
