/**
 * Names for AIs that Digital Links could carry in versions 1.0 and 1.1; deprecated in 1.2, gone later. Codes made with
 * them are still on packages.
 */
const NAMES: Record<string, string> = {
  sscc: '00',
  gtin: '01',
  lot: '10',
  exp: '17',
  ser: '21',
  cpv: '22',
  gdti: '253',
  glnx: '254',
  gcn: '255',
  ginc: '401',
  gsin: '402',
  shipTo: '410',
  billTo: '411',
  purchasedFrom: '412',
  shipFor: '413',
  gln: '414',
  payTo: '415',
  glnProd: '416',
  party: '417',
  expdt: '7003',
  grai: '8003',
  giai: '8004',
  itip: '8006',
  cpid: '8010',
  cpsn: '8011',
  gmn: '8013',
  gsrnp: '8017',
  gsrn: '8018',
  srin: '8019',
  refno: '8020',
};

const aiOf = (name: string): string => (Object.hasOwn(NAMES, name) ? NAMES[name]! : name);

/**
 * A link whose path says AIs by the names of Digital Link 1.0 and 1.1, with the AIs themselves: `/gtin/…/lot/…` becomes
 * `/01/…/10/…`, and so in the query. Undefined where no name of a key is there.
 */
export function withoutAlphas(text: string): string | undefined {
  const parts = /^(https?:\/\/[^/?#]*)([^?#]*)(?:\?([^#]*))?(#.*)?$/is.exec(text);
  const segments = parts?.[2]?.split('/') ?? [];
  // names stand at every second place from the end, values between them
  const first = segments.length % 2;
  const renamed = segments.map((segment, i) => (i % 2 === first ? aiOf(segment) : segment));
  if (!parts || renamed.join('/') === segments.join('/')) return undefined;
  const query = parts[3]?.split('&').map((pair) => pair.replace(/^[^=]*/, aiOf));
  return `${parts[1]}${renamed.join('/')}${query ? `?${query.join('&')}` : ''}${parts[4] ?? ''}`;
}
