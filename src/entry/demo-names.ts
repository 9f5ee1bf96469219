/** Names of the places and products of the demonstration, as EPCIS master data. */

/** A name in both languages of the pages. */
export interface DemoName {
  id: string;
  en: string;
  zh: string;
}

const place = (company: number, number: number, en: string, zh: string): DemoName => ({
  id: `urn:epc:id:sgln:952100${company}.${String(number).padStart(5, '0')}.0`,
  en,
  zh,
});

/** GS1 keeps the prefix 952 for examples: no such company exists. */
export const PLACES = {
  farm: place(1, 1, 'Clearwater Farm, field 7', '清水农场 7号田'),
  lettuceFarm: place(1, 2, 'Hillside Glasshouses', '山坡温室'),
  importer: place(6, 1, 'Lettuce importer', '生菜进口商'),
  factory: place(2, 1, 'Fresh Leaf factory, Riverside', '鲜叶工厂 河畔厂'),
  warehouse: place(3, 1, 'Northgate warehouse', '北门仓库'),
  shop1: place(3, 101, 'Shop 1, Market Street', '一店 集市街'),
  shop2: place(3, 102, 'Shop 2, Station Square', '二店 车站广场'),
  shop3: place(3, 103, 'Shop 3, Harbour Road', '三店 港口路'),
  shop4: place(3, 104, 'Shop 4, University Hill', '四店 大学路'),
  chemicalPlant: place(5, 1, 'Eastbank Chemicals, tank farm', '东岸化工 储罐区'),
  drugPlant: place(4, 1, 'Calmera Pharma, plant 2', '宁安制药 二厂'),
  wholesaler: place(4, 2, 'Medline wholesale depot', '医药批发配送中心'),
  pharmacy1: place(4, 11, 'Pharmacy at the Bridge', '桥头药房'),
  pharmacy2: place(4, 12, 'Old Town Pharmacy', '老城药房'),
  factoryGate: place(2, 9, 'Factory dispatch gate', '工厂发货门'),
  warehouseGate: place(3, 9, 'Warehouse goods-in gate', '仓库收货门'),
} as const;

/** A product as the number that its lots and items begin with: company prefix, dot, indicator and item reference. */
export interface DemoProduct extends DemoName {
  stem: string;
}

const product = (stem: string, en: string, zh: string): DemoProduct => ({
  id: `urn:epc:idpat:sgtin:${stem}.*`,
  stem,
  en,
  zh,
});

export const PRODUCTS = {
  spinach: product('9521001.000011', 'Baby spinach, loose', '散装嫩菠菜'),
  lettuce: product('9521001.000012', 'Butterhead lettuce', '奶油生菜'),
  importedLettuce: product('9521006.000012', 'Iceberg lettuce, imported', '进口球生菜'),
  salad: product('9521002.100101', 'Garden salad, case of 12', '田园沙拉 每箱12盒'),
  soup: product('9521002.100102', 'Spinach soup, case of 8', '菠菜汤 每箱8盒'),
  solvent: product('9521005.000031', 'Ethanol 96 %, pharma grade', '药用乙醇 96%'),
  substance: product('9521004.000041', 'Calmerol active substance', '宁安醇原料药'),
  bulkTablets: product('9521004.000042', 'Calmerol tablets, bulk', '宁安醇片 散装'),
  drug: product('9521004.000043', 'Calmerol 10 mg, 30 tablets', '宁安醇片 10毫克×30片'),
} as const;

export const lotOf = ({ stem }: DemoProduct, lot: string): string => `urn:epc:class:lgtin:${stem}.${lot}`;
export const itemOf = ({ stem }: DemoProduct, serial: number): string => `urn:epc:id:sgtin:${stem}.${serial}`;
export const palletOf = (company: number, serial: number): string =>
  `urn:epc:id:sscc:952100${company}.1${String(serial).padStart(9, '0')}`;
export const carrierOf = (company: number, serial: number): string =>
  `urn:epc:id:grai:952100${company}.00200.${serial}`;

/** CBV attribute of a place's name, and of a product's; the Chinese one carries the language as a suffix. */
const ATTRIBUTES = { place: 'urn:epcglobal:cbv:mda#name', product: 'urn:epcglobal:cbv:mda#descriptionShort' };

function vocabulary(type: string, attribute: string, names: DemoName[]): Record<string, unknown> {
  return {
    type: `urn:epcglobal:epcis:vtype:${type}`,
    vocabularyElementList: names.map(({ id, en, zh }) => ({
      id,
      attributes: [
        { id: attribute, attribute: en },
        { id: `${attribute}@zh`, attribute: zh },
      ],
    })),
  };
}

/** `epcisHeader` of the demonstration's documents. */
export const masterData = (): Record<string, unknown> => ({
  epcisMasterData: {
    vocabularyList: [
      vocabulary('BusinessLocation', ATTRIBUTES.place, Object.values(PLACES)),
      vocabulary('EPCClass', ATTRIBUTES.product, Object.values(PRODUCTS)),
    ],
  },
});
