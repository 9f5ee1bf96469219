import { describe, expect, it } from 'vitest';
import { noticeOf, type NoticeGoods, type RecallFacts } from '../../src/rules/index.ts';
import { TEMPLATES } from '../../src/rules/notice-table.ts';
import { JURISDICTIONS } from '../../src/rules/index.ts';

const GOODS: NoticeGoods[] = [
  { id: 'urn:epc:class:lgtin:9521234.000001.L-7', quantity: '12.5', uom: 'KGM' },
  { id: 'urn:epc:id:sgtin:9521234.000002.S1', quantity: '1', uom: 'EA' },
  { id: 'https://shop.example/parcel/7', quantity: null, uom: null },
];
const RECALL: RecallFacts = {
  caseNumber: 'R-2026-7',
  class: '1',
  firm: { name: 'Fern Dairy', address: '1 Brook Lane', contact: '+44 20 7946 0000' },
  product: { name: 'Oat drink', brand: 'Fern', specification: '1 l carton', productionDates: '2026-05-01' },
  reason: 'Undeclared almond.',
  hazard: 'Allergic shock.',
  startDate: '2026-06-05',
  endDate: '2026-06-19',
  area: 'Zhejiang',
  instructions: 'Lock the goods.',
  returns: 'We collect and refund.',
  response: 'https://recall.example/r/abc',
};
const consignee = { party: 'urn:epc:id:pgln:9521111.00000', name: 'Corner Shop', goods: GOODS };
const ask = (jurisdiction: string, recall: RecallFacts = RECALL, language: 'en' | 'zh' = 'en') =>
  noticeOf({ jurisdiction, language, recall, consignee });

describe('a recall notice', () => {
  it('of the United States has the seven things of 21 CFR 7.49 and the consignee’s own goods', () => {
    const notice = ask('us-food');
    expect(notice.missing).toEqual([]);
    expect(notice.elements.map(({ name }) => name)).toEqual([
      'recall',
      'product',
      'lots',
      'hazard',
      'stop',
      'instructions',
      'customers',
      'response',
    ]);
    expect(notice.subject).toBe('Recall: Oat drink (R-2026-7)');
    expect(notice.text).toContain('To: Corner Shop');
    expect(notice.text).toContain('GTIN 09521234000013, lot L-7: 12.5 KGM');
    expect(notice.text).toContain('serial S1: 1 EA');
    expect(notice.text).toContain('https://shop.example/parcel/7: quantity not known');
    expect(notice.text).toContain('Undeclared almond. Allergic shock.');
    expect(notice.notVerified).toBeNull();
  });

  it('of China names product, producer, reason, class, period, area and returns, in Chinese', () => {
    const notice = ask('cn-food', RECALL, 'zh');
    expect(notice.missing).toEqual([]);
    for (const word of ['名称', '商标', '规格', '生产日期', '批次', '住所', '联系方式', '召回起止日期', '召回区域范围'])
      expect(notice.elements.some(({ title }) => title.includes(word))).toBe(true);
    expect(notice.text).toContain('2026-06-05 – 2026-06-19');
    expect(notice.text).toContain('请立即停止分销');
    expect(notice.text).toContain('数量未知');
  });

  it('says of a template from knowledge that it is not verified', () => {
    expect(ask('cn-drug', RECALL, 'zh').notVerified?.zh).toBe('尚未与国家药监局2022年第92号公告核对');
    expect(ask('eu-drug').notVerified?.en).toContain('not yet verified');
  });

  it('lists what is missing by name, each of them', () => {
    const bare: RecallFacts = { caseNumber: 'R', class: '2', firm: { name: 'F' }, product: { name: 'P' } };
    expect(ask('us-food', bare).missing).toEqual(['hazard', 'instructions', 'response']);
    expect(ask('us-food', { ...RECALL, hazard: ' ' }).missing).toEqual(['hazard']);
    expect(ask('cn-food', bare, 'zh').missing).toEqual([
      'brand',
      'specification',
      'productionDates',
      'producerAddress',
      'producerContact',
      'reason',
      'period',
      'area',
      'obligations',
      'returns',
      'response',
    ]);
    const nothing = noticeOf({
      jurisdiction: 'us',
      language: 'en',
      recall: RECALL,
      consignee: { party: 'P', goods: [] },
    });
    expect(nothing.missing).toEqual(['lots']);
    expect(nothing.text).toContain('To: P');
  });

  it('spells out a bounded number of lots and counts the rest', () => {
    const goods = Array.from({ length: 620 }, (_, i) => ({
      id: `urn:epc:id:sgtin:9521234.000002.${i}`,
      quantity: '1',
      uom: 'EA',
    }));
    const notice = noticeOf({ jurisdiction: 'us', language: 'en', recall: RECALL, consignee: { party: 'P', goods } });
    expect(notice.text).toContain('… +120');
    expect(notice.goods).toHaveLength(620);
  });

  it('refuses a jurisdiction without template, and texts without end', () => {
    expect(() => ask('xx')).toThrow('jurisdiction');
    expect(() => ask('us', { ...RECALL, firm: { name: 'x'.repeat(10_001) } })).toThrow('name has more than');
  });

  it('exists for every jurisdiction that has clocks, each element once and in both languages', () => {
    for (const jurisdiction of JURISDICTIONS) expect(ask(jurisdiction).text).not.toBe('');
    for (const { elements } of Object.values(TEMPLATES)) {
      expect(new Set(elements.map(({ name }) => name)).size).toBe(elements.length);
      for (const { title } of elements) expect(title.zh && title.en).toBeTruthy();
    }
  });
});
