// What a warning says to a person, in both languages: what is at odds, then what to do about it.
import type { WarningCode } from './warning.ts';

export type WarningLanguage = 'en' | 'zh';

/** `{ids}` and `{events}` are filled in; of containment the ids are containers and what was in them. */
const WORDS: Record<WarningCode, Record<WarningLanguage, string>> = {
  MISSING_COMMISSION: {
    en: '{ids}: never commissioned here, nor received from outside before. Capture the commissioning, or look for a mistyped serial.',
    zh: '{ids}:此前既无赋码记录,也无外部收货记录。请补传赋码事件,或核对序列号是否有误。',
  },
  MISSING_ORIGIN: {
    en: '{ids}: this lot was never made here, nor received from outside before. Capture where it was made, or look for a mistyped lot.',
    zh: '{ids}:该批次此前既无生产记录,也无外部收货记录。请补传生产事件,或核对批号是否有误。',
  },
  DUP_COMMISSION: {
    en: '{ids}: commissioned a second time; {events} did it before. If a serial was printed twice, withdraw one; if the record is wrong, declare one of the events an error.',
    zh: '{ids}:重复赋码,{events} 已赋过。如序列号重复印制,请收回其一;如记录有误,请将其中一个事件声明为错误。',
  },
  LOT_CONFLICT: {
    en: '{ids}: in another lot than {events} says. A recall of either lot will show it; declare the wrong event an error and capture it again.',
    zh: '{ids}:批次与 {events} 所记不同,召回任一批次都会涉及。请将有误的事件声明为错误后重新上传。',
  },
  USED_BEFORE_COMMISSION: {
    en: '{ids}: used at a time before it was commissioned, by the times of this event and {events}. Check the clocks and time zones of both.',
    zh: '{ids}:按本事件与 {events} 的时间,使用早于赋码。请核对双方的时钟和时区。',
  },
  SEEN_AFTER_DECOMMISSION: {
    en: '{ids}: seen after being decommissioned or destroyed, by the times of this event and {events}. Look for a copied serial, or declare the wrong event an error.',
    zh: '{ids}:按本事件与 {events} 的时间,注销或销毁后仍被读到。请排查序列号被复制,或将有误的事件声明为错误。',
  },
  SEEN_AFTER_CONSUMED: {
    en: '{ids}: seen after being used up in a transformation, by the times of this event and {events}. Look for a copied serial, or declare the wrong event an error.',
    zh: '{ids}:按本事件与 {events} 的时间,已在加工中耗用后仍被读到。请排查序列号被复制,或将有误的事件声明为错误。',
  },
  MISSING_ADD: {
    en: '{ids}: by the books the one was not in the other when the event took it out or confirmed it. Capture how it was packed.',
    zh: '{ids}:按账面,本事件取出或确认时前后两者并无装载关系。请补传装载事件。',
  },
  IMPLICIT_DISAGG: {
    en: '{ids}: by the books still in there when the event put it into something else. Capture how it was unpacked.',
    zh: '{ids}:按账面仍装在原容器内,本事件却将其装入另一容器。请补传拆出事件。',
  },
  CONTAINMENT_CYCLE: {
    en: '{ids}: would be inside of itself. Container and content may have been exchanged; declare the event an error and capture it again.',
    zh: '{ids}:将形成自身包含自身。容器与内容物可能颠倒,请将本事件声明为错误后重新上传。',
  },
  X_SEEN_ALONE: {
    en: '{ids}: seen by itself though by the books it is in there since {events}. Capture how it was unpacked, or name the container too.',
    zh: '{ids}:单独被读到,但按账面自 {events} 起仍在该容器内。请补传拆出事件,或一并写明容器。',
  },
};

/** So many names stand in the sentence; the rest are counted. */
const NAMES_TOLD_MAX = 3;
const MORE: Record<WarningLanguage, (count: number) => string> = {
  en: (count) => ` and ${count} more`,
  zh: (count) => `等另外${count}个`,
};

function listed(names: readonly string[], count: number, language: WarningLanguage): string {
  const told = names.slice(0, NAMES_TOLD_MAX);
  const text = told.join(language === 'zh' ? '、' : ', ');
  return count > told.length ? text + MORE[language](count - told.length) : text;
}

/** Some of the identifiers and events of a warning, and how many there are of each. */
export interface WarningNames {
  ids: readonly string[];
  idCount: number;
  eventIDs: readonly string[];
  eventCount: number;
}

export function tellWarning(code: WarningCode, names: WarningNames, language: WarningLanguage): string {
  return WORDS[code][language]
    .replace('{ids}', () => listed(names.ids, names.idCount, language))
    .replace('{events}', () => listed(names.eventIDs, names.eventCount, language));
}
