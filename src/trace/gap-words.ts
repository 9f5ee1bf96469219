// What a gap says to a person, in both languages: what the records lack, and what to do about it.
import type { GapCode } from './gap.ts';

/** One text in both languages. */
type Told = Record<'en' | 'zh', string>;

export interface GapWords {
  says: Told;
  remedy: Told;
}

const WORDS: Record<GapCode, GapWords> = {
  MISSING_COMMISSION: {
    says: {
      en: 'Its making was never reported: the trail begins in the middle.',
      zh: '没有报告它的制成：线索从中途开始。',
    },
    remedy: {
      en: 'Ask the maker for the event that put the number on the item.',
      zh: '向生产者索取赋予该编号的事件。',
    },
  },
  UNKNOWN_ID: {
    says: { en: 'Nobody has named this number.', zh: '没有人提到过这个编号。' },
    remedy: {
      en: 'Check the digits; ask the maker or shipper for their events.',
      zh: '核对数字；向生产者或发货方索取事件。',
    },
  },
  MISSING_ORIGIN: {
    says: { en: 'It came from outside: no event says how it was made.', zh: '它来自外部：没有事件说明它如何制成。' },
    remedy: {
      en: 'Ask the supplier from whom it was received for the lots that went into it.',
      zh: '向供货方询问用了哪些批次的原料。',
    },
  },
  CLASS_TOO_COARSE: {
    says: {
      en: 'Only the product is recorded, without a lot: the trail cannot go further back.',
      zh: '只记录了产品而没有批次，无法再往前追溯。',
    },
    remedy: {
      en: 'Find the lots that were in stock then and look at each of them.',
      zh: '查出当时库存的批次，逐一核查。',
    },
  },
  CYCLE: {
    says: { en: 'These things were made from each other in a circle.', zh: '这些货物互为来源，形成循环。' },
    remedy: {
      en: 'Rework can do this. Else one of the production records is wrong: compare them.',
      zh: '返工会造成这种情况；否则某条生产记录有误，请比对。',
    },
  },
  NO_TRANSFORMATION_INPUT: {
    says: {
      en: 'A production run reports what came out but not what went in.',
      zh: '某次生产只报告了产出，没有报告投入。',
    },
    remedy: { en: 'Ask the factory for the missing input records.', zh: '向工厂索取缺少的投料记录。' },
  },
  NO_TRANSFORMATION_OUTPUT: {
    says: {
      en: 'A production run reports what went in but not, or not yet, what came out.',
      zh: '某次生产报告了投入，但没有（或尚未）报告产出。',
    },
    remedy: {
      en: 'The run may still be going on. Else ask the factory for its output.',
      zh: '生产可能仍在进行；否则向工厂索取产出记录。',
    },
  },
  SELF_INPUT: {
    says: {
      en: 'The same number is input and output of one production run.',
      zh: '同一编号既是同一次生产的投入又是产出。',
    },
    remedy: {
      en: 'Ask the factory: the output should have had a number of its own.',
      zh: '询问工厂：产出本应有自己的编号。',
    },
  },
  USED_BEFORE_COMMISSION: {
    says: { en: 'It was used before it was made.', zh: '它在制成之前就被使用。' },
    remedy: {
      en: 'Look at the clocks of both sites, or at a wrong number in one of the events.',
      zh: '检查两地的时钟，或某个事件中的编号是否有误。',
    },
  },
  DUP_COMMISSION: {
    says: { en: 'The same number was given out twice.', zh: '同一编号被赋予了两次。' },
    remedy: {
      en: 'Two things may carry this number, or one is a copy. Check both.',
      zh: '可能有两件货物使用此编号，或其一是仿冒品。请都核查。',
    },
  },
  LOT_CONFLICT: {
    says: {
      en: 'Two lots are recorded for one item; both are kept as possible.',
      zh: '同一单品记录了两个批次；两个都作为可能保留。',
    },
    remedy: {
      en: 'Read the lot on the pack, and have the wrong event declared in error.',
      zh: '查看包装上的批次，并让发送方声明错误事件。',
    },
  },
  SEEN_AFTER_DECOMMISSION: {
    says: {
      en: 'It was seen again after it had been sold, dispensed or destroyed.',
      zh: '它在售出、发药或销毁之后又被读到。',
    },
    remedy: {
      en: 'A return, a mistake, or a copy: look at the thing itself.',
      zh: '可能是退货、差错或仿冒：请查看实物。',
    },
  },
  SEEN_AFTER_CONSUMED: {
    says: { en: 'It was seen again after it had been used up.', zh: '它在用完之后又被读到。' },
    remedy: {
      en: 'Ask the factory whether it was really used, or used only in part.',
      zh: '询问工厂是否真的用掉，还是只用了一部分。',
    },
  },
  MISSING_ADD: {
    says: {
      en: 'It was seen in, or taken out of, a carrier into which nobody had packed it.',
      zh: '它在载具中被读到或被取出，但没有人报告装入。',
    },
    remedy: {
      en: 'A packing event is missing. Its time in the carrier before that is not known.',
      zh: '缺少装入事件；在此之前它是否在该载具中不得而知。',
    },
  },
  IMPLICIT_DISAGG: {
    says: { en: 'It turned up elsewhere although nobody had unpacked it.', zh: '没有人报告取出，它却出现在别处。' },
    remedy: {
      en: 'An unpacking event is missing; the trace takes it as unpacked at that moment.',
      zh: '缺少取出事件；追溯时视为在那一刻取出。',
    },
  },
  CONTAINMENT_CYCLE: {
    says: {
      en: 'A carrier was packed into its own content; that packing is ignored.',
      zh: '载具被装进了自己的内容物；该装入不予采用。',
    },
    remedy: {
      en: 'Parent and child may have been swapped in the event: ask who sent it.',
      zh: '事件中的载具与内容物可能颠倒：请询问发送方。',
    },
  },
  QTY_IMBALANCE: {
    says: { en: 'More was taken out than had been put in.', zh: '取出的多于装入的。' },
    remedy: {
      en: 'Weigh or count again; an addition is missing or a quantity is wrong.',
      zh: '请重新称量或清点；缺少一次装入，或数量有误。',
    },
  },
  UOM_MISMATCH: {
    says: {
      en: 'Amounts in different kinds of unit (mass, volume, pieces) cannot be added up.',
      zh: '计量单位种类不同（质量、体积、件数），无法相加。',
    },
    remedy: {
      en: 'Have the sender use one unit; the amount that does not fit is left out.',
      zh: '请发送方统一单位；不相符的数量未计入。',
    },
  },
  EVENTID_CONFLICT: {
    says: {
      en: 'Two different events came under the same number; the first one stands.',
      zh: '两个不同的事件使用了同一编号；以先到者为准。',
    },
    remedy: {
      en: 'The sender must send the second one again under a number of its own.',
      zh: '发送方须用新的编号重发第二个事件。',
    },
  },
  UNRESOLVED_ERROR_DECL: {
    says: { en: 'An event was declared wrong that has not arrived.', zh: '声明有误的事件尚未到达。' },
    remedy: {
      en: 'Nothing is in doubt yet; ask the sender for the original.',
      zh: '目前不影响结论；向发送方索取原事件。',
    },
  },
  MISSING_CORRECTIVE: {
    says: {
      en: 'An event was declared wrong, and the event that corrects it has not arrived.',
      zh: '事件已声明有误，但更正事件尚未到达。',
    },
    remedy: {
      en: 'Ask the sender for the corrective event: until then part of the trail is missing.',
      zh: '向发送方索取更正事件：在此之前线索不完整。',
    },
  },
  REDACTED: {
    says: { en: 'Events that you may not see would change this answer.', zh: '您无权查看的事件会改变此答案。' },
    remedy: {
      en: 'Ask the owner of the events for access, or the operator for a wider key.',
      zh: '向事件所有者申请权限，或向管理员索取权限更大的密钥。',
    },
  },
};

/** Undefined for a code that has no words. */
export const gapWords = (code: string): GapWords | undefined =>
  Object.hasOwn(WORDS, code) ? WORDS[code as GapCode] : undefined;
