import type { Text } from '../rules/index.ts';

/** Codes of a recall in words; a code that is not here is shown as it is. */
const WORDS: Readonly<Record<string, Text>> = {
  open: { en: 'open', zh: '未完成' },
  met: { en: 'met', zh: '已完成' },
  late: { en: 'late', zh: '逾期' },
  definite: { en: 'definite', zh: '确定' },
  possible: { en: 'possible', zh: '可能' },
  in: { en: 'in', zh: '纳入召回' },
  out: { en: 'out', zh: '排除' },
  root: { en: 'root', zh: '召回对象' },
  goods: { en: 'goods', zh: '受影响产品' },
  carrier: { en: 'carrier', zh: '载体' },
  item: { en: 'item', zh: '单品' },
  lot: { en: 'lot', zh: '批次' },
  class: { en: 'class', zh: '品类' },
  at_rest: { en: 'at rest', zh: '静置' },
  in_transit: { en: 'in transit', zh: '运输中' },
  consumed: { en: 'consumed', zh: '已消耗' },
  decommissioned: { en: 'decommissioned', zh: '已注销' },
  prepared: { en: 'prepared', zh: '已生成' },
  withheld: { en: 'withheld (drill)', zh: '演练未发送' },
  sent: { en: 'sent', zh: '已发送' },
  delivered: { en: 'delivered', zh: '已送达' },
  opened: { en: 'opened', zh: '已打开' },
  answered: { en: 'answered', zh: '已回复' },
  failed: { en: 'failed', zh: '发送失败' },
  settled: { en: 'settled', zh: '已处理' },
  known: { en: 'knowledge of the risk', zh: '知悉风险' },
  decision: { en: 'decision', zh: '召回决定' },
  notice: { en: 'notice', zh: '召回通知' },
  completion: { en: 'completion', zh: '召回完成' },
  request: { en: 'request', zh: '主管机关要求' },
  items: { en: 'items', zh: '单品' },
  quantity: { en: 'quantity', zh: '数量' },
};

/** The word for a code; null stays empty. */
export const word = (code: string | null): Text | null =>
  code === null ? null : (WORDS[code] ?? { en: code, zh: code });
