/** Languages that a file's headers and problems are written in. */
export const LOT_LANGUAGES = ['en', 'zh'] as const;
export type LotLanguage = (typeof LOT_LANGUAGES)[number];

/** A column of a lot file: what its header says, what else people call it, what a template explains, and an example. */
export interface LotColumn {
  header: Record<LotLanguage, string>;
  /** Compared without case, width, blanks and punctuation. */
  synonyms: string;
  explanation: Record<LotLanguage, string>;
  examples: [made: string, serialised: string, transformed: string];
}

const column = (
  headers: [en: string, zh: string],
  synonyms: string,
  explanations: [en: string, zh: string],
  examples: LotColumn['examples'],
): LotColumn => ({
  header: { en: headers[0], zh: headers[1] },
  synonyms,
  explanation: { en: explanations[0], zh: explanations[1] },
  examples,
});

/** The columns of a template, in its order. Synonyms are separated by `|`. */
export const LOT_COLUMNS = {
  gtin: column(
    ['GTIN', '商品条码'],
    'gtin14|gtin13|gtin8|gtin12|ean|ean13|upc|barcode|bar code|item barcode|商品条码(GTIN)|条码|条形码|产品条码|商品条形码|69码',
    [
      'Needed. 8, 12, 13 or 14 digits with check digit. Keep the column as text: Excel drops zeros in front.',
      '必填。8、12、13或14位数字,含校验码。请将此列设为文本,否则Excel会去掉前面的0。',
    ],
    ['09521141123454', '09521141123454', '09521141222225'],
  ),
  productName: column(
    ['Product name', '产品名称'],
    'product|name|description|item name|item description|品名|商品名称|名称|产品|商品名',
    [
      'Becomes the name of a product that has none on record; one that has some keeps it.',
      '系统中尚无名称的产品将使用此名称;已有名称的不会被更改。',
    ],
    ['Whole milk', 'Whole milk', 'Yoghurt'],
  ),
  lot: column(
    ['Lot', '批号'],
    'batch|lot number|lot no|lotnr|batch number|batch no|batch/lot|lot/batch|lot code|批次|批次号|生产批号|产品批号|批号/批次',
    [
      'Needed where no serials are given. 1 to 20 letters, digits and marks of GS1 (AI 10).',
      '没有序列号时必填。1至20个GS1允许的字符(AI 10)。',
    ],
    ['M0301', 'M0302', 'Y0303'],
  ),
  serial: column(
    ['Serial', '序列号'],
    'serial number|serial no|serials|serial numbers|sn|单品码|序号码|单品序列号',
    [
      'One serial, several separated by semicolons, or a range written 1000..1999. AI 21, at most 20 characters each.',
      '一个序列号;多个用分号隔开;区间写作1000..1999。AI 21,每个最多20个字符。',
    ],
    ['', '1001..1003', ''],
  ),
  serialFrom: column(
    ['Serial from', '起始序列号'],
    'first serial|serial start|start serial|from serial|序列号起|起始号|开始序列号',
    ['First serial of a range; text in front of the digits stays.', '区间的第一个序列号;数字前的文字不变。'],
    ['', '', ''],
  ),
  serialTo: column(
    ['Serial to', '结束序列号'],
    'last serial|serial end|end serial|to serial|序列号止|结束号|终止序列号',
    [
      'Last serial of the range. A row stands for at most 10,000 serials.',
      '区间的最后一个序列号。一行最多10000个序列号。',
    ],
    ['', '', ''],
  ),
  quantity: column(
    ['Quantity', '数量'],
    'qty|amount|count|pieces|产量|生产数量|件数',
    ['A number; the unit may stand behind it (100 kg).', '数字;单位可写在后面(100公斤)。'],
    ['1200', '3', '500'],
  ),
  unit: column(
    ['Unit', '单位'],
    'uom|unit of measure|units|quantity unit|计量单位|数量单位|规格单位',
    [
      'kg, g, t, l, ml, m, pcs … or a UN/ECE code (KGM). None: pieces.',
      'kg、公斤、克、吨、升、毫升、米、个、件……或UN/ECE代码(KGM)。不填表示件数。',
    ],
    ['l', 'pcs', 'kg'],
  ),
  productionDate: column(
    ['Production date', '生产日期'],
    'production|date of production|mfg date|mfg|manufacture date|manufacturing date|date of manufacture|made on|produced on|制造日期|出厂日期',
    ['Such as 2026-03-01.', '例如 2026-03-01。'],
    ['2026-03-01', '2026-03-02', '2026-03-03'],
  ),
  expiryDate: column(
    ['Expiry date', '有效期至'],
    'expiry|exp|exp date|expiration|expiration date|use by|use by date|valid until|有效期|失效日期|到期日|到期日期|失效期|有效期到',
    ['Not to be used or sold behind it.', '超过此日期不得使用或销售。'],
    ['2026-03-15', '2026-03-16', ''],
  ),
  bestBeforeDate: column(
    ['Best before', '保质期至'],
    'best before date|bbd|bbe|best by|best before end|保质期到|保质期到期日|保质日期|此日期前最佳|赏味期限',
    ['Best quality until then.', '在此日期前品质最佳。'],
    ['', '', '2026-04-03'],
  ),
  time: column(
    ['Time', '时间'],
    'event time|date and time|timestamp|commissioned at|date time|datetime|赋码时间|登记时间|入库时间|日期时间|事件时间',
    [
      'When the lot was made or its numbers were given out, such as 2026-03-01 08:30. None: the production date, 00:00.',
      '产品生产或赋码的时间,例如 2026-03-01 08:30。不填则为生产日期0点。',
    ],
    ['2026-03-01 08:30', '2026-03-02 09:00', '2026-03-03 14:00'],
  ),
  place: column(
    ['Place GLN', '地点GLN'],
    'place|gln|sgln|location|location gln|site|plant|factory|facility|production site|地点|位置码|全球位置码|工厂|场所|生产地点|产地GLN',
    ['13 digits, or an SGLN as URN or Digital Link.', '13位位置码,或SGLN的URN、数字链接。'],
    ['9521141000014', '9521141000014', '9521141000014'],
  ),
  party: column(
    ['Party GLN', '企业GLN'],
    'party|pgln|manufacturer|company|producer|maker|manufacturer gln|企业|生产企业|生产商|厂商|厂家|制造商|统一社会信用代码|社会信用代码',
    [
      'Who made it: 13 digits, a PGLN, or a unified social credit code.',
      '生产企业:13位位置码、PGLN或统一社会信用代码。',
    ],
    ['9521141000007', '9521141000007', '9521141000007'],
  ),
  inputs: column(
    ['Input lots', '投入批次'],
    'inputs|input|input lot|ingredients|source lots|raw lots|raw material lots|components|component lots|原料批号|原料批次|投料批次|投入批号|原材料批号',
    [
      'What it was made of: GTIN/lot, with an amount behind = where known, separated by semicolons.',
      '由哪些批次制成:GTIN/批号,已知用量写在=后面,多个用分号隔开。',
    ],
    ['', '', '09521141123454/M0301=450 l'],
  ),
} as const satisfies Record<string, LotColumn>;

export type LotColumnName = keyof typeof LOT_COLUMNS;
export const LOT_COLUMN_NAMES = Object.keys(LOT_COLUMNS) as LotColumnName[];

export const isLotColumn = (text: string): text is LotColumnName => Object.hasOwn(LOT_COLUMNS, text);
