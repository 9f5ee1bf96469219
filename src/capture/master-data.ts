import type { Finding, MasterDataVocabulary } from '../epcis/index.ts';
import { messageOf } from '../error.ts';
import { keyOfUri } from '../gs1/index.ts';
import type { MasterDataElement } from '../store/master-data.ts';
import { legibleFinding, unstorable } from './check.ts';

/** The rows of a header's master data, and what is wrong with some of them. */
export interface CheckedMasterData {
  elements: MasterDataElement[];
  findings: Finding[];
}

/** Each element of each vocabulary; one whose id breaks the form it claims is a finding. */
export function checkMasterData(vocabularies: readonly MasterDataVocabulary[]): CheckedMasterData {
  const elements: MasterDataElement[] = [];
  const findings: Finding[] = unstorable(vocabularies).map((finding) => ({ ...finding, path: '/epcisHeader' }));
  if (findings.length > 0) return { elements, findings };
  for (const [i, { type, vocabularyElementList = [] }] of vocabularies.entries()) {
    for (const [j, { id, attributes = [], children = [] }] of vocabularyElementList.entries()) {
      try {
        elements.push({ type, key: keyOfUri(id).key, id, attributes, children });
      } catch (error) {
        const path = `/epcisHeader/epcisMasterData/vocabularyList/${i}/vocabularyElementList/${j}/id`;
        findings.push(legibleFinding({ path, rule: 'identifier', message: messageOf(error) }));
      }
    }
  }
  return { elements, findings };
}
